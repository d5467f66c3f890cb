package bunstore

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/resource"
	"github.com/orgpbx/orgpbx/resource/deploy"
)

type deploymentRow struct {
	bun.BaseModel `bun:"table:orgpbx_deployments,alias:d"`

	OrganizationID string        `bun:"organization_id,pk"`
	ID             string        `bun:"id,pk"`
	Revision       int64         `bun:"revision"`
	State          string        `bun:"state"`
	Changes        []changeJSON  `bun:"changes,type:jsonb"`
	Warnings       []warningJSON `bun:"warnings,type:jsonb"`
	Error          string        `bun:"error"`
	StartedAt      time.Time     `bun:"started_at"`
	FinishedAt     time.Time     `bun:"finished_at"`
}

// changeJSON is how a change of the PBX is stored.
type changeJSON struct {
	Action resource.ChangeAction `json:"action"`
	Object string                `json:"object"`
	Name   string                `json:"name"`
}

// warningJSON is how a warning is stored.
type warningJSON struct {
	Code    resource.WarningCode `json:"code"`
	Kind    resource.Kind        `json:"kind"`
	ID      string               `json:"id"`
	Field   string               `json:"field"`
	Message string               `json:"message"`
}

type removalRow struct {
	bun.BaseModel `bun:"table:orgpbx_removals,alias:r"`

	OrganizationID string `bun:"organization_id,pk"`
	ContextPrefix  string `bun:"context_prefix,pk"`
}

func newDeploymentRow(organizationID string, d deploy.Deployment) *deploymentRow {
	row := &deploymentRow{
		OrganizationID: organizationID,
		ID:             d.ID,
		Revision:       d.Revision,
		State:          string(d.State),
		Changes:        make([]changeJSON, len(d.Changes)), // nil would be stored as null
		Warnings:       make([]warningJSON, len(d.Warnings)),
		Error:          d.Error,
		StartedAt:      d.StartedAt,
		FinishedAt:     d.FinishedAt,
	}
	for i, c := range d.Changes {
		row.Changes[i] = changeJSON(c)
	}
	for i, w := range d.Warnings {
		row.Warnings[i] = warningJSON(w)
	}
	return row
}

func (r *deploymentRow) deployment() deploy.Deployment {
	d := deploy.Deployment{
		ID:         r.ID,
		Revision:   r.Revision,
		State:      org.ConfigState(r.State),
		Error:      r.Error,
		StartedAt:  r.StartedAt.UTC(),
		FinishedAt: r.FinishedAt.UTC(),
	}
	for _, c := range r.Changes {
		d.Changes = append(d.Changes, resource.Change(c))
	}
	for _, w := range r.Warnings {
		d.Warnings = append(d.Warnings, resource.Warning(w))
	}
	return d
}

// Unapplied implements [deploy.Store].
func (s *Store) Unapplied(ctx context.Context, after string, limit int) ([]string, error) {
	return s.idsWhere(ctx, "o.config_state <> 'applied'", after, limit)
}

// Applied implements [deploy.Store].
func (s *Store) Applied(ctx context.Context, after string, limit int) ([]string, error) {
	return s.idsWhere(ctx, "o.config_state = 'applied'", after, limit)
}

func (s *Store) idsWhere(ctx context.Context, condition, after string, limit int) ([]string, error) {
	if !storable(after) {
		return nil, nil
	}
	var ids []string
	q := s.db.NewSelect().Model((*organizationRow)(nil)).Column("id").Where(condition).Order("o.id")
	if err := paged(q, org.Page{After: after, Limit: limit}).Scan(ctx, &ids); err != nil {
		return nil, failed(ctx, "list organizations by state", err)
	}
	return ids, nil
}

// RecordDeployment implements [deploy.Store].
func (s *Store) RecordDeployment(ctx context.Context, l deploy.Lease, r deploy.Record) error {
	return s.change(ctx, l.OrganizationID, func(ctx context.Context, tx bun.Tx, row *organizationRow) error {
		if _, err := tx.NewInsert().Model(newDeploymentRow(l.OrganizationID, r.Deployment)).Exec(ctx); err != nil {
			return failed(ctx, "insert deployment", err)
		}
		if r.Snapshot != nil {
			if err := keepRevision(ctx, tx, l.OrganizationID, r); err != nil {
				return err
			}
		}
		mine, err := holds(ctx, tx, l)
		if err != nil {
			return err
		}
		config := row.organization().Config
		config.Settle(r.Revision, r.State)
		if !mine {
			config.State = org.Pending
		}
		if err := saveConfig(ctx, tx, row, config); err != nil {
			return err
		}
		e, told, err := r.Event()
		if err != nil || !told {
			return err
		}
		return s.tell(ctx, tx, row, e)
	})
}

// Deployments implements [deploy.Store].
func (s *Store) Deployments(ctx context.Context, organizationID string, page org.Page) ([]deploy.Deployment, error) {
	if !storable(organizationID, page.After) {
		return nil, nil
	}
	var rows []*deploymentRow
	q := s.db.NewSelect().Model(&rows).Where("d.organization_id = ?", organizationID).Order("d.id DESC")
	if page.After != "" {
		q.Where("d.id < ?", page.After)
	}
	if page.Limit > 0 {
		q.Limit(int64(page.Limit))
	}
	if err := q.Scan(ctx); err != nil {
		return nil, failed(ctx, "list deployments", err)
	}
	list := make([]deploy.Deployment, len(rows))
	for i, row := range rows {
		list[i] = row.deployment()
	}
	return list, nil
}

// Removals implements [deploy.Store].
func (s *Store) Removals(ctx context.Context) ([]deploy.Removal, error) {
	var rows []*removalRow
	if err := s.db.NewSelect().Model(&rows).Order("r.organization_id").Scan(ctx); err != nil {
		return nil, failed(ctx, "list removals", err)
	}
	list := make([]deploy.Removal, len(rows))
	for i, row := range rows {
		list[i] = deploy.Removal{OrganizationID: row.OrganizationID, ContextPrefix: row.ContextPrefix}
	}
	return list, nil
}

// DeleteRemoval implements [deploy.Store].
func (s *Store) DeleteRemoval(ctx context.Context, organizationID string) error {
	if !storable(organizationID) {
		return nil
	}
	_, err := s.execAlone(ctx, "delete removal", s.db.NewDelete().Model((*removalRow)(nil)).Where("organization_id = ?", organizationID))
	return err
}
