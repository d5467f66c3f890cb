package storetest

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/org/member"
	"github.com/orgpbx/orgpbx/resource"
	"github.com/orgpbx/orgpbx/resource/webhook"
	"github.com/orgpbx/orgpbx/store"
)

var resealTests = []test{
	{"everything sealed of one organization is replaced, and nothing else", func(t *testing.T, db store.Store) {
		o, other := addSealed(t, db), addSealed(t, db)
		before, untouched := sealedOf(t, db, o), sealedOf(t, db, other)
		seen := 0
		require.NoError(t, db.Reseal(t.Context(), o, resealedAs(func(b []byte) ([]byte, error) {
			seen++
			return append(bytes.Clone(b), "anew"...), nil
		})))
		require.Equal(t, sealedValues, seen, "the empty values are left alone")
		want := before.with(func(b []byte) []byte { return append(bytes.Clone(b), "anew"...) })
		require.Equal(t, want, sealedOf(t, db, o))
		require.Equal(t, untouched, sealedOf(t, db, other))
	}},
	{"a resealing that fails replaces nothing", func(t *testing.T, db store.Store) {
		o := addSealed(t, db)
		before := sealedOf(t, db, o)
		refused := errors.New("refused")
		for last := 1; last <= sealedValues; last++ {
			seen := 0
			require.ErrorIs(t, db.Reseal(t.Context(), o, resealedAs(func(b []byte) ([]byte, error) {
				if seen++; seen == last {
					return nil, refused
				}
				return append(bytes.Clone(b), "anew"...), nil
			})), refused)
			require.Equal(t, before, sealedOf(t, db, o))
		}
		require.NoError(t, db.Reseal(t.Context(), o, resealedAs(func(b []byte) ([]byte, error) { return b, nil })))
		require.Equal(t, before, sealedOf(t, db, o))
	}},
	{"nothing is resealed of an organization that does not exist", func(t *testing.T, db store.Store) {
		addSealed(t, db)
		for _, id := range append(hostile, newID()) {
			require.ErrorIs(t, db.Reseal(t.Context(), id, resealedAs(func([]byte) ([]byte, error) {
				return nil, errors.New("called")
			})), org.ErrNotFound, "id %q", id)
		}
	}},
}

func resealedAs(fn func([]byte) ([]byte, error)) store.Resealing {
	return store.Resealing{Value: func(s org.Sealed) (org.Sealed, error) { return fn(s) }, Archive: fn}
}

// sealed is an organisation with something in every place for sealed values.
type sealed struct {
	Organization org.Organization
	Trunks       []resource.Trunk
	Members      []member.Member
	Webhooks     []webhook.Webhook
	Archive      []byte
}

// sealedValues are how many [addSealed] adds, with an archive.
const sealedValues = 6

// addSealed adds a value in every place, and rows without any.
func addSealed(t *testing.T, db store.Store) (organizationID string) {
	t.Helper()
	o := addOrganization(t, db)
	bare := sampleTrunk(2)
	bare.Password = nil
	trunks.add(t, db, o.ID, sampleTrunk(1), bare)
	addMember(t, db, o.ID, 1)
	without := sampleMember(2)
	without.TOTP = member.TOTP{}
	require.NoError(t, insertMember(t.Context(), db, o.ID, without))
	addWebhook(t, db, o.ID)
	w := sampleWebhook()
	w.Secret, w.OldSecret, w.OldSecretUntil = []byte{4, 0}, []byte{5, 0}, moment.Add(time.Hour)
	saveWebhook(t, db, o.ID, w)
	record(t, db, o.ID, sampleDeployment(1, org.Applied))
	return o.ID
}

func sealedOf(t *testing.T, db store.Store, id string) sealed {
	t.Helper()
	webhooks, err := db.Webhooks().List(t.Context(), id, org.Page{})
	require.NoError(t, err)
	archive, err := db.RevisionSnapshot(t.Context(), id, 1)
	require.NoError(t, err)
	return sealed{
		Organization: organization(t, db, id), Trunks: trunks.list(t, db, id),
		Members: listMembers(t, db, id, org.Page{}), Webhooks: webhooks, Archive: archive,
	}
}

func (s sealed) with(fn func([]byte) []byte) sealed {
	for i, t := range s.Trunks {
		if len(t.Password) > 0 {
			s.Trunks[i].Password = fn(t.Password)
		}
	}
	s.Members[0].TOTP.Seed = fn(s.Members[0].TOTP.Seed)
	for i, w := range s.Webhooks {
		s.Webhooks[i].Secret = fn(w.Secret)
		if len(w.OldSecret) > 0 {
			s.Webhooks[i].OldSecret = fn(w.OldSecret)
		}
	}
	s.Archive = fn(s.Archive)
	return s
}
