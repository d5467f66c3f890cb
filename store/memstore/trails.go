package memstore

import (
	"context"
	"maps"
	"slices"

	"github.com/orgpbx/orgpbx/org/audit"
)

// appendEntry links an entry to its chain. The caller holds mu.
func (s *Store) appendEntry(e audit.Entry) {
	var last audit.Entry
	if trail := s.trails[e.Chain]; len(trail) > 0 {
		last = trail[len(trail)-1]
	}
	s.trails[e.Chain] = append(s.trails[e.Chain], e.After(last))
}

// eraseDetails takes what may be about people out of a chain. The caller holds
// mu.
func (s *Store) eraseDetails(chain string) {
	erased := slices.Clone(s.trails[chain])
	for i := range erased {
		erased[i].Details = ""
	}
	if len(erased) > 0 {
		s.trails[chain] = erased
	}
}

// AppendEntry implements [audit.Store].
func (s *Store) AppendEntry(ctx context.Context, e audit.Entry) (bool, error) {
	if err := ctx.Err(); err != nil {
		return false, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if e.Chain != audit.Platform && s.saved[e.Chain] == nil {
		return false, nil
	}
	s.appendEntry(e)
	return true, nil
}

// Entries implements [audit.Store].
func (s *Store) Entries(ctx context.Context, chain string, filter audit.Filter, page audit.Page) ([]audit.Entry, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	s.mu.RLock()
	trail := slices.Clone(s.trails[chain])
	s.mu.RUnlock()
	if page.NewestFirst {
		slices.Reverse(trail)
	}
	var list []audit.Entry
	for _, e := range trail {
		if page.From != 0 && (page.NewestFirst && e.Sequence >= page.From || !page.NewestFirst && e.Sequence <= page.From) {
			continue
		}
		if filter.Matches(e) {
			list = append(list, e)
		}
		if page.Limit > 0 && len(list) == page.Limit {
			break
		}
	}
	return list, nil
}

// Chains implements [audit.Store].
func (s *Store) Chains(ctx context.Context, after string, limit int) ([]string, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	var list []string
	for _, chain := range slices.Sorted(maps.Keys(s.trails)) {
		if chain > after && len(list) < limit {
			list = append(list, chain)
		}
	}
	return list, nil
}
