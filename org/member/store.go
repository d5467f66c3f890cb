package member

import (
	"context"

	"github.com/orgpbx/orgpbx/org"
)

// Store keeps members and their sessions. Package store/storetest checks that
// a backend keeps every promise made here.
//
// Every method returns the errors of ctx, and errors of the backend wrapped.
// The methods without an organisation id find out whose a credential is: that
// of [Store.MembershipsByEmail], of a link and of a session.
type Store interface {
	// Organization returns one organisation, or [org.ErrNotFound].
	Organization(ctx context.Context, id string) (org.Organization, error)

	// Members reads the members of organisations.
	Members() Finder
	// ChangeMembers runs change while no other change of the organisation can
	// happen, and saves all it wrote or, when it returns an error, nothing. It
	// returns [org.ErrNotFound] or the error of change. The PBX need not know
	// of it: the desired revision stays.
	ChangeMembers(ctx context.Context, organizationID string, change func(Table) error) error

	// MembershipsByEmail returns the members with this e-mail address (see
	// [EmailKey]) that have a password, oldest first, at most limit of them: of
	// one organisation, or of all where organizationID is empty.
	MembershipsByEmail(ctx context.Context, organizationID, email string, limit int) ([]Membership, error)
	// MembershipByLink returns the member whose link has this hash, or
	// [org.ErrNotFound]. The link may be over.
	MembershipByLink(ctx context.Context, tokenHash [32]byte) (Membership, error)

	// InsertMemberSession adds a session, and removes every one that ended
	// before this one was created. It returns [org.ErrNotFound] when there is no
	// such member in the organisation.
	InsertMemberSession(ctx context.Context, s Session) error
	// MemberSession returns a session with its member and organisation as they
	// are now, in one round trip. It returns [org.ErrNotFound] when there is no
	// such session; one that is past its time may still be returned.
	MemberSession(ctx context.Context, tokenHash [32]byte) (Session, Membership, error)
	// DeleteMemberSession removes a session; it is no error when there is none.
	DeleteMemberSession(ctx context.Context, tokenHash [32]byte) error
}

// Finder reads members of an organisation. Those of another one are absent.
type Finder interface {
	// Get returns one member, or [org.ErrNotFound].
	Get(ctx context.Context, organizationID, id string) (Member, error)
	// List returns members by id, oldest first; none when there is no such
	// organisation.
	List(ctx context.Context, organizationID string, page org.Page) ([]Member, error)
}

// Table reads and writes the members of the organisation that is being
// changed. Any other organisation is absent.
type Table interface {
	Finder
	// Insert adds a member. It returns an [*org.DuplicateError] with field
	// "email" or "id" when that is taken.
	Insert(ctx context.Context, organizationID string, m Member) error
	// Update replaces a member. It returns [org.ErrNotFound], or an
	// [*org.DuplicateError] as Insert does.
	Update(ctx context.Context, organizationID string, m Member) error
	// Delete removes a member and his sessions, or returns [org.ErrNotFound].
	Delete(ctx context.Context, organizationID, id string) error
}
