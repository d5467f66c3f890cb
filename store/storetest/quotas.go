package storetest

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/limits"
	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/resource"
	"github.com/orgpbx/orgpbx/store"
)

var quotaTests = func() []test {
	var tests []test
	for _, q := range quotas {
		tests = append(tests,
			test{fmt.Sprintf("64 writers at one below the limit of %s: exactly one succeeds", q.kind), q.lastPlace},
			test{fmt.Sprintf("40 writers at a limit of 5 %s from none: exactly five succeed", q.kind), q.fromNone},
			test{fmt.Sprintf("the limit of %s moves under writers and is never passed", q.kind), q.movingLimit},
		)
	}
	return tests
}()

// quota is a kind of resource that is counted, made through the service.
type quota struct {
	kind limits.Kind
	// limit is where the limit is in the settings.
	limit func(*org.Settings) *limits.Limit
	// create makes the nth one.
	create func(ctx context.Context, h *house, n int) error
}

var quotas = []quota{
	{
		kind:  limits.Users,
		limit: func(s *org.Settings) *limits.Limit { return &s.MaxUsers },
		create: func(ctx context.Context, h *house, n int) error {
			_, _, err := h.resources.Users().Create(ctx, h.id, resource.User{
				Extension: fmt.Sprint(1000 + n), Role: "agent", RingTarget: resource.RingExtension,
			})
			return err
		},
	},
	{
		kind:  limits.Trunks,
		limit: func(s *org.Settings) *limits.Limit { return &s.MaxTrunks },
		create: func(ctx context.Context, h *house, n int) error {
			_, err := h.resources.Trunks().Create(ctx, h.id, peer(n))
			return err
		},
	},
	{
		kind:  limits.DIDs,
		limit: func(s *org.Settings) *limits.Limit { return &s.MaxDIDs },
		create: func(ctx context.Context, h *house, n int) error {
			_, err := h.resources.DIDs().Create(ctx, h.id, resource.DID{
				Number:  fmt.Sprintf("+1555%06d", n),
				TrunkID: h.trunkID,
				Routing: resource.Destination{Type: resource.ToExternal, Number: "+15550100"},
			})
			return err
		},
	},
	{
		kind:  limits.Queues,
		limit: func(s *org.Settings) *limits.Limit { return &s.MaxQueues },
		create: func(ctx context.Context, h *house, n int) error {
			v := resource.QueueDefaults()
			v.Name, v.Number = fmt.Sprintf("Queue %d", n), fmt.Sprint(8000+n)
			_, err := h.resources.Queues().Create(ctx, h.id, v)
			return err
		},
	},
}

func peer(n int) resource.Trunk {
	v := resource.TrunkDefaults()
	v.Name, v.Type, v.Host = fmt.Sprintf("Peer %d", n), resource.PeerToPeerTrunk, "192.0.2.1"
	return v
}

// house is an organisation and the services on its store.
type house struct {
	db        store.Store
	orgs      *org.Service
	resources *resource.Service
	id        string
	trunkID   string // for DIDs to point at; none where trunks are counted
}

func (q quota) house(t *testing.T, db store.Store, limit int) *house {
	t.Helper()
	h := &house{db: db, orgs: org.New(db, org.Options{}), resources: resource.New(db, resource.Options{})}
	profile, err := h.orgs.Draft(org.General)
	require.NoError(t, err)
	profile.Name = "Counting House"
	*q.limit(&profile.Settings) = limits.AtMost(limit)
	o, _, err := h.orgs.Create(t.Context(), profile)
	require.NoError(t, err)
	h.id = o.ID
	if q.kind == limits.DIDs {
		trunk, err := h.resources.Trunks().Create(t.Context(), h.id, peer(0))
		require.NoError(t, err)
		h.trunkID = trunk.ID
	}
	return h
}

// used returns the count, after checking it against what is there.
func (q quota) used(t *testing.T, h *house) int {
	t.Helper()
	counts, err := h.db.Counts(t.Context(), h.id)
	require.NoError(t, err)
	snapshot, err := h.db.Snapshot(t.Context(), h.id)
	require.NoError(t, err)
	requireCounts(t, counts, len(snapshot.Users), len(snapshot.DIDs), len(snapshot.Trunks), len(snapshot.Queues))
	return counts[q.kind]
}

func (q quota) setLimit(ctx context.Context, h *house, n int) error {
	_, err := h.orgs.Update(ctx, h.id, 0, func(p *org.Profile) error {
		*q.limit(&p.Settings) = limits.AtMost(n)
		return nil
	})
	return err
}

// requireWinners checks that so many writers succeeded, and that each of the
// others was told the limit.
func (q quota) requireWinners(t *testing.T, want, limit int, errs []error) {
	t.Helper()
	won := 0
	for _, err := range errs {
		if err == nil {
			won++
			continue
		}
		var exceeded *limits.ExceededError
		require.ErrorAs(t, err, &exceeded)
		require.Equal(t, limits.ExceededError{Kind: q.kind, Limit: limit, Used: limit}, *exceeded)
	}
	require.Equal(t, want, won)
}

func (q quota) lastPlace(t *testing.T, db store.Store) {
	const writers, rounds = 64, 3
	h := q.house(t, db, 1)
	for round := range rounds {
		limit := round + 1
		require.NoError(t, q.setLimit(t.Context(), h, limit))
		errs := atOnce(writers, func(i int) error { return q.create(t.Context(), h, round*writers+i) })
		q.requireWinners(t, 1, limit, errs)
		require.Equal(t, limit, q.used(t, h))
	}
}

func (q quota) fromNone(t *testing.T, db store.Store) {
	const writers, limit = 40, 5
	h := q.house(t, db, limit)
	errs := atOnce(writers, func(i int) error { return q.create(t.Context(), h, i) })
	q.requireWinners(t, limit, limit, errs)
	require.Equal(t, limit, q.used(t, h))
}

// movingLimit raises the limit step by step while writers create, then lowers
// it below what is there. Nothing is made once the lowering returned.
func (q quota) movingLimit(t *testing.T, db store.Store) {
	const writers, top = 12, 6
	h := q.house(t, db, 0)
	var atLowering int
	errs := atOnce(writers+1, func(i int) error {
		if i < writers {
			return q.createUntilLowered(t.Context(), h, i*1000/writers)
		}
		for limit := 1; limit <= top; limit++ {
			if err := q.setLimit(t.Context(), h, limit); err != nil {
				return err
			}
			counts, err := h.db.Counts(t.Context(), h.id)
			if err != nil {
				return err
			}
			if counts[q.kind] > limit {
				return fmt.Errorf("%d of %d %s", counts[q.kind], limit, q.kind)
			}
		}
		if err := q.setLimit(t.Context(), h, 0); err != nil {
			return err
		}
		counts, err := h.db.Counts(t.Context(), h.id)
		atLowering = counts[q.kind]
		return err
	})
	for _, err := range errs {
		require.NoError(t, err)
	}
	require.LessOrEqual(t, atLowering, top)
	require.Equal(t, atLowering, q.used(t, h))
}

// createUntilLowered creates until ten tries were refused: some before the
// limit rose, some after it fell.
func (q quota) createUntilLowered(ctx context.Context, h *house, n int) error {
	for refused := 0; refused < 10; n++ {
		err := q.create(ctx, h, n)
		var exceeded *limits.ExceededError
		switch {
		case errors.As(err, &exceeded):
			refused++
		case err != nil:
			return err
		}
	}
	return nil
}
