package memstore

import (
	"context"
	"errors"
	"slices"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/resource/deploy"
)

var deploymentKind = kind[deploy.Deployment]{
	id: func(d *deploy.Deployment) string { return d.ID },
	clone: func(d deploy.Deployment) deploy.Deployment {
		d.Changes = slices.Clone(d.Changes)
		d.Warnings = slices.Clone(d.Warnings)
		return d
	},
}

// Unapplied implements [deploy.Store].
func (s *Store) Unapplied(ctx context.Context, after string, limit int) ([]string, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	list := s.list(org.Page{After: after, Limit: limit}, func(o org.Organization) bool {
		return o.Config.State != org.Applied
	})
	ids := make([]string, len(list))
	for i, o := range list {
		ids[i] = o.ID
	}
	return ids, nil
}

// RecordDeployment implements [deploy.Store].
func (s *Store) RecordDeployment(ctx context.Context, organizationID string, d deploy.Deployment) error {
	d = deploymentKind.clone(d)
	return s.change(ctx, organizationID, func(next *state) (released, made []claim, err error) {
		at, taken := deploymentKind.find(next.deployments, d.ID)
		if taken {
			return nil, nil, &org.DuplicateError{Field: "id"}
		}
		next.deployments = slices.Insert(slices.Clone(next.deployments), at, &d)
		next.organization.Config.Settle(d.Revision, d.State)
		return nil, nil, nil
	})
}

// Deployments implements [deploy.Store].
func (s *Store) Deployments(ctx context.Context, organizationID string, page org.Page) ([]deploy.Deployment, error) {
	saved, err := s.read(ctx, organizationID)
	if errors.Is(err, org.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	history := saved.deployments
	if page.After != "" {
		at, _ := deploymentKind.find(history, page.After)
		history = history[:at]
	}
	if page.Limit > 0 {
		history = history[max(0, len(history)-page.Limit):]
	}
	list := deploymentKind.all(history)
	slices.Reverse(list)
	return list, nil
}

// Removals implements [deploy.Store].
func (s *Store) Removals(ctx context.Context) ([]deploy.Removal, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	return slices.Clone(s.removals), nil
}

// DeleteRemoval implements [deploy.Store].
func (s *Store) DeleteRemoval(ctx context.Context, organizationID string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.removals = slices.DeleteFunc(s.removals, func(r deploy.Removal) bool {
		return r.OrganizationID == organizationID
	})
	return nil
}
