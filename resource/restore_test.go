package resource_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/limits"
	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/resource"
)

// past is the organisation as it is now, as it will be remembered.
func (f *fixture) past(t *testing.T) resource.Snapshot {
	t.Helper()
	archive, err := f.snapshot(t).Archive()
	require.NoError(t, err)
	past, err := resource.UnarchiveSnapshot(archive)
	require.NoError(t, err)
	return past
}

func (f *fixture) snapshot(t *testing.T) resource.Snapshot {
	t.Helper()
	s, err := f.store.Snapshot(t.Context(), f.org.ID)
	require.NoError(t, err)
	return s
}

// requireAlike compares the resources of two moments without their versions.
func requireAlike(t *testing.T, want, got resource.Snapshot) {
	t.Helper()
	bare := func(s resource.Snapshot) resource.Snapshot {
		archive, err := s.Archive()
		require.NoError(t, err)
		s, err = resource.UnarchiveSnapshot(archive)
		require.NoError(t, err)
		s.Organization = org.Organization{}
		for i := range s.Users {
			s.Users[i].Meta = resource.Meta{ID: s.Users[i].ID}
		}
		for i := range s.Trunks {
			s.Trunks[i].Meta = resource.Meta{ID: s.Trunks[i].ID}
		}
		for i := range s.DIDs {
			s.DIDs[i].Meta = resource.Meta{ID: s.DIDs[i].ID}
		}
		for i := range s.Queues {
			s.Queues[i].Meta = resource.Meta{ID: s.Queues[i].ID}
		}
		return s
	}
	require.Equal(t, bare(want), bare(got))
}

func TestARestoredOrganisationHasTheResourcesOfThen(t *testing.T) {
	t.Parallel()
	f := newFixture(t, nil)
	stays, edited, gone := f.user(t, "1001"), f.user(t, "1002"), f.user(t, "1003")
	trunk := f.trunk(t, "Carrier")
	queue := f.queue(t, "600", resource.QueueMember{UserID: gone.ID, Penalty: 1})
	did, err := f.did(t, "+15550100", trunk, resource.Destination{Type: resource.ToQueue, Number: "600"})
	require.NoError(t, err)
	past := f.past(t)

	require.NoError(t, f.DIDs().Delete(t.Context(), f.org.ID, did.ID, 0))
	require.NoError(t, f.Queues().Delete(t.Context(), f.org.ID, queue.ID, 0))
	require.NoError(t, f.Users().Delete(t.Context(), f.org.ID, gone.ID, 0))
	for range 2 {
		_, _, err = f.Users().RotateSIPPassword(t.Context(), f.org.ID, edited.ID, 0)
		require.NoError(t, err)
	}
	came := f.user(t, "1003") // has the extension of one who is gone
	_, err = f.orgs.Update(t.Context(), f.org.ID, 0, func(p *org.Profile) error {
		p.Status, p.Settings.MaxQueues = org.Suspended, limits.AtMost(1)
		return nil
	})
	require.NoError(t, err)
	before, changed := f.snapshot(t), f.changed

	require.NoError(t, f.Restore(t.Context(), f.org.ID, past))
	after := f.snapshot(t)
	requireAlike(t, past, after)
	require.Equal(t, changed+1, f.changed, "the deployer is told once")
	want := before.Organization
	want.Config.Raise()
	require.Equal(t, want, after.Organization, "status and limits stay as they are, and it is one more revision")

	user, err := f.Users().Get(t.Context(), f.org.ID, stays.ID)
	require.NoError(t, err)
	require.Equal(t, stays, user, "what did not change is left alone")
	user, err = f.Users().Get(t.Context(), f.org.ID, edited.ID)
	require.NoError(t, err)
	require.Equal(t, edited.SIP, user.SIP)
	require.Greater(t, user.Version, edited.Version+2, "no version that anybody has seen")
	user, err = f.Users().Get(t.Context(), f.org.ID, gone.ID)
	require.NoError(t, err)
	require.Equal(t, gone.SIP, user.SIP)
	_, err = f.Users().Get(t.Context(), f.org.ID, came.ID)
	require.ErrorIs(t, err, org.ErrNotFound)
}

func TestValuesThatAreUniqueMayChangeHandsOnTheWayBack(t *testing.T) {
	t.Parallel()
	f := newFixture(t, nil)
	a, b := f.user(t, "1001"), f.user(t, "1002")
	queue := f.queue(t, "600")
	past := f.past(t)
	number := func(u resource.User, extension string) {
		_, err := f.Users().Update(t.Context(), f.org.ID, u.ID, 0, func(u *resource.User) error {
			u.Extension = extension
			return nil
		})
		require.NoError(t, err)
	}
	_, err := f.Queues().Update(t.Context(), f.org.ID, queue.ID, 0, func(q *resource.Queue) error {
		q.Number = "601"
		return nil
	})
	require.NoError(t, err)
	number(a, "600")
	number(b, "1001")
	number(a, "1002")
	require.NoError(t, f.Restore(t.Context(), f.org.ID, past))
	requireAlike(t, past, f.snapshot(t))
}

func TestARestoreDoesNotPassTheLimitOfToday(t *testing.T) {
	t.Parallel()
	f := newFixture(t, nil)
	users := []resource.User{f.user(t, "1001"), f.user(t, "1002"), f.user(t, "1003")}
	full := f.past(t)
	limit := func(n int) {
		_, err := f.orgs.Update(t.Context(), f.org.ID, 0, func(p *org.Profile) error {
			p.Settings.MaxUsers = limits.AtMost(n)
			return nil
		})
		require.NoError(t, err)
	}
	limit(1)
	_, _, err := f.Users().RotateSIPPassword(t.Context(), f.org.ID, users[0].ID, 0)
	require.NoError(t, err)
	require.NoError(t, f.Restore(t.Context(), f.org.ID, full), "what is there already stays, above the limit too")
	requireAlike(t, full, f.snapshot(t))

	require.NoError(t, f.Users().Delete(t.Context(), f.org.ID, users[2].ID, 0))
	limit(2)
	before := f.snapshot(t)
	for name, restore := range map[string]func() error{
		"restore":  func() error { return f.Restore(t.Context(), f.org.ID, full) },
		"rehearse": func() error { _, err := f.RehearseRestore(t.Context(), f.org.ID, full); return err },
	} {
		var exceeded *limits.ExceededError
		require.ErrorAs(t, restore(), &exceeded, name)
		require.Equal(t, limits.ExceededError{Kind: limits.Users, Limit: 2, Used: 2}, *exceeded)
		require.Equal(t, before, f.snapshot(t))
	}
}

func TestANumberThatAnotherOrganisationHasNowIsNotTakenBack(t *testing.T) {
	t.Parallel()
	f := newFixture(t, nil)
	user, trunk := f.user(t, "1001"), f.trunk(t, "Carrier")
	did, err := f.did(t, "+15550100", trunk, resource.Destination{Type: resource.ToExtension, Number: "1001"})
	require.NoError(t, err)
	past := f.past(t)
	require.NoError(t, f.DIDs().Delete(t.Context(), f.org.ID, did.ID, 0))
	require.NoError(t, f.Users().Delete(t.Context(), f.org.ID, user.ID, 0))

	other := *f
	profile, err := f.orgs.Draft(org.Hotel)
	require.NoError(t, err)
	profile.Name = "Other"
	other.org, _, err = f.orgs.Create(t.Context(), profile)
	require.NoError(t, err)
	other.user(t, "1001")
	_, err = other.did(t, did.Number, other.trunk(t, "Carrier"), resource.Destination{Type: resource.ToExtension, Number: "1001"})
	require.NoError(t, err)

	mine, theirs := f.snapshot(t), other.snapshot(t)
	requireDuplicate(t, f.Restore(t.Context(), f.org.ID, past), "did["+did.ID+"].number")
	require.Equal(t, mine, f.snapshot(t))
	require.Equal(t, theirs, other.snapshot(t))
}

func TestARestoreKeepsTheRulesThatWereMadeSince(t *testing.T) {
	t.Parallel()
	f := newFixture(t, nil)
	queue := f.queue(t, "600")
	past := f.past(t)
	past.Queues[0].Timeout = 0 // stands for what an older version allowed
	past.Queues[0].Members = []resource.QueueMember{{UserID: "nobody"}}
	before := f.snapshot(t)
	err := f.Restore(t.Context(), f.org.ID, past)
	requireInvalid(t, err, "queue["+queue.ID+"].timeout", "min")
	require.Equal(t, before, f.snapshot(t))
}

func TestARehearsalTellsWhatARestoreWouldMakeAndSavesNothing(t *testing.T) {
	t.Parallel()
	f := newFixture(t, nil)
	user := f.user(t, "1001")
	past := f.past(t)
	require.NoError(t, f.Users().Delete(t.Context(), f.org.ID, user.ID, 0))
	before, changed := f.snapshot(t), f.changed
	after, err := f.RehearseRestore(t.Context(), f.org.ID, past)
	require.NoError(t, err)
	requireAlike(t, past, after)
	require.Equal(t, before.Organization, after.Organization)
	require.Equal(t, before, f.snapshot(t))
	require.Equal(t, changed, f.changed)
	require.ErrorIs(t, f.Restore(t.Context(), "absent", past), org.ErrNotFound)
	_, err = f.RehearseRestore(t.Context(), "absent", past)
	require.ErrorIs(t, err, org.ErrNotFound)
}
