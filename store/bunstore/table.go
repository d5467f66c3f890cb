package bunstore

import (
	"context"
	"database/sql"

	"github.com/uptrace/bun"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/resource"
)

// kind is what is different between the kinds of resource: T is the type of
// the domain, R its row.
type kind[T, R any] struct {
	name    string // for the log
	toRow   func(organizationID string, v T) *R
	fromRow func(*R) T
	// count is where the rows are counted; nil for kinds that are not.
	count func(*countsRow) *int
}

var (
	users = kind[resource.User, userRow]{
		name: "user", toRow: newUserRow, fromRow: (*userRow).user,
		count: func(c *countsRow) *int { return &c.Users },
	}
	trunks = kind[resource.Trunk, trunkRow]{
		name: "trunk", toRow: newTrunkRow, fromRow: (*trunkRow).trunk,
		count: func(c *countsRow) *int { return &c.Trunks },
	}
	dids = kind[resource.DID, didRow]{
		name: "did", toRow: newDIDRow, fromRow: (*didRow).did,
		count: func(c *countsRow) *int { return &c.DIDs },
	}
	queues = kind[resource.Queue, queueRow]{
		name: "queue", toRow: newQueueRow, fromRow: (*queueRow).queue,
		count: func(c *countsRow) *int { return &c.Queues },
	}
	routes = kind[resource.OutboundRoute, routeRow]{
		name: "outbound route", toRow: newRouteRow, fromRow: (*routeRow).route,
	}
	ivrs        = kind[resource.IVR, ivrRow]{name: "ivr", toRow: newIVRRow, fromRow: (*ivrRow).ivr}
	conferences = kind[resource.Conference, conferenceRow]{
		name: "conference", toRow: newConferenceRow, fromRow: (*conferenceRow).conference,
	}
	agents = kind[resource.AIAgent, agentRow]{name: "ai agent", toRow: newAgentRow, fromRow: (*agentRow).agent}
)

// finder reads one kind, outside a transaction or inside.
type finder[T, R any] struct {
	db   bun.IDB
	kind kind[T, R]
}

func reader[T, R any](db bun.IDB, k kind[T, R]) finder[T, R] { return finder[T, R]{db, k} }

// Get implements [resource.Finder].
func (f finder[T, R]) Get(ctx context.Context, organizationID, id string) (T, error) {
	var none T
	if !storable(organizationID, id) {
		return none, org.ErrNotFound
	}
	row := new(R)
	err := f.db.NewSelect().Model(row).
		Where("organization_id = ?", organizationID).Where("id = ?", id).Scan(ctx)
	if err != nil {
		return none, failed(ctx, "read "+f.kind.name, err)
	}
	return f.kind.fromRow(row), nil
}

// List implements [resource.Finder].
func (f finder[T, R]) List(ctx context.Context, organizationID string, page org.Page) ([]T, error) {
	if !storable(organizationID, page.After) {
		return nil, nil
	}
	var rows []*R
	q := f.db.NewSelect().Model(&rows).Where("organization_id = ?", organizationID).Order("id")
	if err := paged(q, page).Scan(ctx); err != nil {
		return nil, failed(ctx, "list "+f.kind.name+"s", err)
	}
	list := make([]T, len(rows))
	for i, row := range rows {
		list[i] = f.kind.fromRow(row)
	}
	return list, nil
}

// table reads and writes one kind inside a change.
type table[T, R any] struct {
	finder[T, R]
	tx *tx
}

func writer[T, R any](t *tx, k kind[T, R]) table[T, R] { return table[T, R]{reader(t.db, k), t} }

// Get implements [resource.Table].
func (t table[T, R]) Get(ctx context.Context, organizationID, id string) (T, error) {
	if organizationID != t.tx.row.ID {
		var none T
		return none, org.ErrNotFound
	}
	return t.finder.Get(ctx, organizationID, id)
}

// List implements [resource.Table].
func (t table[T, R]) List(ctx context.Context, organizationID string, page org.Page) ([]T, error) {
	if organizationID != t.tx.row.ID {
		return nil, nil
	}
	return t.finder.List(ctx, organizationID, page)
}

// Insert implements [resource.Table].
func (t table[T, R]) Insert(ctx context.Context, organizationID string, v T) error {
	if organizationID != t.tx.row.ID {
		return org.ErrNotFound
	}
	_, err := t.db.NewInsert().Model(t.kind.toRow(organizationID, v)).Exec(ctx)
	if err != nil {
		return failed(ctx, "insert "+t.kind.name, err)
	}
	t.counted(1)
	return nil
}

// Update implements [resource.Table].
func (t table[T, R]) Update(ctx context.Context, organizationID string, v T) error {
	if organizationID != t.tx.row.ID {
		return org.ErrNotFound
	}
	result, err := t.db.NewUpdate().Model(t.kind.toRow(organizationID, v)).WherePK().Exec(ctx)
	return t.one(ctx, "update ", result, err)
}

// Delete implements [resource.Table].
func (t table[T, R]) Delete(ctx context.Context, organizationID, id string) error {
	if organizationID != t.tx.row.ID || !storable(id) {
		return org.ErrNotFound
	}
	result, err := t.db.NewDelete().Model((*R)(nil)).
		Where("organization_id = ?", organizationID).Where("id = ?", id).Exec(ctx)
	if err := t.one(ctx, "delete ", result, err); err != nil {
		return err
	}
	t.counted(-1)
	return nil
}

// one makes sure that a statement found its row.
func (t table[T, R]) one(ctx context.Context, doing string, result sql.Result, err error) error {
	if err != nil {
		return failed(ctx, doing+t.kind.name, err)
	}
	n, err := result.RowsAffected()
	if err != nil {
		return failed(ctx, doing+t.kind.name, err)
	}
	if n == 0 {
		return org.ErrNotFound
	}
	return nil
}

func (t table[T, R]) counted(difference int) {
	if t.kind.count != nil {
		*t.kind.count(&t.tx.row.countsRow) += difference
	}
}
