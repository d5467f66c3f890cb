package memstore

import (
	"context"
	"errors"
	"slices"

	"github.com/orgpbx/orgpbx/org"
)

// OwnNumbers implements [mask.Numbers].
func (s *Store) OwnNumbers(ctx context.Context, organizationID string, among []string) ([]string, error) {
	saved, err := s.read(ctx, organizationID)
	if errors.Is(err, org.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var own []string
	keep := func(number string) {
		if slices.Contains(among, number) {
			own = append(own, number)
		}
	}
	for _, d := range saved.dids {
		keep(d.Number)
	}
	for _, u := range saved.users {
		keep(u.Extension)
	}
	for _, q := range saved.queues {
		keep(q.Number)
	}
	for _, i := range saved.ivrs {
		keep(i.Number)
	}
	for _, c := range saved.conferences {
		keep(c.Number)
	}
	for _, a := range saved.agents {
		keep(a.Number)
	}
	return own, nil
}
