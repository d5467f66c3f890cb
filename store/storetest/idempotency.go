package storetest

import (
	"crypto/sha256"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/org/idempotency"
	"github.com/orgpbx/orgpbx/store"
)

var idempotencyTests = []test{
	{"a claimed key keeps others out, with the answer once there is one", func(t *testing.T, db store.Store) {
		o := addOrganization(t, db)
		for _, organizationID := range []string{o.ID, ""} {
			first, second := sampleRequest(organizationID, "key"), sampleRequest(organizationID, "key")
			require.Equal(t, first, claimRequest(t, db, first, moment))
			require.Equal(t, first, claimRequest(t, db, second, moment))
			first.Answer = sampleAnswer
			answerRequest(t, db, first, true)
			require.Equal(t, first, claimRequest(t, db, second, moment))
			require.Equal(t, first, claimRequest(t, db, second, second.ClaimedUntil), "an answer is not abandoned")
		}
	}},
	{"an answer may have no body", func(t *testing.T, db store.Store) {
		e := sampleRequest(addOrganization(t, db).ID, "key")
		claimRequest(t, db, e, moment)
		e.Answer = idempotency.Answer{Status: 204}
		answerRequest(t, db, e, true)
		require.Equal(t, e, claimRequest(t, db, sampleRequest(e.OrganizationID, "key"), moment))
	}},
	{"keys of other organizations, operations and callers are others", func(t *testing.T, db store.Store) {
		o, other := addOrganization(t, db), addOrganization(t, db)
		elsewhere := sampleRequest(o.ID, "key")
		elsewhere.Operation = "create-trunk"
		for _, e := range []idempotency.Entry{
			sampleRequest(o.ID, "key"), sampleRequest(other.ID, "key"), sampleRequest("", "key"), sampleRequest(o.ID, "Key"), elsewhere,
		} {
			require.Equal(t, e, claimRequest(t, db, e, moment))
			e.Answer = sampleAnswer
			answerRequest(t, db, e, true)
		}
	}},
	{"of many who claim a key at once one gets it, and the others see his claim", func(t *testing.T, db store.Store) {
		o := addOrganization(t, db)
		var winner atomic.Pointer[string]
		var taken atomic.Int64
		for _, err := range atOnce(24, func(int) error {
			mine := sampleRequest(o.ID, "key")
			e, err := db.ClaimRequest(t.Context(), mine, moment)
			if e.Token == mine.Token {
				taken.Add(1)
			}
			if before := winner.Swap(&e.Token); before != nil && *before != e.Token {
				t.Error("two claims at once")
			}
			return err
		}) {
			require.NoError(t, err)
		}
		require.EqualValues(t, 1, taken.Load())
	}},
	{"a released key is free, and only the one who has the claim releases it", func(t *testing.T, db store.Store) {
		o := addOrganization(t, db)
		first, second := sampleRequest(o.ID, "key"), sampleRequest(o.ID, "key")
		claimRequest(t, db, first, moment)
		require.NoError(t, db.ReleaseRequest(t.Context(), second))
		require.Equal(t, first, claimRequest(t, db, second, moment))
		require.NoError(t, db.ReleaseRequest(t.Context(), first))
		require.Equal(t, second, claimRequest(t, db, second, moment))
		second.Answer = sampleAnswer
		answerRequest(t, db, second, true)
		require.NoError(t, db.ReleaseRequest(t.Context(), second), "answered")
		require.Equal(t, second, claimRequest(t, db, first, moment))
	}},
	{"an abandoned claim goes to the same request alone, and is not its holder's any more", func(t *testing.T, db store.Store) {
		o := addOrganization(t, db)
		dead, next, other := sampleRequest(o.ID, "key"), sampleRequest(o.ID, "key"), sampleRequest(o.ID, "key")
		other.RequestHash = sha256.Sum256([]byte("another request"))
		claimRequest(t, db, dead, moment)
		require.Equal(t, dead, claimRequest(t, db, next, dead.ClaimedUntil.Add(-time.Millisecond)))
		require.Equal(t, dead, claimRequest(t, db, other, dead.ClaimedUntil))
		next.ClaimedUntil = dead.ClaimedUntil.Add(time.Minute)
		require.Equal(t, next, claimRequest(t, db, next, dead.ClaimedUntil))
		dead.Answer = sampleAnswer
		answerRequest(t, db, dead, false)
		require.NoError(t, db.ReleaseRequest(t.Context(), dead))
		require.Equal(t, next, claimRequest(t, db, sampleRequest(o.ID, "key"), dead.ClaimedUntil))
		next.Answer = sampleAnswer
		answerRequest(t, db, next, true)
		answerRequest(t, db, next, false)
	}},
	{"an expired key is free for any request", func(t *testing.T, db store.Store) {
		o := addOrganization(t, db)
		old, next := sampleRequest(o.ID, "key"), sampleRequest(o.ID, "key")
		next.RequestHash = sha256.Sum256([]byte("another request"))
		next.ClaimedUntil, next.ExpiresAt = old.ExpiresAt.Add(time.Minute), old.ExpiresAt.Add(24*time.Hour)
		claimRequest(t, db, old, moment)
		old.Answer = sampleAnswer
		answerRequest(t, db, old, true)
		require.Equal(t, old, claimRequest(t, db, next, old.ExpiresAt.Add(-time.Millisecond)))
		require.Equal(t, next, claimRequest(t, db, next, old.ExpiresAt))
	}},
	{"expired entries are purged some at a time, and no others", func(t *testing.T, db store.Store) {
		o := addOrganization(t, db)
		running := sampleRequest(o.ID, "running")
		running.ExpiresAt = running.ExpiresAt.Add(time.Millisecond)
		claimRequest(t, db, running, moment)
		for _, key := range []string{"a", "b", "c"} {
			claimRequest(t, db, sampleRequest(o.ID, key), moment)
		}
		expired := sampleRequest(o.ID, "").ExpiresAt
		for _, want := range []struct {
			now  time.Time
			n    int
			left string
		}{{expired.Add(-time.Millisecond), 0, "none had expired"}, {expired, 2, ""}, {expired, 1, ""}, {expired, 0, ""}} {
			n, err := db.PurgeRequests(t.Context(), want.now, 2)
			require.NoError(t, err)
			require.Equal(t, want.n, n, want.left)
		}
		require.Equal(t, running, claimRequest(t, db, sampleRequest(o.ID, "running"), moment))
	}},
	{"the entries of a deleted organization go with it, and those of others stay", func(t *testing.T, db store.Store) {
		o, other := addOrganization(t, db), addOrganization(t, db)
		gone, kept, platform := sampleRequest(o.ID, "key"), sampleRequest(other.ID, "key"), sampleRequest("", "key")
		for _, e := range []idempotency.Entry{gone, kept, platform} {
			claimRequest(t, db, e, moment)
		}
		remove(t, db, o.ID)
		gone.Answer = sampleAnswer
		answerRequest(t, db, gone, false)
		again := sampleRequest(o.ID, "key")
		require.Equal(t, again, claimRequest(t, db, again, moment))
		for _, e := range []idempotency.Entry{kept, platform} {
			require.Equal(t, e, claimRequest(t, db, sampleRequest(e.OrganizationID, "key"), moment))
		}
	}},
	{"hostile names are data, or no names at all", func(t *testing.T, db store.Store) {
		o := addOrganization(t, db)
		mine := sampleRequest(o.ID, "key")
		claimRequest(t, db, mine, moment)
		for _, s := range hostile[1:] {
			e := sampleRequest(s, "key")
			held, err := db.ClaimRequest(t.Context(), e, moment)
			if err != nil {
				require.ErrorIs(t, err, org.ErrNotFound)
			} else {
				require.Equal(t, e, held)
			}
			other := mine
			other.Token = s
			other.Answer = sampleAnswer
			answerRequest(t, db, other, false)
			require.NoError(t, db.ReleaseRequest(t.Context(), other))
		}
		require.Equal(t, mine, claimRequest(t, db, sampleRequest(o.ID, "key"), moment))
	}},
}

var sampleAnswer = idempotency.Answer{Status: 201, Version: 3, ContentType: "application/json", Body: []byte(`{"id":"1"}` + "\x00\xff")}

// sampleRequest is a new claim of a key, always of the same request.
func sampleRequest(organizationID, key string) idempotency.Entry {
	return idempotency.Entry{
		OrganizationID: organizationID, Operation: "create-user",
		KeyHash: sha256.Sum256([]byte(key)), RequestHash: sha256.Sum256([]byte("request")), Token: newID(),
		ClaimedUntil: moment.Truncate(time.Millisecond).Add(time.Minute), ExpiresAt: moment.Truncate(time.Millisecond).Add(24 * time.Hour),
	}
}

func claimRequest(t *testing.T, db store.Store, e idempotency.Entry, now time.Time) idempotency.Entry {
	t.Helper()
	held, err := db.ClaimRequest(t.Context(), e, now)
	require.NoError(t, err)
	return held
}

func answerRequest(t *testing.T, db store.Store, e idempotency.Entry, want bool) {
	t.Helper()
	kept, err := db.AnswerRequest(t.Context(), e)
	require.NoError(t, err)
	require.Equal(t, want, kept)
}
