package memstore

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/org/audit"
	"github.com/orgpbx/orgpbx/org/idempotency"
	"github.com/orgpbx/orgpbx/org/member"
	"github.com/orgpbx/orgpbx/resource"
	"github.com/orgpbx/orgpbx/resource/cdr"
	"github.com/orgpbx/orgpbx/resource/deploy"
)

// InsertOrganization implements [org.Store].
func (s *Store) InsertOrganization(ctx context.Context, o org.Organization) error {
	return s.insertOrganization(ctx, o, func() {})
}

// InsertPlacedOrganization implements [org.Store].
func (s *Store) InsertPlacedOrganization(ctx context.Context, o org.Organization, node string) error {
	return s.insertOrganization(ctx, o, func() {
		s.placements[o.ContextPrefix] = resource.Placement{ContextPrefix: o.ContextPrefix, OrganizationID: o.ID, Node: node}
	})
}

// insertOrganization runs also before anybody can see the organisation.
func (s *Store) insertOrganization(ctx context.Context, o org.Organization, also func()) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	entry, pending, err := audit.Of(ctx).Pending(o.ID)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, taken := s.saved[o.ID]; taken {
		return &org.DuplicateError{Field: "id"}
	}
	if err := s.claims.swap(o.ID, nil, organizationClaims(o)); err != nil {
		return err
	}
	s.saved[o.ID] = &state{organization: o.Clone()}
	also()
	if pending {
		s.appendEntry(entry)
		audit.Of(ctx).Saved()
	}
	return nil
}

// Organization implements [org.Store].
func (s *Store) Organization(ctx context.Context, id string) (org.Organization, error) {
	saved, err := s.read(ctx, id)
	if err != nil {
		return org.Organization{}, err
	}
	return saved.organization.Clone(), nil
}

// Organizations implements [org.Store].
func (s *Store) Organizations(ctx context.Context, filter org.Filter, page org.Page) ([]org.Organization, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	query := org.NameKey(filter.Query)
	return s.list(page, func(o org.Organization) bool {
		return (filter.Status == "" || o.Status == filter.Status) &&
			strings.Contains(org.NameKey(o.Name), query)
	}), nil
}

// list returns a page of the organisations that match, in order of id.
func (s *Store) list(page org.Page, match func(org.Organization) bool) []org.Organization {
	s.mu.RLock()
	defer s.mu.RUnlock()
	var list []org.Organization
	for _, id := range slices.Sorted(maps.Keys(s.saved)) {
		if id <= page.After {
			continue
		}
		if o := s.saved[id].organization; match(o) {
			list = append(list, o.Clone())
		}
		if page.Limit > 0 && len(list) == page.Limit {
			break
		}
	}
	return list
}

// ChangeOrganization implements [org.Store].
func (s *Store) ChangeOrganization(ctx context.Context, id string, change func(*org.Organization) error) (org.Organization, error) {
	var changed org.Organization
	err := s.change(ctx, id, func(next *state) (released, made []claim, err error) {
		released = organizationClaims(next.organization)
		changed = next.organization.Clone()
		if err := change(&changed); err != nil {
			return nil, nil, err
		}
		changed.ID = id
		e, told, err := org.StatusEvent(next.organization, changed)
		if err != nil {
			return nil, nil, err
		}
		if told {
			next.told = append(next.told, e)
		}
		next.organization = changed.Clone()
		return released, organizationClaims(changed), nil
	})
	if err != nil {
		return org.Organization{}, err
	}
	return changed, nil
}

// DeleteOrganization implements [org.Store].
func (s *Store) DeleteOrganization(ctx context.Context, id string, check func(org.Organization) error) error {
	saved, unlock, err := s.lock(ctx, id)
	if err != nil {
		return err
	}
	defer unlock()
	audit.Of(ctx).Restart()
	o := saved.organization.Clone()
	if err := check(o); err != nil {
		return err
	}
	for _, h := range saved.holds {
		if h.InForce() {
			return org.ErrHeld
		}
	}
	entry, pending, err := audit.Of(ctx).Pending(id)
	if err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}

	s.mu.Lock()
	defer s.mu.Unlock()
	if pending {
		s.appendEntry(entry)
		audit.Of(ctx).Saved()
	}
	s.eraseDetails(id)
	delete(s.saved, id)
	delete(s.ledgers, id)
	delete(s.deliveries, id)
	s.claims.drop(id)
	maps.DeleteFunc(s.sessions, func(_ [32]byte, session org.Session) bool {
		return session.OrganizationID == id
	})
	maps.DeleteFunc(s.memberSessions, func(_ [32]byte, session member.Session) bool {
		return session.OrganizationID == id
	})
	maps.DeleteFunc(s.requests, func(key requestKey, _ idempotency.Entry) bool { return key.organizationID == id })
	s.deleted[id] = cdr.DeletedOrganization{ID: id, ContextPrefix: o.ContextPrefix}
	s.removals = append(s.removals, deploy.Removal{OrganizationID: id, ContextPrefix: o.ContextPrefix})
	slices.SortFunc(s.removals, func(a, b deploy.Removal) int {
		return cmp.Compare(a.OrganizationID, b.OrganizationID)
	})
	return nil
}
