package fleet

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/orgpbx/orgpbx/resource"
)

// Switches is what the phones of organisations have switched by feature codes
// on a node, such as do not disturb. A live.PBX is one.
type Switches interface {
	// Switches returns those of an organisation, by names that are the same on
	// every node.
	Switches(ctx context.Context, contextPrefix string) (map[string]string, error)
	// TakeSwitches takes over those of another node. When called again it changes
	// only what is otherwise there than the last time, so that what phones switch
	// here meanwhile stays. Where begin is false, and it was never called with
	// true since the organisation was removed here, it does nothing.
	TakeSwitches(ctx context.Context, contextPrefix string, switches map[string]string, begin bool) error
}

// Voicemail brings the messages and greetings of mailboxes from node to node. A
// voicemail.Nodes is one.
type Voicemail interface {
	// Sees reports whether the mailboxes of a node can be reached from here.
	Sees(node string) bool
	// Copy brings those of an organisation that it has not brought yet to another
	// node. It returns how many messages came, also with an error: then the rest
	// comes when it is called again.
	Copy(ctx context.Context, contextPrefix, from, to string) (copied int, err error)
	// Finish is Copy, after which there are none on the node that they came from.
	Finish(ctx context.Context, contextPrefix, from, to string) (copied int, err error)
	// TakeBack deletes what Copy has brought to a node.
	TakeBack(ctx context.Context, contextPrefix, node string) error
}

// askTime is how long a node may take to tell what an organisation has there:
// one that is away must not stop a move away from it.
const askTime = 10 * time.Second

// switchesOf reads what phones have switched on the node that an organisation
// is to leave. Where that does not come along it says why.
func (f *Fleet) switchesOf(ctx context.Context, from, to Node, contextPrefix string) (map[string]string, []resource.LeftBehind, error) {
	left := func(reason string) []resource.LeftBehind {
		return []resource.LeftBehind{{What: resource.Switches, Reason: reason}}
	}
	if from.Switches == nil || to.Switches == nil {
		return nil, left("what phones switched by codes does not move between " + from.Name + " and " + to.Name), nil
	}
	ctx, cancel := context.WithTimeout(ctx, askTime)
	defer cancel()
	switches, err := from.Switches.Switches(ctx, contextPrefix)
	if errors.Is(err, resource.ErrPBXUnavailable) {
		return nil, left(from.Name + " cannot be reached: what phones switched there by codes is lost"), nil
	}
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", from.Name, err)
	}
	return switches, nil, nil
}

// beginWithSwitches has the new node know what phones switched on the old one
// before it knows the phones: its trunks may bring calls at once.
func (f *Fleet) beginWithSwitches(ctx context.Context, from, to Node, contextPrefix string) ([]resource.LeftBehind, error) {
	switches, left, err := f.switchesOf(ctx, from, to, contextPrefix)
	if err != nil || left != nil {
		return left, err
	}
	if err := to.Switches.TakeSwitches(ctx, contextPrefix, switches, true); err != nil {
		return nil, fmt.Errorf("%s: %w", to.Name, err)
	}
	return nil, nil
}

// followSwitches brings what phones switched on the node that an organisation
// leaves since the new one began with that. On a node that takes no calls any
// more nothing is switched.
func (f *Fleet) followSwitches(ctx context.Context, from, to Node, contextPrefix string) error {
	if from.Switches == nil || to.Switches == nil {
		return nil
	}
	switches, err := from.Switches.Switches(ctx, contextPrefix)
	if err != nil {
		return fmt.Errorf("%s: %w", from.Name, err)
	}
	if err := to.Switches.TakeSwitches(ctx, contextPrefix, switches, false); err != nil {
		return fmt.Errorf("%s: %w", to.Name, err)
	}
	return nil
}

// voicemailLeft says why voicemail does not come along; it is empty where it does.
func (f *Fleet) voicemailLeft(from, to Node) []resource.LeftBehind {
	for _, n := range []Node{from, to} {
		if f.voicemail == nil || !f.voicemail.Sees(n.Name) {
			return []resource.LeftBehind{{What: resource.Voicemail, Reason: "the server has no folder of " + n.Name +
				"'s voicemail: messages and greetings stay on " + from.Name}}
		}
	}
	return nil
}

// beginWithVoicemail copies what is in mailboxes to a node that knows them, in half
// of the time that there is: a move does not fail for it. What is not copied then
// comes by [Fleet.Leave].
func (f *Fleet) beginWithVoicemail(ctx context.Context, from, to Node, contextPrefix string) []resource.LeftBehind {
	if left := f.voicemailLeft(from, to); left != nil {
		return left
	}
	if deadline, has := ctx.Deadline(); has {
		half, cancel := context.WithTimeout(ctx, time.Until(deadline)/2)
		defer cancel()
		ctx = half
	}
	copied, err := f.voicemail.Copy(ctx, contextPrefix, from.Name, to.Name)
	if err := errors.Join(err, to.lookAtMailboxes(ctx, copied)); err != nil {
		return []resource.LeftBehind{{What: resource.Voicemail, Later: true, Reason: "not all messages and greetings of " + from.Name +
			" are copied yet: they come before it is left"}}
	}
	return nil
}

// finishVoicemail brings the rest of what is in the mailboxes of a node that takes
// no calls any more, and deletes them there.
func (f *Fleet) finishVoicemail(ctx context.Context, from, to Node, contextPrefix string) error {
	if f.voicemailLeft(from, to) != nil {
		return nil
	}
	copied, err := f.voicemail.Finish(ctx, contextPrefix, from.Name, to.Name)
	return errors.Join(err, to.lookAtMailboxes(ctx, copied))
}

// lookAtMailboxes has a node count messages after some were brought there.
func (n Node) lookAtMailboxes(ctx context.Context, brought int) error {
	if brought == 0 || n.LookAtMailboxes == nil {
		return nil
	}
	if err := n.LookAtMailboxes(ctx); err != nil {
		return fmt.Errorf("%s: %w", n.Name, err)
	}
	return nil
}
