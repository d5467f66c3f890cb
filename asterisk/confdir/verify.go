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

// expectations says what Asterisk must show after it went from one
// configuration to another: the objects that differ, and in suspect files all.
func expectations(from, to asterisk.Config, suspect names) []asterisk.Difference {
	list := asterisk.Differences(from, to)
	differs := map[asterisk.ObjectID]bool{}
	for _, d := range list {
		differs[d.ObjectID] = true
	}
	for o := range to.Objects() {
		if suspect[o.File] && !differs[o.ObjectID] {
			list = append(list, asterisk.Difference{Object: o, Action: resource.Modify})
		}
	}
	return list
}

// finding is an object that is not as expected, what would put it right, and
// what is wrong with it. It holds no value, which may be a secret.
type finding struct {
	asterisk.Difference
	reason string
}

func (f finding) rejected() *resource.RejectedError {
	return &resource.RejectedError{Object: f.Kind, Name: f.Name, Reason: f.reason}
}

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
func (p *PBX) await(ctx context.Context, expected []asterisk.Difference, patience time.Duration) (*finding, error) {
	deadline := time.Now().Add(patience)
	for wait := pollFirst; ; wait = min(2*wait, pollMost) {
		var first *finding
		var missing []asterisk.Difference
		for _, d := range expected {
			found, err := p.look(ctx, d)
			if err != nil {
				return nil, err
			}
			if found == nil {
				continue
			}
			missing = append(missing, d)
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
func (p *PBX) look(ctx context.Context, d asterisk.Difference) (*finding, error) {
	v, err := p.inspect(ctx, d.Object)
	if err != nil {
		return nil, fmt.Errorf("look at %s %s: %w", d.Kind, d.Name, err)
	}
	because := func(action resource.ChangeAction, reason string) (*finding, error) {
		return &finding{asterisk.Difference{Object: d.Object, Action: action}, reason}, nil
	}
	switch {
	case d.Action == resource.Delete && v.exists:
		return because(resource.Delete, "Asterisk still has it")
	case d.Action == resource.Delete:
		return nil, nil
	case !v.exists && d.Kind == asterisk.KindIdentify:
		return because(resource.Add, "Asterisk did not load it: its address may not resolve")
	case !v.exists:
		return because(resource.Add, "Asterisk did not load it")
	case v.differs != "":
		return because(resource.Modify, "Asterisk did not take the new "+v.differs)
	default:
		return nil, nil
	}
}

// inspect compares an object with what Asterisk has, as far as it shows that.
func (p *PBX) inspect(ctx context.Context, o asterisk.Object) (verdict, error) {
	switch o.Kind {
	case asterisk.KindContext, asterisk.KindDID:
		return p.inspectDialplan(ctx, o)
	case asterisk.KindQueue:
		return p.inspectQueue(ctx, o)
	case asterisk.KindMailbox:
		return p.inspectMailbox(ctx, o)
	case asterisk.KindGlobal:
		return p.inspectGlobal(ctx, o)
	default:
		return p.inspectPJSIP(ctx, o)
	}
}
