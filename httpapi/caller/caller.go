package caller

import (
	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/org/member"
)

// Caller is who a request comes from.
type Caller struct {
	Platform     bool             // the administrator
	Organization org.Organization // whose credential it is, when not Platform
	Member       *member.Member   // who signed in, when it is a person's
	Token        org.Secret       // of the session, when it was one
}

// May reports whether the caller has a permission. An organisation's own
// credential and the administrator have them all.
func (c Caller) May(p member.Permission) bool { return c.Member == nil || c.Member.Role.May(p) }

// Key names the credential that requests are counted by: the administrator's,
// an organisation's API key and its tokens, or a person's sessions.
func (c Caller) Key() string {
	switch {
	case c.Platform:
		return "administrator"
	case c.Member != nil:
		return c.Member.ID
	default:
		return c.Organization.APIKey
	}
}

// MemberID names the person in the log; empty for other callers.
func (c Caller) MemberID() string {
	if c.Member == nil {
		return ""
	}
	return c.Member.ID
}
