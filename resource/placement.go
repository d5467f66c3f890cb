package resource

import (
	"context"
	"errors"
	"fmt"
)

// Placement says which of several PBXs has an organisation.
type Placement struct {
	ContextPrefix  string
	OrganizationID string
	// Node is the name of the PBX that has it.
	Node string
	// MovingTo is the node that is being prepared to have it; "" as a rule.
	MovingTo string
	// Leaving is the node that had it, and that may still carry calls of it; ""
	// as a rule.
	Leaving string
	// Endpoints is how many it has, for the choice of a node for others.
	Endpoints int
}

// Placements keeps where organisations are. Package store/storetest checks that
// a backend keeps every promise made here.
type Placements interface {
	// Placement returns where an organisation is, or [org.ErrNotFound].
	Placement(ctx context.Context, contextPrefix string) (Placement, error)
	// Placements returns where all organisations are, in order of prefix.
	Placements(ctx context.Context) ([]Placement, error)
	// Place keeps a placement where there is none yet of the organisation. It
	// returns the one that is kept, whoever made it.
	Place(ctx context.Context, p Placement) (Placement, error)
	// Replace puts one placement in the place of another one of the same
	// organisation. It reports false, and changes nothing, when what is kept is
	// not the old one.
	Replace(ctx context.Context, old, p Placement) (bool, error)
	// Unplace forgets where an organisation is; it is no error when that is not
	// known.
	Unplace(ctx context.Context, contextPrefix string) error
}

// Fleet is a [PBX] of several nodes, each of which is one.
type Fleet interface {
	PBX
	// Loads returns what each node has, in the order that the operator gave.
	Loads(ctx context.Context) ([]NodeLoad, error)
	// Placement returns where an organisation is, or [org.ErrNotFound] before
	// it was placed.
	Placement(ctx context.Context, contextPrefix string) (Placement, error)
	// Leaving returns the organisations that have a node to leave.
	Leaving(ctx context.Context) ([]Placement, error)
	// PlanMove returns what Move would change on the new node, and what would be
	// left behind as things are, and changes nothing. The errors are those of Move.
	PlanMove(ctx context.Context, s Snapshot, to string) ([]ObjectChange, []LeftBehind, error)
	// Move puts a node in charge of an organisation, and returns where it is
	// afterwards, with the node that it has to leave, and what does not come along.
	// Nobody else may change the organisation meanwhile. Whatever fails, it works
	// on exactly one node. It returns an [*UnknownNodeError], [ErrMoving], or the
	// error of the node.
	Move(ctx context.Context, s Snapshot, to string) (Placement, []LeftBehind, error)
	// Leave goes on with taking an organisation off the node that it has to
	// leave, and reports whether it is done: it is not while calls run there.
	// Nobody else may change the organisation meanwhile.
	Leave(ctx context.Context, s Snapshot) (done bool, err error)
}

// LeftBehind is something of an organisation that a move does not bring to the
// new node.
type LeftBehind struct {
	What Belonging
	// Later says that it still comes: the organisation does not leave the old node
	// before.
	Later  bool
	Reason string // for people
}

// Belonging is what an organisation has on a node beside what is applied there.
type Belonging string

// The belongings.
const (
	// Switches are what its phones have switched by feature codes.
	Switches Belonging = "switches"
	// Voicemail are the messages and greetings of its mailboxes.
	Voicemail Belonging = "voicemail"
)

// NodeLoad is what a node of a [Fleet] has.
type NodeLoad struct {
	Name          string
	Organizations int
	// Endpoints are the users and trunks of those.
	Endpoints int
	// Leaving are the organisations that moved away, and have not left it yet.
	Leaving int
}

// ErrMoving is returned where an organisation is being moved somewhere else, or
// its placement changed meanwhile: try again later.
var ErrMoving = errors.New("the organisation is being moved already")

// UnknownNodeError names a node that is not in the fleet.
type UnknownNodeError struct{ Name string }

// Error names the node.
func (e *UnknownNodeError) Error() string { return fmt.Sprintf("there is no node %q", e.Name) }
