package bunstore

import (
	"context"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"github.com/orgpbx/orgpbx/org/audit"
	"github.com/orgpbx/orgpbx/org/hold"
	"github.com/orgpbx/orgpbx/resource/cdr"
	"github.com/orgpbx/orgpbx/resource/subject"
)

type subjectRow struct {
	bun.BaseModel `bun:"table:orgpbx_subject_requests,alias:sr"`
	metaRow

	Kind       string            `bun:"kind"`
	Number     string            `bun:"number"`
	NumberHash string            `bun:"number_hash"`
	Reason     string            `bun:"reason"`
	DryRun     bool              `bun:"dry_run"`
	ByKind     string            `bun:"by_kind"`
	ByID       string            `bun:"by_id"`
	State      string            `bun:"state"`
	Report     subject.Report    `bun:"report,type:jsonb"`
	Leaving    []subject.Leaving `bun:"leaving,type:jsonb"`
	DueMS      int64             `bun:"due_ms"`
	FetchUntil *time.Time        `bun:"fetch_until"`
	FinishedAt *time.Time        `bun:"finished_at"`
}

var subjectRequests = kind[subject.Request, subjectRow]{
	name: "subject request", toRow: newSubjectRow, fromRow: (*subjectRow).request,
}

func newSubjectRow(organizationID string, r subject.Request) *subjectRow {
	return &subjectRow{
		metaRow: metaRow{
			OrganizationID: organizationID, ID: r.ID, Version: r.Version, CreatedAt: r.CreatedAt, UpdatedAt: r.UpdatedAt,
		},
		Kind: string(r.Kind), Number: r.Number, NumberHash: r.NumberHash, Reason: r.Reason, DryRun: r.DryRun,
		ByKind: string(r.ByKind), ByID: r.ByID, State: string(r.State), Report: r.Report,
		Leaving: append([]subject.Leaving{}, r.Leaving...), // nil would be stored as null
		DueMS:   r.Due.UnixMilli(), FetchUntil: timeOrNull(r.FetchUntil), FinishedAt: timeOrNull(r.FinishedAt),
	}
}

func (r *subjectRow) request() subject.Request {
	request := subject.Request{
		ID: r.ID, Kind: subject.Kind(r.Kind), Number: r.Number, NumberHash: r.NumberHash, Reason: r.Reason, DryRun: r.DryRun,
		ByKind: audit.ActorKind(r.ByKind), ByID: r.ByID, State: subject.State(r.State), Report: r.Report,
		Due: time.UnixMilli(r.DueMS).UTC(), FetchUntil: timeOrZero(r.FetchUntil), FinishedAt: timeOrZero(r.FinishedAt),
		Version: r.Version, CreatedAt: r.CreatedAt.UTC(), UpdatedAt: r.UpdatedAt.UTC(),
	}
	if len(r.Leaving) > 0 {
		request.Leaving = r.Leaving
	}
	return request
}

// SubjectRequests implements [subject.Store].
func (s *Store) SubjectRequests() subject.Finder { return reader(s.db, subjectRequests) }

// ChangeSubjects implements [subject.Store].
func (s *Store) ChangeSubjects(ctx context.Context, organizationID string, change func(subject.Table) error) error {
	return s.purge(ctx, organizationID, func(_ context.Context, db bun.Tx, row *organizationRow) error {
		return change(subjectTable{writer(&tx{db: db, row: row}, subjectRequests)})
	})
}

// ClaimSubjectRequest implements [subject.Store].
func (s *Store) ClaimSubjectRequest(ctx context.Context, now, until time.Time) (string, subject.Request, error) {
	unlock, err := s.lockFile(ctx)
	if err != nil {
		return "", subject.Request{}, err
	}
	defer unlock()
	skip := bun.Safe("")
	if s.dialect == Postgres {
		skip = "FOR UPDATE SKIP LOCKED"
	}
	row := new(subjectRow)
	err = s.db.NewRaw(
		`UPDATE orgpbx_subject_requests SET due_ms = ? WHERE id = (
			SELECT id FROM orgpbx_subject_requests WHERE state <> 'done' AND due_ms <= ? ORDER BY due_ms, id LIMIT 1 ?)
		 RETURNING *`, until.UnixMilli(), now.UnixMilli(), skip).Scan(ctx, row)
	if err != nil {
		return "", subject.Request{}, failed(ctx, "claim a subject request", err)
	}
	return row.OrganizationID, row.request(), nil
}

type subjectTable struct {
	table[subject.Request, subjectRow]
}

// Holds implements [subject.Table].
func (t subjectTable) Holds(ctx context.Context, organizationID string) (hold.Set, error) {
	if organizationID != t.tx.row.ID {
		return hold.InForce(nil), nil
	}
	return holdsInForce(ctx, t.db, organizationID)
}

// ids are those that a row of the organisation can have; none for another one than
// that which is being changed.
func (t subjectTable) ids(organizationID string, ids []string) []string {
	if organizationID != t.tx.row.ID {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return !storable(id) })
}

// CallsOf implements [subject.Table].
func (t subjectTable) CallsOf(ctx context.Context, organizationID string, ids []string) ([]cdr.DueCall, error) {
	if ids = t.ids(organizationID, ids); len(ids) == 0 {
		return nil, nil
	}
	return dueCalls(ctx, selectDue(t.db, organizationID, "", len(ids), "c.id IN (?)", bun.List(ids)))
}

// DoomRecordings implements [subject.Table].
func (t subjectTable) DoomRecordings(ctx context.Context, organizationID string, callIDs []string) ([]cdr.DoomedRecording, error) {
	ids := t.ids(organizationID, callIDs)
	if len(ids) == 0 {
		return nil, nil
	}
	_, err := t.db.NewUpdate().Model((*recordingRow)(nil)).Set("state = 'deleting'").
		Where("organization_id = ?", organizationID).Where("call_id IN (?)", bun.List(ids)).Exec(ctx)
	if err != nil {
		return nil, failed(ctx, "note recordings to delete", err)
	}
	var doomed []cdr.DoomedRecording
	err = t.db.NewSelect().TableExpr("orgpbx_recordings AS r").ColumnExpr("r.call_id, r.name, r.archived, COALESCE(c.recording, '') AS called").
		ColumnExpr("r.claimed_until").
		Join("LEFT JOIN orgpbx_calls AS c ON c.organization_id = r.organization_id AND c.id = r.call_id").
		Where("r.organization_id = ?", organizationID).Where("r.call_id IN (?)", bun.List(ids)).Order("r.call_id").Scan(ctx, &doomed)
	for i := range doomed {
		doomed[i].ClaimedUntil = doomed[i].ClaimedUntil.UTC()
	}
	return doomed, failed(ctx, "list recordings to delete", err)
}

// ForgetRecordings implements [subject.Table].
func (t subjectTable) ForgetRecordings(ctx context.Context, organizationID string, callIDs []string) error {
	ids := t.ids(organizationID, callIDs)
	if len(ids) == 0 {
		return nil
	}
	_, err := t.db.NewDelete().Model((*recordingRow)(nil)).
		Where("organization_id = ?", organizationID).Where("call_id IN (?)", bun.List(ids)).Exec(ctx)
	if err != nil {
		return failed(ctx, "forget recordings", err)
	}
	return forgetNames(ctx, t.db, organizationID, ids)
}

// EraseCalls implements [subject.Table].
func (t subjectTable) EraseCalls(ctx context.Context, organizationID string, ids []string, erase func(*cdr.Call)) error {
	if ids = t.ids(organizationID, ids); len(ids) == 0 {
		return nil
	}
	var rows []*callRow
	err := t.db.NewSelect().Model(&rows).Where("c.organization_id = ?", organizationID).
		Where("c.id IN (?)", bun.List(ids)).Order("c.id").Scan(ctx)
	if err != nil {
		return failed(ctx, "read calls to erase", err)
	}
	for _, row := range rows {
		c := row.call()
		erase(&c)
		c.Erased = true
		if _, err := t.db.NewUpdate().Model(newCallRow(organizationID, c)).WherePK().Exec(ctx); err != nil {
			return failed(ctx, "erase a call", err)
		}
	}
	return nil
}

// DeleteDeliveries implements [subject.Table].
func (t subjectTable) DeleteDeliveries(ctx context.Context, organizationID string, ids []string) ([]string, error) {
	if ids = t.ids(organizationID, ids); len(ids) == 0 {
		return nil, nil
	}
	var gone []string
	_, err := t.db.NewDelete().Model((*deliveryRow)(nil)).
		Where("organization_id = ?", organizationID).Where("id IN (?)", bun.List(ids)).Returning("id").Exec(ctx, &gone)
	if err != nil {
		return nil, failed(ctx, "delete deliveries", err)
	}
	slices.Sort(gone)
	return gone, nil
}
