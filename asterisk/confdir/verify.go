package confdir

import (
	"context"
	"fmt"
	"time"

	"github.com/orgpbx/orgpbx/asterisk"
	"github.com/orgpbx/orgpbx/resource"
)

// Asterisk shows new objects at once as a rule, so it is asked again soon.
const pollFirst, pollMost = 10 * time.Millisecond, 500 * time.Millisecond

// verdict is what a look at one object gives: what Asterisk has of it.
type verdict struct {
	exists bool
	// differs names the setting that Asterisk has otherwise; empty when all
	// that can be compared is the same.
	differs string
}

func absent() verdict                  { return verdict{} }
func same() verdict                    { return verdict{exists: true} }
func differing(setting string) verdict { return verdict{exists: true, differs: setting} }

// await asks for all objects until each is as expected or the time is over. It
// returns the first that is not.
func (p *PBX) await(ctx context.Context, expected []expectation, patience time.Duration) (*finding, error) {
	deadline := time.Now().Add(patience)
	for wait := pollFirst; ; wait = min(2*wait, pollMost) {
		var first *finding
		var missing []expectation
		for _, e := range expected {
			found, err := p.look(ctx, e)
			if err != nil {
				return nil, err
			}
			if found == nil {
				continue
			}
			missing = append(missing, e)
			if first == nil {
				first = found
			}
		}
		if first == nil || !time.Now().Add(wait).Before(deadline) {
			return first, nil
		}
		if err := pause(ctx, wait); err != nil {
			return nil, err
		}
		expected = missing
	}
}

// look asks Asterisk for one object. It returns nil when it is as expected.
func (p *PBX) look(ctx context.Context, e expectation) (*finding, error) {
	v, err := p.inspect(ctx, e.object)
	if err != nil {
		return nil, fmt.Errorf("look at %s %s: %w", e.object.object, e.name, err)
	}
	switch {
	case e.gone && v.exists:
		return &finding{e.object, resource.Delete, "Asterisk still has it"}, nil
	case e.gone:
		return nil, nil
	case !v.exists && e.kind == asterisk.KindIdentify:
		return &finding{e.object, resource.Add, "Asterisk did not load it: its address may not resolve"}, nil
	case !v.exists:
		return &finding{e.object, resource.Add, "Asterisk did not load it"}, nil
	case v.differs != "":
		return &finding{e.object, resource.Modify, "Asterisk did not take the new " + v.differs}, nil
	default:
		return nil, nil
	}
}

// inspect compares an object with what Asterisk has, as far as it shows that.
func (p *PBX) inspect(ctx context.Context, o object) (verdict, error) {
	switch o.kind {
	case asterisk.KindContext, asterisk.KindDIDs:
		return p.inspectDialplan(ctx, o)
	case asterisk.KindQueue:
		return p.inspectQueue(ctx, o)
	case asterisk.KindMailboxes:
		return p.inspectMailbox(ctx, o)
	case asterisk.KindGlobals:
		return p.inspectGlobal(ctx, o)
	default:
		return p.inspectPJSIP(ctx, o)
	}
}
