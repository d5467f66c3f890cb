package caller

import (
	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/org/member"
)

// KeepMasking returns an edit that fails with [member.ErrForbidden] where it switches
// masking off and the caller may not reveal calls: he would see all of them at once,
// without a reason.
func (c Caller) KeepMasking(edit func(*org.Profile) error) func(*org.Profile) error {
	return func(p *org.Profile) error {
		masked := p.Compliance.PIIMasking
		if err := edit(p); err != nil {
			return err
		}
		if masked && !p.Compliance.PIIMasking && !c.May(member.RevealCalls) {
			return member.ErrForbidden
		}
		return nil
	}
}
