package bunstore

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/uptrace/bun"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/resource"
)

// statements counts what is sent to the database, BEGIN and COMMIT included.
// Each is one round trip.
type statements struct {
	mu   sync.Mutex
	sent []string
}

func (s *statements) BeforeQuery(ctx context.Context, _ *bun.QueryEvent) context.Context { return ctx }

func (s *statements) AfterQuery(_ context.Context, event *bun.QueryEvent) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sent = append(s.sent, fmt.Sprintf("%.60s", event.Query))
}

// take returns what was sent since it was called last.
func (s *statements) take() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	sent := s.sent
	s.sent = nil
	return sent
}

func TestRoundTrips(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, dialect Dialect, connect connect) {
		counter := new(statements)
		s := open(t, dialect, connect, counter)
		o := house(t, s)
		session := org.Session{OrganizationID: o.ID, TokenHash: [32]byte{1}}
		require.NoError(t, s.InsertSession(t.Context(), session))
		resources := resource.New(s, resource.Options{})
		user, _, err := resources.Users().Create(t.Context(), o.ID, agent(1))
		require.NoError(t, err)

		for _, c := range []struct {
			name string
			want int
			do   func() error
		}{
			{"get", 1, func() error { _, err := s.Users().Get(t.Context(), o.ID, user.ID); return err }},
			{"list", 1, func() error { _, err := s.Users().List(t.Context(), o.ID, org.Page{Limit: 9}); return err }},
			{"counts", 1, func() error { _, err := s.Counts(t.Context(), o.ID); return err }},
			{"counts of several", 1, func() error { _, err := s.CountsOf(t.Context(), []string{o.ID, "x"}); return err }},
			{"organization", 1, func() error { _, err := s.Organization(t.Context(), o.ID); return err }},
			{"credential by API key, with its organization", 1, func() error { _, err := s.CredentialByAPIKey(t.Context(), o.APIKey); return err }},
			{"session with its organization", 1, func() error { _, _, err := s.Session(t.Context(), session.TokenHash); return err }},
			{"snapshot: the organization and eight lists in a transaction", 11, func() error {
				_, err := s.Snapshot(t.Context(), o.ID)
				return err
			}},
			// Begin, lock, look for the number, insert, raise and count, commit.
			{"create a user", 6, func() error {
				_, _, err := resources.Users().Create(t.Context(), o.ID, agent(2))
				return err
			}},
		} {
			counter.take()
			require.NoError(t, c.do(), c.name)
			sent := counter.take()
			require.Len(t, sent, c.want, "%s: %q", c.name, sent)
		}
	})
}
