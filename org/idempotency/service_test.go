package idempotency_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/org/idempotency"
	"github.com/orgpbx/orgpbx/store/memstore"
)

// clock is a time that a test moves.
type clock struct{ now time.Time }

func (c *clock) Now() time.Time { return c.now }

func newService(t *testing.T) (*idempotency.Service, *clock) {
	t.Helper()
	c := &clock{now: time.Date(2031, time.March, 9, 23, 59, 58, 123456789, time.UTC)}
	return idempotency.New(memstore.New(), idempotency.Options{Now: c.Now}), c
}

var (
	request = idempotency.Request{OrganizationID: "o", Caller: "opk_a", Operation: "create-user", Key: "order-4711", Content: []byte("body")}
	answer  = idempotency.Answer{Status: 201, Version: 1, ContentType: "application/json", Body: []byte(`{}`)}
)

func begin(t *testing.T, s *idempotency.Service, r idempotency.Request) idempotency.Claim {
	t.Helper()
	claim, answered, err := s.Begin(t.Context(), r)
	require.NoError(t, err)
	require.Nil(t, answered)
	return claim
}

func keep(t *testing.T, s *idempotency.Service, c idempotency.Claim, want bool) {
	t.Helper()
	kept, err := s.Keep(t.Context(), c, answer)
	require.NoError(t, err)
	require.Equal(t, want, kept)
}

func requireAnswered(t *testing.T, s *idempotency.Service, r idempotency.Request) {
	t.Helper()
	_, answered, err := s.Begin(t.Context(), r)
	require.NoError(t, err)
	require.Equal(t, &answer, answered)
}

func TestAKeyIsPrintableAndNotTooLong(t *testing.T) {
	t.Parallel()
	for key, want := range map[string]bool{
		"a": true, "a b~": true, strings.Repeat("k", idempotency.MaxKey): true,
		"": false, strings.Repeat("k", idempotency.MaxKey+1): false, "a\tb": false, "\x7f": false, "ä": false, "\xff": false, "a\x00": false,
	} {
		require.Equal(t, want, idempotency.IsKey(key), "%q", key)
	}
}

func TestAnAnswerComesAgainForADayAndThenTheKeyIsFree(t *testing.T) {
	t.Parallel()
	s, c := newService(t)
	claim := begin(t, s, request)
	_, _, err := s.Begin(t.Context(), request)
	require.ErrorIs(t, err, idempotency.ErrInProgress)
	keep(t, s, claim, true)
	requireAnswered(t, s, request)
	other := request
	other.Content = []byte("another body")
	_, _, err = s.Begin(t.Context(), other)
	require.ErrorIs(t, err, idempotency.ErrReused)

	c.now = c.now.Add(idempotency.Keep - time.Second)
	requireAnswered(t, s, request)
	c.now = c.now.Add(time.Second)
	begin(t, s, other)
}

func TestAReleasedKeyIsFree(t *testing.T) {
	t.Parallel()
	s, _ := newService(t)
	require.NoError(t, s.Release(t.Context(), begin(t, s, request)))
	other := request
	other.Content = []byte("another body")
	begin(t, s, other)
}

func TestKeysAreOfOneOrganizationCallerAndOperation(t *testing.T) {
	t.Parallel()
	s, _ := newService(t)
	keep(t, s, begin(t, s, request), true)
	for _, change := range []func(*idempotency.Request){
		func(r *idempotency.Request) { r.OrganizationID = "p" },
		func(r *idempotency.Request) { r.OrganizationID = "" },
		func(r *idempotency.Request) { r.Caller = "opk_b" },
		func(r *idempotency.Request) { r.Operation = "create-trunk" },
		func(r *idempotency.Request) { r.Key = "Order-4711" },
		func(r *idempotency.Request) { r.Caller, r.Key = "opk_aorder", "-4711" },
	} {
		other := request
		change(&other)
		begin(t, s, other)
	}
	requireAnswered(t, s, request)
}

func TestTheRequestOfAServerThatDiedIsTakenOver(t *testing.T) {
	t.Parallel()
	s, c := newService(t)
	dead := begin(t, s, request)
	c.now = c.now.Add(idempotency.MaxWork)
	_, _, err := s.Begin(t.Context(), request)
	require.ErrorIs(t, err, idempotency.ErrInProgress, "it may be saving its answer")
	c.now = c.now.Add(15 * time.Second)
	next := begin(t, s, request)
	keep(t, s, dead, false)
	require.NoError(t, s.Release(t.Context(), dead))
	keep(t, s, next, true)
	requireAnswered(t, s, request)
}

func TestAServiceWithAnotherKeyRefusesRatherThanRepeats(t *testing.T) {
	t.Parallel()
	db := memstore.New()
	before, after := idempotency.New(db, idempotency.Options{}), idempotency.New(db, idempotency.Options{})
	keep(t, before, begin(t, before, request), true)
	_, _, err := after.Begin(t.Context(), request)
	require.ErrorIs(t, err, idempotency.ErrReused)
	shared := idempotency.Options{Key: []byte("of both")}
	request := request
	request.Key = "order-4712"
	before, after = idempotency.New(db, shared), idempotency.New(db, shared)
	keep(t, before, begin(t, before, request), true)
	requireAnswered(t, after, request)
}

func TestExpiredEntriesArePurgedHoweverMany(t *testing.T) {
	t.Parallel()
	db := memstore.New()
	c := &clock{now: time.Date(2031, time.March, 9, 0, 0, 0, 0, time.UTC)}
	s := idempotency.New(db, idempotency.Options{Now: c.Now})
	for i := range 1001 {
		r := request
		r.Key = strings.Repeat("k", i%200+1)
		r.Operation = strings.Repeat("o", i/200+1)
		begin(t, s, r)
	}
	c.now = c.now.Add(idempotency.Keep)
	keep(t, s, begin(t, s, request), true)
	require.NoError(t, s.Purge(t.Context()))
	requireAnswered(t, s, request)
	left, err := db.PurgeRequests(t.Context(), c.now.Add(idempotency.Keep), 10)
	require.NoError(t, err)
	require.Equal(t, 1, left)
}
