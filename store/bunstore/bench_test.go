package bunstore

import (
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/resource"
)

// usersOfALargeOne is how many a large organisation has.
const usersOfALargeOne = 6400

func BenchmarkCreateUserAt6400(b *testing.B) {
	for _, d := range databases {
		b.Run(string(d.dialect), func(b *testing.B) {
			counter := new(statements)
			s := open(b, d.dialect, d.create(b), counter)
			o := largeHouse(b, s)
			resources := resource.New(s, resource.Options{})
			counter.take()
			n := usersOfALargeOne
			for b.Loop() {
				_, _, err := resources.Users().Create(b.Context(), o.ID, agent(n))
				require.NoError(b, err)
				n++
			}
			b.ReportMetric(float64(len(counter.take()))/float64(b.N), "roundtrips/op")
		})
	}
}

// BenchmarkAuthenticatedRead is what a GET costs the store: who calls, and the
// object.
func BenchmarkAuthenticatedRead(b *testing.B) {
	for _, d := range databases {
		b.Run(string(d.dialect), func(b *testing.B) {
			counter := new(statements)
			s := open(b, d.dialect, d.create(b), counter)
			o := largeHouse(b, s)
			orgs, resources := org.New(s, org.Options{}), resource.New(s, resource.Options{})
			token, _, err := orgs.OpenSession(b.Context(), org.MainCredential(o))
			require.NoError(b, err)
			list, err := resources.Users().List(b.Context(), o.ID, org.Page{Limit: 1})
			require.NoError(b, err)
			counter.take()
			for b.Loop() {
				_, _, err := orgs.ResumeSession(b.Context(), token)
				require.NoError(b, err)
				_, err = resources.Users().Get(b.Context(), o.ID, list[0].ID)
				require.NoError(b, err)
			}
			b.ReportMetric(float64(len(counter.take()))/float64(b.N), "roundtrips/op")
		})
	}
}

// largeHouse saves an organisation with 6,400 users, in one change.
func largeHouse(b *testing.B, s *Store) org.Organization {
	b.Helper()
	o := house(b, s)
	require.NoError(b, s.Change(b.Context(), o.ID, func(tx resource.Tx) error {
		for n := range usersOfALargeOne {
			u := agent(n)
			u.ID = uuid.Must(uuid.NewV7()).String()
			u.SIP.Username = u.ID
			if err := tx.Users().Insert(b.Context(), o.ID, u); err != nil {
				return err
			}
		}
		return nil
	}))
	return o
}
