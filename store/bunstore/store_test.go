package bunstore

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/resource"
	"github.com/orgpbx/orgpbx/store"
	"github.com/orgpbx/orgpbx/store/storetest"
)

func TestStoreKeepsThePromisesOfThePorts(t *testing.T) {
	t.Parallel()
	for _, d := range databases {
		t.Run(string(d.dialect), func(t *testing.T) {
			t.Parallel()
			storetest.Run(t, func(t *testing.T) store.Store {
				return open(t, d.dialect, d.create(t))
			})
		})
	}
}

func TestTwoProcessesNeverPassALimitTogether(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, dialect Dialect, connect connect) {
		processes := []*Store{open(t, dialect, connect), open(t, dialect, connect)}
		o := house(t, processes[0])
		const limit = 5
		_, err := processes[0].ChangeOrganization(t.Context(), o.ID, limitUsers(limit))
		require.NoError(t, err)
		results := make(chan error)
		const writers = 24
		for i := range writers {
			go func() {
				_, _, err := resource.New(processes[i%2], resource.Options{}).Users().Create(t.Context(), o.ID, agent(i))
				results <- err
			}()
		}
		made := 0
		for range writers {
			if err := <-results; err == nil {
				made++
			} else {
				requireExceeded(t, err)
			}
		}
		require.Equal(t, limit, made)
	})
}

func TestPostgresLetsOthersOnWhileOneOrganizationIsChanged(t *testing.T) {
	t.Parallel()
	s := open(t, Postgres, newPostgres(t))
	held, free := house(t, s), house(t, s)
	require.NoError(t, s.Change(t.Context(), held.ID, func(resource.Tx) error {
		// A login of the same organisation, and a change of another.
		err := s.InsertSession(t.Context(), org.Session{OrganizationID: held.ID, TokenHash: [32]byte{1}})
		return errors.Join(err, s.Change(t.Context(), free.ID, func(resource.Tx) error { return nil }))
	}))
}

func TestManyWaitingWritersLeaveConnectionsForOthers(t *testing.T) {
	t.Parallel()
	db := newPostgres(t)(t)
	db.SetMaxOpenConns(2)
	s := New(db, Postgres)
	require.NoError(t, s.Migrate(t.Context()))
	busy, calm := house(t, s), house(t, s)
	const waiting = 8
	done := make(chan error, waiting)
	require.NoError(t, s.Change(t.Context(), busy.ID, func(resource.Tx) error {
		for range waiting {
			go func() {
				done <- s.Change(t.Context(), busy.ID, func(resource.Tx) error { return nil })
			}()
		}
		_, err := s.Organization(t.Context(), calm.ID)
		return err
	}))
	for range waiting {
		require.NoError(t, <-done)
	}
}
