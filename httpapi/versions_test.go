package httpapi_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestIfMatchIsHonouredEverywhere(t *testing.T) {
	t.Parallel()
	s := newServer(t, options{})
	f := s.newFurnished(t, "Delta One", "+914440001000")
	for collection, id := range f.idsOf() {
		path := collection + id
		c := f.client
		if collection == "/organizations/" {
			c = s.admin
		}
		seen := c.get(path).expect(http.StatusOK).header.Get("ETag")
		require.Regexp(t, `^"[1-9][0-9]*"$`, seen)
		current := c.with("If-Match", seen).patch(path, `{}`).expect(http.StatusOK).header.Get("ETag")
		require.NotEqual(t, seen, current)

		for _, stale := range []string{seen, `"99"`, `"abc"`, `""`, "W/" + current, `"0"`, `"-1"`, `"0` + current[1:]} {
			old := c.with("If-Match", stale)
			for _, a := range []answer{old.patch(path, `{}`), old.put(path, `{}`), old.delete(path)} {
				a.problem(http.StatusPreconditionFailed, "precondition_failed")
			}
		}
		for _, malformed := range []string{"2", `"2`, `"2", "3"`, `*, "2"`, `"a b"`, "w/" + current} {
			odd := c.with("If-Match", malformed)
			for _, a := range []answer{odd.patch(path, `{}`), odd.put(path, `{}`), odd.delete(path)} {
				a.problem(http.StatusBadRequest, "malformed_if_match")
			}
		}
		c.with("If-Match", `"1"`).patch(collection+unknownID, `{}`).problem(http.StatusNotFound, "not_found")
		c.with("If-Match", "*").patch(path, `{}`).expect(http.StatusOK)
		require.Empty(t, c.with("If-Match", current).get(path).expect(http.StatusOK).header.Get("Allow"))
	}
}

func TestARotationHonoursIfMatch(t *testing.T) {
	t.Parallel()
	s := newServer(t, options{})
	f := s.newFurnished(t, "Delta One", "+914440001000")
	for _, test := range []struct { // in this order: the organisation's key is dead after the second
		path, version string
		client
	}{
		{"/users/" + f.user + "/rotate-sip-password", `"1"`, f.client},
		{"/webhooks/" + f.webhook + "/rotate-secret", `"1"`, f.client},
		{"/api-keys/" + f.apiKey + "/rotate", `"1"`, f.client},
		{"/organizations/" + f.id + "/rotate-secret", s.admin.get("/organizations/" + f.id).header.Get("ETag"), s.admin},
	} {
		path, c := test.path, test.client
		c.with("If-Match", `"99"`).post(path, "").problem(http.StatusPreconditionFailed, "precondition_failed")
		c.with("If-Match", "1").post(path, "").problem(http.StatusBadRequest, "malformed_if_match")
		c.with("If-Match", test.version).post(path, "").expect(http.StatusOK)
		c.with("If-Match", test.version).post(path, "").problem(http.StatusPreconditionFailed, "precondition_failed")
		c.post(path, "").expect(http.StatusOK)
	}
}

func TestPagesFollowEachOtherToTheEnd(t *testing.T) {
	t.Parallel()
	s := newServer(t, options{})
	o := s.newTenant(t, "Delta One")
	var want []string
	for i := range 7 {
		want = append(want, o.post("/users", fmt.Sprintf(`{"extension":"10%02d"}`, i)).expect(http.StatusCreated).text("id"))
	}
	var got []string
	path := "/users?limit=3"
	for pages := 1; ; pages++ {
		a := o.get(path)
		for _, item := range a.items() {
			got = append(got, at[string](t, item, "id"))
		}
		if a.value("next_cursor") == nil {
			require.Equal(t, 3, pages)
			break
		}
		path = "/users?limit=3&cursor=" + a.text("next_cursor")
	}
	require.Equal(t, want, got)
	require.Nil(t, o.get("/users?limit=7").value("next_cursor"))
	require.Len(t, o.get("/users").items(), 7)
}

func TestABadPageIsRefused(t *testing.T) {
	t.Parallel()
	s := newServer(t, options{})
	o := s.newTenant(t, "Delta One")
	for _, path := range []string{"/users", "/trunks", "/dids", "/queues", "/outbound-routes", "/config/deployments"} {
		for _, limit := range []string{"0", "-1", "201", "x", "", "1.5", "99999999999999999999"} {
			o.get(path + "?limit=" + limit).breaks("limit")
		}
		for _, cursor := range []string{"", "***", "AA", "AGE", "a%20b"} {
			o.get(path + "?cursor=" + cursor).breaks("cursor")
		}
		o.get(path+"?limit=0&cursor=*").breaks("limit", "cursor")
		o.get(path+"?offset=1&limit=1&limit=2").breaks("offset", "limit")
		o.get(path + "?limit=%zz").breaks("query")
		o.get(path + "?limit=200").expect(http.StatusOK)
	}
}
