package storetest

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/limits"
	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/store"
)

var organizationTests = []test{
	{"an organization comes back as it was saved, to the microsecond in UTC", func(t *testing.T, db store.Store) {
		want := addOrganization(t, db)
		got := organization(t, db, want.ID)
		require.Equal(t, want, got)
		require.Equal(t, time.UTC, got.CreatedAt.Location())
		byKey, err := db.CredentialByAPIKey(t.Context(), want.APIKey)
		require.NoError(t, err)
		require.Equal(t, org.Credential{Organization: want}, byKey)
	}},
	{"unlimited and a limit of 0 stay what they are", limitsRoundTrip},
	{"an unknown id or key is not found, whatever bytes it has", func(t *testing.T, db store.Store) {
		addOrganization(t, db)
		for _, id := range append(hostile, newID()) {
			_, err := db.Organization(t.Context(), id)
			require.ErrorIs(t, err, org.ErrNotFound, "id %q", id)
			_, err = db.CredentialByAPIKey(t.Context(), id)
			require.ErrorIs(t, err, org.ErrNotFound, "key %q", id)
		}
	}},
	{"what a caller does to his copy does not reach the store", func(t *testing.T, db store.Store) {
		given := sampleOrganization()
		want := given.Clone()
		require.NoError(t, db.InsertOrganization(t.Context(), given))
		*given.Compliance.RetentionCDRDays, given.EmergencyNumbers[0] = 1, "999"
		got := organization(t, db, want.ID)
		require.Equal(t, want, got)
		*got.Compliance.RetentionCDRDays, got.EmergencyNumbers[0] = 1, "999"
		require.Equal(t, want, organization(t, db, want.ID))
	}},
	{"name, api key and context prefix are unique, and the error says which is taken", uniqueOrganizations},
	{"names are compared without case and Unicode form, but punctuation counts", func(t *testing.T, db store.Store) {
		names := func(name string) error {
			o := sampleOrganization()
			o.Name = name
			return db.InsertOrganization(t.Context(), o)
		}
		require.NoError(t, names("Delta-One"))
		require.NoError(t, names("Delta One"))
		requireDuplicate(t, names("delta-one"), "name")
		requireDuplicate(t, names("DELTA ONE"), "name")
		require.NoError(t, names("Caf\u00e9"))
		requireDuplicate(t, names("CAFE\u0301"), "name")
		require.NoError(t, names("Straße 1"))
		requireDuplicate(t, names("STRASSE 1"), "name")
	}},
	{"the list is in order of id and comes in pages", listOrganizations},
	{"the list can be narrowed by status and by part of the name, in which nothing is a wildcard", filterOrganizations},
	{"a change is saved and returned, and leaves others alone", func(t *testing.T, db store.Store) {
		o, other := addOrganization(t, db), addOrganization(t, db)
		want := o.Clone()
		want.Name, want.Status, want.Contact = "New Name", org.Suspended, org.Contact{}
		want.Settings, want.Limits = org.Settings{}, org.CallLimits{}
		want.Compliance, want.EmergencyNumbers = org.Compliance{RecordingConsent: org.OptOut}, nil
		want.SecretHash, want.SecretVersion = [32]byte{9}, 4
		want.OldSecretHash, want.OldSecretUntil = [32]byte{}, time.Time{}
		want.Config.Raise()
		want.Version++
		want.UpdatedAt = moment.Add(time.Hour)
		got, err := db.ChangeOrganization(t.Context(), o.ID, func(edited *org.Organization) error {
			require.Equal(t, o, *edited)
			*edited = want
			return nil
		})
		require.NoError(t, err)
		require.Equal(t, want, got)
		require.Equal(t, want, organization(t, db, o.ID))
		require.Equal(t, other, organization(t, db, other.ID))
	}},
	{"a change that fails, or whose context ends, saves nothing", func(t *testing.T, db store.Store) {
		o := addOrganization(t, db)
		refused := errors.New("refused")
		_, err := db.ChangeOrganization(t.Context(), o.ID, func(edited *org.Organization) error {
			edited.Name = "Changed"
			return refused
		})
		require.ErrorIs(t, err, refused)
		ctx, cancel := context.WithCancel(t.Context())
		_, err = db.ChangeOrganization(ctx, o.ID, func(edited *org.Organization) error {
			edited.Name = "Changed"
			cancel()
			return nil
		})
		require.ErrorIs(t, err, context.Canceled)
		require.Equal(t, o, organization(t, db, o.ID))
	}},
	{"a change to a taken name is refused, to another case of its own name allowed", func(t *testing.T, db store.Store) {
		o, other := addOrganization(t, db), addOrganization(t, db)
		rename := func(name string) error {
			_, err := db.ChangeOrganization(t.Context(), o.ID, func(edited *org.Organization) error {
				edited.Name = name
				return nil
			})
			return err
		}
		requireDuplicate(t, rename(strings.ToUpper(other.Name)), "name")
		require.Equal(t, o, organization(t, db, o.ID))
		require.NoError(t, rename(strings.ToUpper(o.Name)))
		require.NoError(t, rename("Something Else"))
		again := sampleOrganization()
		again.Name = o.Name
		require.NoError(t, db.InsertOrganization(t.Context(), again), "the old name is free")
	}},
	{"an absent organization cannot be changed", func(t *testing.T, db store.Store) {
		_, err := db.ChangeOrganization(t.Context(), newID(), func(*org.Organization) error {
			t.Error("there is nothing to change")
			return nil
		})
		require.ErrorIs(t, err, org.ErrNotFound)
	}},
	{"changes at the same time wait for each other: none is lost", func(t *testing.T, db store.Store) {
		o := addOrganization(t, db)
		const writers = 24
		var wg sync.WaitGroup
		for range writers {
			wg.Go(func() {
				_, err := db.ChangeOrganization(t.Context(), o.ID, func(edited *org.Organization) error {
					edited.Version++
					return nil
				})
				if err != nil {
					t.Errorf("change: %v", err)
				}
			})
		}
		wg.Wait()
		require.Equal(t, o.Version+writers, organization(t, db, o.ID).Version)
	}},
	{"of many organizations that want one name, one gets it", func(t *testing.T, db store.Store) {
		const writers = 16
		errs := atOnce(writers, func(int) error {
			o := sampleOrganization()
			o.Name = "Wanted"
			return db.InsertOrganization(t.Context(), o)
		})
		won := 0
		for _, err := range errs {
			if err == nil {
				won++
				continue
			}
			requireDuplicate(t, err, "name")
		}
		require.Equal(t, 1, won)
	}},
	{"a context that ended is answered with its error", func(t *testing.T, db store.Store) {
		o := addFilled(t, db)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := db.Organization(ctx, o.ID)
		require.ErrorIs(t, err, context.Canceled)
		_, err = db.CredentialByAPIKey(ctx, o.APIKey)
		require.ErrorIs(t, err, context.Canceled)
		_, err = db.Organizations(ctx, org.Filter{}, org.Page{})
		require.ErrorIs(t, err, context.Canceled)
		require.ErrorIs(t, db.InsertOrganization(ctx, sampleOrganization()), context.Canceled)
		_, _, err = db.Session(ctx, o.session.TokenHash)
		require.ErrorIs(t, err, context.Canceled)
		_, err = db.Users().Get(ctx, o.ID, o.user.ID)
		require.ErrorIs(t, err, context.Canceled)
		_, err = db.Snapshot(ctx, o.ID)
		require.ErrorIs(t, err, context.Canceled)
		_, err = db.Deployments(ctx, o.ID, org.Page{})
		require.ErrorIs(t, err, context.Canceled)
	}},
	{"the store answers a ping", func(t *testing.T, db store.Store) {
		require.NoError(t, db.Ping(t.Context()))
	}},
}

func limitsRoundTrip(t *testing.T, db store.Store) {
	for _, limit := range []limits.Limit{limits.Unlimited(), limits.AtMost(0), limits.AtMost(limits.Max)} {
		o := sampleOrganization()
		o.Settings = org.Settings{MaxUsers: limit, MaxDIDs: limit, MaxTrunks: limit, MaxQueues: limit}
		o.Limits = org.CallLimits{ConcurrentCalls: limit, MonthlyMinutes: limit, StorageGB: limit}
		o.Compliance = org.Compliance{RecordingConsent: org.Announcement}
		require.NoError(t, db.InsertOrganization(t.Context(), o))
		require.Equal(t, o, organization(t, db, o.ID), "limit %s", limit)
	}
}

func uniqueOrganizations(t *testing.T, db store.Store) {
	o := addOrganization(t, db)
	for field, copyOf := range map[string]func(*org.Organization){
		"id":             func(other *org.Organization) { other.ID = o.ID },
		"name":           func(other *org.Organization) { other.Name = o.Name },
		"api_key":        func(other *org.Organization) { other.APIKey = o.APIKey },
		"context_prefix": func(other *org.Organization) { other.ContextPrefix = o.ContextPrefix },
	} {
		other := sampleOrganization()
		copyOf(&other)
		err := db.InsertOrganization(t.Context(), other)
		requireDuplicate(t, err, field)
		require.NotContains(t, err.Error(), o.Name)
		require.NotContains(t, err.Error(), o.APIKey)
	}
	list, err := db.Organizations(t.Context(), org.Filter{}, org.Page{})
	require.NoError(t, err)
	require.Equal(t, []org.Organization{o}, list)
}

func listOrganizations(t *testing.T, db store.Store) {
	var want []org.Organization
	for range 5 {
		want = append(want, sampleOrganization())
	}
	for _, i := range []int{3, 0, 4, 2, 1} {
		require.NoError(t, db.InsertOrganization(t.Context(), want[i]))
	}
	all, err := db.Organizations(t.Context(), org.Filter{}, org.Page{})
	require.NoError(t, err)
	require.Equal(t, want, all)

	var paged []org.Organization
	for _, size := range []int{2, 2, 1, 0} {
		page := org.Page{Limit: 2}
		if len(paged) > 0 {
			page.After = paged[len(paged)-1].ID
		}
		part, err := db.Organizations(t.Context(), org.Filter{}, page)
		require.NoError(t, err)
		require.Len(t, part, size)
		paged = append(paged, part...)
	}
	require.Equal(t, want, paged)
}

func filterOrganizations(t *testing.T, db store.Store) {
	for _, name := range []string{"Alpha Hotel", "Beta_Hotel", "Gamma-Klinik Größe"} {
		o := sampleOrganization()
		o.Name = name
		if strings.HasPrefix(name, "Beta") {
			o.Status = org.Suspended
		}
		require.NoError(t, db.InsertOrganization(t.Context(), o))
	}
	for _, c := range []struct {
		filter org.Filter
		want   []string
	}{
		{org.Filter{}, []string{"Alpha Hotel", "Beta_Hotel", "Gamma-Klinik Größe"}},
		{org.Filter{Query: "HOTEL"}, []string{"Alpha Hotel", "Beta_Hotel"}},
		{org.Filter{Query: "grÖSSE"}, []string{"Gamma-Klinik Größe"}},
		{org.Filter{Query: "a h"}, []string{"Alpha Hotel"}},
		{org.Filter{Status: org.Suspended}, []string{"Beta_Hotel"}},
		{org.Filter{Status: org.Active, Query: "hotel"}, []string{"Alpha Hotel"}},
		{org.Filter{Query: "_"}, []string{"Beta_Hotel"}},
		{org.Filter{Query: "%"}, nil},
		{org.Filter{Query: `\`}, nil},
		{org.Filter{Query: "a%l"}, nil},
		{org.Filter{Query: "' OR '1'='1"}, nil},
		{org.Filter{Query: "\x00"}, nil},
		{org.Filter{Query: "\xff"}, nil},
		{org.Filter{Query: strings.Repeat("x", 100_000)}, nil},
	} {
		list, err := db.Organizations(t.Context(), c.filter, org.Page{})
		require.NoError(t, err)
		var names []string
		for _, o := range list {
			names = append(names, o.Name)
		}
		slices.Sort(names)
		require.Equal(t, c.want, names, "filter %.40q", c.filter)
	}
}
