package memstore

import (
	"cmp"
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

// revision is what was applied once. The snapshot is never changed.
type revision struct {
	number   int64
	snapshot []byte
}

// Unapplied implements [deploy.Store].
func (s *Store) Unapplied(ctx context.Context, after string, limit int) ([]string, error) {
	return s.ids(ctx, after, limit, func(o org.Organization) bool { return o.Config.State != org.Applied })
}

// Applied implements [deploy.Store].
func (s *Store) Applied(ctx context.Context, after string, limit int) ([]string, error) {
	return s.ids(ctx, after, limit, func(o org.Organization) bool { return o.Config.State == org.Applied })
}

func (s *Store) ids(ctx context.Context, after string, limit int, match func(org.Organization) bool) ([]string, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	list := s.list(org.Page{After: after, Limit: limit}, match)
	ids := make([]string, len(list))
	for i, o := range list {
		ids[i] = o.ID
	}
	return ids, nil
}

// RecordDeployment implements [deploy.Store].
func (s *Store) RecordDeployment(ctx context.Context, l deploy.Lease, r deploy.Record) error {
	d := deploymentKind.clone(r.Deployment)
	return s.change(ctx, l.OrganizationID, func(next *state) (released, made []claim, err error) {
		at, taken := deploymentKind.find(next.deployments, d.ID)
		if taken {
			return nil, nil, &org.DuplicateError{Field: "id"}
		}
		next.deployments = slices.Insert(slices.Clone(next.deployments), at, &d)
		if r.Snapshot != nil {
			next.revisions = withRevision(next.revisions, revision{d.Revision, slices.Clone(r.Snapshot)})
		}
		e, told, err := d.Event()
		if err != nil {
			return nil, nil, err
		}
		if told {
			next.told = append(next.told, e)
		}
		next.organization.Config.Settle(d.Revision, d.State)
		if !s.holds(l) {
			next.organization.Config.State = org.Pending
		}
		return nil, nil, nil
	})
}

// withRevision returns a list with one more revision, unless it has that, and
// without those that are too many.
func withRevision(list []revision, r revision) []revision {
	at, known := findRevision(list, r.number)
	if !known {
		list = slices.Insert(slices.Clone(list), at, r)
	}
	return list[max(0, len(list)-deploy.KeptRevisions):]
}

func findRevision(list []revision, number int64) (at int, found bool) {
	return slices.BinarySearchFunc(list, number, func(r revision, number int64) int { return cmp.Compare(r.number, number) })
}

// RevisionSnapshot implements [deploy.Store].
func (s *Store) RevisionSnapshot(ctx context.Context, organizationID string, number int64) ([]byte, error) {
	saved, err := s.read(ctx, organizationID)
	if err != nil {
		return nil, err
	}
	at, found := findRevision(saved.revisions, number)
	if !found {
		return nil, org.ErrNotFound
	}
	return slices.Clone(saved.revisions[at].snapshot), nil
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
