package org

import (
	"context"
	"time"
)

// Store keeps organisations and sessions. Package store/storetest checks that
// a backend keeps every promise made here.
//
// Every method returns the errors of ctx, and errors of the backend wrapped.
type Store interface {
	// InsertOrganization adds an organisation. It returns a [*DuplicateError]
	// with field "name" when the name is taken, ignoring case (see [NameKey]),
	// and with "api_key" or "context_prefix" when one of these is.
	InsertOrganization(ctx context.Context, o Organization) error
	// InsertPlacedOrganization is InsertOrganization for one that a node of the
	// PBX shall have: it is placed there in the same transaction, before anybody
	// can see it.
	InsertPlacedOrganization(ctx context.Context, o Organization, node string) error
	// Organization returns one organisation, or [ErrNotFound].
	Organization(ctx context.Context, id string) (Organization, error)
	// CredentialByAPIKey returns the main or named credential with this public
	// part, with its organisation, in one round trip; or [ErrNotFound].
	CredentialByAPIKey(ctx context.Context, key string) (Credential, error)
	// UseAPIKey notes when a named key was used, unless a use after before is
	// noted. It is no error when there is no such key.
	UseAPIKey(ctx context.Context, organizationID, id string, at, before time.Time) error
	// Organizations lists organisations by id, oldest first.
	Organizations(ctx context.Context, filter Filter, page Page) ([]Organization, error)
	// ChangeOrganization runs change on the organisation while no other
	// change of it or its resources can happen, and saves what change made of
	// it, with the event that [StatusEvent] makes of it, if any. It returns
	// [ErrNotFound], a [*DuplicateError] as
	// InsertOrganization does, or the error of change; then nothing is saved.
	ChangeOrganization(ctx context.Context, id string, change func(*Organization) error) (Organization, error)
	// DeleteOrganization removes an organisation, its sessions and all its
	// resources, and in the same transaction notes its context prefix for
	// removal from the PBX. It runs check first, under the same lock as
	// ChangeOrganization, and does nothing when check fails. Behind
	// check it returns [ErrHeld] while a legal hold of the organisation is in force.
	DeleteOrganization(ctx context.Context, id string, check func(Organization) error) error

	// InsertSession adds a session, and removes every one that ended before
	// this one was created, so that they do not pile up. It returns
	// [ErrNotFound] when the session names an organisation, or a named key, that
	// does not exist.
	InsertSession(ctx context.Context, s Session) error
	// Session returns a session and, unless it is the platform's, its
	// organisation and named key, in one round trip. It returns [ErrNotFound]
	// when there is no such session, or its key is of another organisation; one
	// that is past its time may still be returned. Sessions go with their key.
	Session(ctx context.Context, tokenHash [32]byte) (Session, Credential, error)
	// DeleteSession removes a session; it is no error when there is none.
	DeleteSession(ctx context.Context, tokenHash [32]byte) error
}

// Page selects a part of a list ordered by id. Ids rise with time, so that is
// the order things were made in.
type Page struct {
	After string // the id of the last item of the page before; "" to start
	Limit int    // at most so many items; 0 or less: all
}

// Filter narrows a list of organisations. Empty fields select everything.
type Filter struct {
	Query  string // part of the name, ignoring case
	Status Status
}
