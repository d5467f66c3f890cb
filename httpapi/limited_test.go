package httpapi_test

import (
	"fmt"
	"net/http"
	"net/netip"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/httpapi"
	"github.com/orgpbx/orgpbx/httpapi/guard"
	"github.com/orgpbx/orgpbx/org/audit"
	"github.com/orgpbx/orgpbx/store/memstore"
)

// never refills while a test runs.
const never = 1.0 / 100000

// limitedServer has these limits, and believes every X-Forwarded-For.
func limitedServer(t *testing.T, limits guard.Config) (*server, *audit.Service) {
	t.Helper()
	limits.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	db := memstore.New()
	return newServer(t, options{store: db, config: func(c *httpapi.Config) { c.Guard = guard.New(limits) }}), audit.New(db)
}

func (c client) from(address string) client { return c.with("X-Forwarded-For", address) }

func (a answer) limited() answer {
	a.t.Helper()
	a.problem(http.StatusTooManyRequests, "rate_limited")
	seconds, err := strconv.Atoi(a.header.Get("Retry-After"))
	require.NoError(a.t, err)
	require.Positive(a.t, seconds)
	return a
}

func TestRequestsAreLimitedByAddressKeyAndOrganisation(t *testing.T) {
	t.Parallel()
	for _, limit := range []guard.Limit{guard.OfAddress, guard.OfKey, guard.OfAccount} {
		t.Run(string(limit), func(t *testing.T) {
			t.Parallel()
			limits, few := guard.Unlimited(), guard.Rate{PerSecond: never, Burst: 5}
			switch limit {
			case guard.OfAddress:
				limits.Address = few
			case guard.OfKey:
				limits.Key = few
			default:
				limits.Account = few
			}
			s, _ := limitedServer(t, limits)
			o, other := s.newTenant(t, "Delta One"), s.newTenant(t, "Delta Two")
			here, there := o.from("192.0.2.1"), o.from("192.0.2.2")
			for range 5 {
				here.get("/users").expect(http.StatusOK)
			}
			here.get("/users").limited()
			other.from("192.0.2.3").get("/users").expect(http.StatusOK)
			if limit == guard.OfAddress {
				there.get("/users").expect(http.StatusOK)
			} else {
				there.get("/users").limited()
			}
			s.client(t).from("192.0.2.1").raw(http.MethodGet, "/healthz", "").expect(http.StatusOK)
			metrics := string(s.client(t).raw(http.MethodGet, "/metrics", "").body)
			require.Contains(t, metrics, `orgpbx_http_rate_limited_total{limit="`+string(limit)+`"}`)
			require.NotContains(t, metrics, "192.0.2.1")
		})
	}
}

func TestWrongPasswordsAreLimitedAtEveryDoor(t *testing.T) {
	t.Parallel()
	limits := guard.Unlimited()
	limits.Guesses = guard.Rate{PerSecond: never, Burst: 3}
	s, _ := limitedServer(t, limits)
	o := s.newTenant(t, "Delta One")
	o.join(s, "asha@example.com", "owner")
	right := fmt.Sprintf(`{"email":"asha@example.com","password":%q}`, memberPassword)
	for n, door := range []struct {
		name       string
		wrong, try func(client) answer
	}{
		{
			"a member", func(c client) answer {
				return c.post("/auth/user-login", `{"email":"Asha@example.com","password":"guess one"}`)
			},
			func(c client) answer { return c.post("/auth/user-login", right) },
		},
		{
			"the administrator", func(c client) answer {
				return c.post("/admin/auth", `{"admin_username":"admin","admin_password":"guess one"}`)
			},
			func(c client) answer { return c.post("/admin/auth", adminLogin) },
		},
		{
			"HTTP Basic", func(c client) answer { return c.basic(adminName, "guess one").get("/presets") },
			func(c client) answer { return c.basic(adminName, adminPassword).get("/presets") },
		},
		{
			"the body", func(c client) answer {
				return c.post("/organizations", `{"admin_username":"admin","admin_password":"guess one","name":"x"}`)
			},
			func(c client) answer { return c.post("/admin/auth", adminLogin) },
		},
	} {
		here := s.client(t).from(fmt.Sprintf("192.0.2.%d", 2*n+1))
		for range 3 {
			door.wrong(here).problem(http.StatusUnauthorized, "unauthenticated")
		}
		door.wrong(here).limited()
		door.try(here).limited()
		door.try(s.client(t).from(fmt.Sprintf("192.0.2.%d", 2*n+2))).expect(http.StatusOK)
	}
}

func TestAStrangerNeitherFillsTheTrailNorStopsAKeyOfTheSameAddress(t *testing.T) {
	t.Parallel()
	limits := guard.Unlimited()
	limits.Strangers = guard.Rate{PerSecond: never, Burst: 4}
	s, trail := limitedServer(t, limits)
	o := s.newTenant(t, "Delta One")
	token := s.login(t, o)
	stranger := s.client(t).from("192.0.2.1")
	count := func() (entries []audit.Entry) {
		require.NoError(t, trail.Each(t.Context(), audit.Platform, audit.Filter{}, func(e audit.Entry) error {
			entries = append(entries, e)
			return nil
		}))
		return entries
	}
	before := len(count())
	for _, refused := range []answer{
		stranger.post("/users", `{}`), stranger.keyPair(o.key, "wrong").post("/users", `{}`),
		stranger.post("/auth/login", `{}`), stranger.post("/auth/request-password-reset", `{"email":"asha@example.com"}`),
	} {
		require.NotEqual(t, http.StatusTooManyRequests, refused.status)
	}
	for range 20 {
		stranger.post("/auth/login", `{"api_key":"x","api_secret":"y"}`).limited()
		stranger.post("/users", `{}`).limited()
		stranger.post("/auth/request-password-reset", `{"email":"asha@example.com"}`).limited()
	}
	entries := count()[before:]
	require.Len(t, entries, 5, "four refusals, and one of all that came after")
	require.Equal(t, "rate_limited", entries[4].Outcome)
	for _, c := range []client{o.from("192.0.2.1"), token.from("192.0.2.1"), s.client(t).basic(o.key, o.secret).from("192.0.2.1")} {
		c.get("/users").expect(http.StatusOK)
	}
	stranger.post("/auth/login", `{"api_key":"`+o.key+`","api_secret":"`+o.secret+`"}`).expect(http.StatusOK)
}

func TestWhoIsLimitedHasOneEntryInTheTrailOfHisOrganisation(t *testing.T) {
	t.Parallel()
	limits := guard.Unlimited()
	limits.Key = guard.Rate{PerSecond: never, Burst: 1}
	s, trail := limitedServer(t, limits)
	o := s.newTenant(t, "Delta One")
	o.post("/users", `{"extension":"1001"}`).expect(http.StatusCreated)
	for range 5 {
		o.post("/users", `{"extension":"1002"}`).limited()
	}
	list, err := trail.List(t.Context(), o.id, audit.Filter{Outcome: "rate_limited"}, audit.Page{})
	require.NoError(t, err)
	require.Len(t, list, 1)
}

func TestAnotherOriginIsAllowedNothing(t *testing.T) {
	t.Parallel()
	s := newServer(t, options{})
	o := s.newTenant(t, "Delta One")
	asking := o.with("Origin", "https://elsewhere.example.com").with("Access-Control-Request-Method", "POST")
	for _, a := range []answer{asking.get("/users"), asking.raw(http.MethodOptions, "/api/v1/users", ""), asking.raw(http.MethodGet, "/openapi.json", "")} {
		for name := range a.header {
			require.NotContains(t, name, "Access-Control-")
		}
	}
}
