package store

import (
	"context"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/org/apikey"
	"github.com/orgpbx/orgpbx/org/audit"
	"github.com/orgpbx/orgpbx/org/hold"
	"github.com/orgpbx/orgpbx/org/idempotency"
	"github.com/orgpbx/orgpbx/org/member"
	"github.com/orgpbx/orgpbx/resource"
	"github.com/orgpbx/orgpbx/resource/cdr"
	"github.com/orgpbx/orgpbx/resource/deploy"
	"github.com/orgpbx/orgpbx/resource/subject"
	"github.com/orgpbx/orgpbx/resource/webhook"
)

// Store is everything the services ask of one database. It is safe for
// concurrent use.
type Store interface {
	org.Store
	member.Store
	apikey.Store
	hold.Store
	resource.Store
	deploy.Store
	resource.Placements
	cdr.Store
	audit.Store
	idempotency.Store
	webhook.Store
	subject.Store
	Resealer

	// Ping returns nil when the database answers.
	Ping(ctx context.Context) error
	// Close frees what the store holds. No other method may be called after.
	Close() error
}
