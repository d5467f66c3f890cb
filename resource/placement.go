package resource

import "context"

// Placement says which of several PBXs has an organisation.
type Placement struct {
	ContextPrefix string
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
