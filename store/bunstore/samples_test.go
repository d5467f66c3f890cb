package bunstore

import (
	"fmt"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/limits"
	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/resource"
)

// house saves an organisation of its own name that may have any number of
// users.
func house(t testing.TB, s *Store) org.Organization {
	t.Helper()
	orgs := org.New(s, org.Options{})
	profile, err := orgs.Draft(org.Hotel)
	require.NoError(t, err)
	profile.Name = "House " + uuid.NewString()
	profile.Settings.MaxUsers = limits.Unlimited()
	o, _, err := orgs.Create(t.Context(), profile)
	require.NoError(t, err)
	return o
}

func limitUsers(n int) func(*org.Organization) error {
	return func(o *org.Organization) error {
		o.Settings.MaxUsers = limits.AtMost(n)
		return nil
	}
}

func agent(n int) resource.User {
	return resource.User{Extension: fmt.Sprintf("%06d", n), Role: "agent", RingTarget: resource.RingExtension}
}

func requireExceeded(t *testing.T, err error) {
	t.Helper()
	var exceeded *limits.ExceededError
	require.ErrorAs(t, err, &exceeded)
}
