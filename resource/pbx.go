package resource

import (
	"context"
	"errors"
	"fmt"
)

// PBX is a telephone system that can be made to obey a [Snapshot]. Its methods
// are safe for concurrent use, and each touches the objects of one
// organisation only.
type PBX interface {
	// Plan returns what Apply would change, and changes nothing. It is empty
	// when the PBX has what the snapshot asks for.
	Plan(ctx context.Context, s Snapshot) ([]Change, error)
	// Apply makes the PBX obey the snapshot and returns what it changed. It
	// returns nil only after it saw the objects in the PBX. Applying the same
	// snapshot again changes nothing. It returns an error that wraps
	// [ErrPBXUnavailable] when the PBX cannot be reached, and a
	// [*RejectedError] when it refuses an object; what was there before is
	// then back.
	Apply(ctx context.Context, s Snapshot) ([]Change, error)
	// Remove takes everything of an organisation out of the PBX. It is no
	// error when there is nothing.
	Remove(ctx context.Context, contextPrefix string) ([]Change, error)
}

// Change is one object of the PBX that a deploy touches.
type Change struct {
	Action ChangeAction `json:"action"`
	Object string       `json:"object"` // "endpoint", "context", "queue", …
	Name   string       `json:"name"`   // the object's name in the PBX
}

// ChangeAction is what a deploy does with an object.
type ChangeAction string

// The actions.
const (
	Add    ChangeAction = "add"
	Modify ChangeAction = "modify"
	Delete ChangeAction = "delete"
)

// ObjectChange is a [Change] with the settings that it is about.
type ObjectChange struct {
	Change
	// Settings are those that come, go or become others, in their order. They
	// are empty where the PBX has the object otherwise than it was told, and
	// does not say how.
	Settings []SettingChange
}

// SettingChange is one setting of an object that a deploy touches.
type SettingChange struct {
	Action ChangeAction
	Name   string
	Old    string // empty where it is added
	New    string // empty where it is deleted
	// Secret says that the values are not shown: both are empty.
	Secret bool
}

// Explainer is a [PBX] whose plans can tell more. It is for people who decide
// whether to deploy; a backend need not be one.
type Explainer interface {
	// Explain is Plan with the settings.
	Explain(ctx context.Context, s Snapshot) ([]ObjectChange, error)
}

// Explain returns the plan of a PBX, with settings where it is an [Explainer].
func Explain(ctx context.Context, pbx PBX, s Snapshot) ([]ObjectChange, error) {
	if e, can := pbx.(Explainer); can {
		return e.Explain(ctx, s)
	}
	changes, err := pbx.Plan(ctx, s)
	return WithoutSettings(changes), err
}

// WithoutSettings returns changes as those of objects of which no more is
// known.
func WithoutSettings(changes []Change) []ObjectChange {
	var list []ObjectChange
	for _, c := range changes {
		list = append(list, ObjectChange{Change: c})
	}
	return list
}

// ErrPBXUnavailable is returned while a PBX cannot be reached. Trying again
// later is all that is needed.
var ErrPBXUnavailable = errors.New("the PBX cannot be reached")

// RejectedError says that the PBX did not take an object. It is shown to the
// organisation, so it holds no secret and no path.
type RejectedError struct {
	Object string // "endpoint", "context", "queue", …
	Name   string // the object's name in the PBX
	Reason string // a short sentence
}

// Error names the object and the reason.
func (e *RejectedError) Error() string {
	return fmt.Sprintf("the PBX did not take %s %s: %s", e.Object, e.Name, e.Reason)
}

type waitingKey struct{}

// WithWaiting returns a context by which a PBX says that it only waits, such as
// for a reload that several organisations share. The PBX calls waiting then, and
// what that returns before it goes on. So whoever deploys many has others deployed
// meanwhile, who share what is waited for. With nil nobody is told.
func WithWaiting(ctx context.Context, waiting func() (again func())) context.Context {
	return context.WithValue(ctx, waitingKey{}, waiting)
}

// Waiting tells the caller of a PBX that it only waits, until again is called. That
// returns when the PBX may go on, which takes as long as others work: so call
// Waiting without a lock that those may need.
func Waiting(ctx context.Context) (again func()) {
	if waiting, _ := ctx.Value(waitingKey{}).(func() (again func())); waiting != nil {
		return waiting()
	}
	return func() {}
}

// NoPBX is a PBX that takes everything and does nothing: for trying the
// service out, and for tests.
type NoPBX struct{}

// Plan returns no changes.
func (NoPBX) Plan(context.Context, Snapshot) ([]Change, error) { return nil, nil }

// Apply returns no changes.
func (NoPBX) Apply(context.Context, Snapshot) ([]Change, error) { return nil, nil }

// Remove returns no changes.
func (NoPBX) Remove(context.Context, string) ([]Change, error) { return nil, nil }
