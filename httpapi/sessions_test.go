package httpapi_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/httpapi"
	"github.com/orgpbx/orgpbx/store/memstore"
)

const adminLogin = `{"admin_username":"admin","admin_password":"correct-horse-battery"}`

// token signs in and returns the Bearer token.
func (c client) token(path, body string) string {
	c.t.Helper()
	opened := c.post(path, body).expect(http.StatusOK)
	require.Equal(c.t, "Bearer", opened.text("token_type"))
	require.NotEmpty(c.t, opened.text("expires_at"))
	return opened.text("token")
}

func (s *server) login(t *testing.T, o tenant) client {
	t.Helper()
	return s.client(t).bearer(s.client(t).token("/auth/login", `{"api_key":"`+o.key+`","api_secret":"`+o.secret+`"}`))
}

func TestEveryWayInWorksAndLogoutEndsASession(t *testing.T) {
	t.Parallel()
	s := newServer(t, options{})
	o := s.newTenant(t, "Delta One")
	session := s.login(t, o)
	admin := s.client(t).bearer(s.client(t).token("/admin/auth", adminLogin))

	for _, c := range []client{o.client, s.client(t).basic(o.key, o.secret), session, s.admin.on(o.id), admin.on(o.id), o.on(o.id)} {
		require.Equal(t, o.id, c.get("/organization").expect(http.StatusOK).text("id"))
	}
	for _, c := range []client{s.admin, admin} {
		c.get("/organizations/" + o.id).expect(http.StatusOK)
		c.post("/organizations", `{"name":"`+map[bool]string{true: "One", false: "Two"}[c.header.Get("Authorization") == s.admin.header.Get("Authorization")]+` More"}`).
			expect(http.StatusCreated)
	}
	for _, c := range []client{session, admin} {
		c.post("/auth/logout", "").expect(http.StatusNoContent)
		c.on(o.id).get("/organization").problem(http.StatusUnauthorized, "unauthenticated")
	}
	o.post("/auth/logout", "").problem(http.StatusUnauthorized, "unauthenticated")
}

func TestAWrongCredentialTellsNothing(t *testing.T) {
	t.Parallel()
	s := newServer(t, options{})
	o := s.newTenant(t, "Delta One")
	nobody := s.client(t)
	want := nobody.get("/organization").problem(http.StatusUnauthorized, "unauthenticated").withoutRequestID()
	for name, a := range map[string]answer{
		"wrong secret":           nobody.keyPair(o.key, "ops_wrong").get("/organization"),
		"unknown key":            nobody.keyPair("opk_unknown", o.secret).get("/organization"),
		"key with odd bytes":     nobody.keyPair("opk \xff", o.secret).get("/organization"),
		"key without secret":     nobody.with("X-API-Key", o.key).get("/organization"),
		"wrong Basic password":   nobody.basic(o.key, "wrong").get("/organization"),
		"wrong admin password":   nobody.basic(adminName, "wrong").get("/organization"),
		"unknown token":          nobody.bearer("opt_unknown").get("/organization"),
		"empty token":            nobody.with("Authorization", "Bearer ").get("/organization"),
		"unknown scheme":         nobody.with("Authorization", "Digest x").get("/organization"),
		"login, wrong secret":    nobody.post("/auth/login", `{"api_key":"`+o.key+`","api_secret":"x"}`),
		"login, unknown key":     nobody.post("/auth/login", `{"api_key":"x","api_secret":"x"}`),
		"login, NUL in the key":  nobody.post("/auth/login", `{"api_key":"x y","api_secret":"x"}`),
		"admin login":            nobody.post("/admin/auth", `{"admin_username":"admin","admin_password":"x"}`),
		"admin in the body":      nobody.post("/organizations", `{"admin_username":"admin","admin_password":"x","name":"?"}`),
		"half in the body":       nobody.post("/organizations", `{"admin_password":"correct-horse-battery"}`),
		"no text in the body":    nobody.post("/organizations", `{"admin_username":1,"admin_password":[]}`),
		"nothing in the body":    nobody.post("/organizations", `{"name":"Delta Two"}`),
		"no body":                nobody.post("/organizations", ``),
		"admin name of any case": nobody.basic("Admin", adminPassword).get("/organization"),
	} {
		a.problem(http.StatusUnauthorized, "unauthenticated")
		require.Equal(t, want, a.withoutRequestID(), name)
		require.Len(t, a.header.Values("WWW-Authenticate"), 2, name)
	}
}

func TestALoginNeedsBothFields(t *testing.T) {
	t.Parallel()
	s := newServer(t, options{})
	s.client(t).post("/auth/login", `{}`).breaks("api_key", "api_secret")
	s.client(t).post("/admin/auth", ``).breaks("admin_username", "admin_password")
	s.client(t).post("/auth/login", `{"api_key":1,"api_secret":null,"remember":true}`).breaks("api_key", "api_secret", "remember")
}

func TestRotationKillsTheOldSecretAndItsTokensAtOnce(t *testing.T) {
	t.Parallel()
	s := newServer(t, options{})
	o := s.newTenant(t, "Delta One")
	session := s.login(t, o)
	rotated := s.admin.post("/organizations/"+o.id+"/rotate-secret", "").expect(http.StatusOK)
	require.Equal(t, o.key, rotated.text("api_key"))

	o.get("/organization").problem(http.StatusUnauthorized, "unauthenticated")
	session.get("/organization").problem(http.StatusUnauthorized, "unauthenticated")
	s.client(t).keyPair(o.key, rotated.text("api_secret")).get("/organization").expect(http.StatusOK)
	require.NotContains(t, string(s.admin.get("/organizations/"+o.id).body), "secret")
}

func TestTheOldSecretAndItsTokensStayGoodForTheOverlap(t *testing.T) {
	t.Parallel()
	s := newServer(t, options{})
	o := s.newTenant(t, "Delta One")
	rotate := func(body string) answer {
		rotated := s.admin.post("/organizations/"+o.id+"/rotate-secret", body).expect(http.StatusOK)
		o.secret = rotated.text("api_secret")
		o.client = s.client(t).keyPair(o.key, o.secret)
		return rotated
	}
	s.admin.post("/organizations/"+o.id+"/rotate-secret", `{"overlap_seconds":604801}`).breaks("overlap_seconds")
	s.admin.post("/organizations/"+o.id+"/rotate-secret", `{"overlap_seconds":-1}`).breaks("overlap_seconds")
	ways := func() []client { return []client{o.client, s.login(t, o)} }
	expect := func(status int, ways []client) {
		for _, c := range ways {
			c.get("/organization").expect(status)
		}
	}
	first := ways()
	require.NotNil(t, rotate(`{"overlap_seconds":604800}`).value("old_secret_until"))
	second := ways()
	expect(http.StatusOK, first)
	rotate(`{"overlap_seconds":60}`)
	third := ways()
	expect(http.StatusUnauthorized, first)
	expect(http.StatusOK, second)
	require.Nil(t, rotate("").value("old_secret_until"))
	expect(http.StatusUnauthorized, second)
	expect(http.StatusUnauthorized, third)
	expect(http.StatusOK, ways())
}

func TestSuspensionRefusesEveryCredentialAtOnce(t *testing.T) {
	t.Parallel()
	s := newServer(t, options{})
	o := s.newTenant(t, "Delta One")
	session := s.login(t, o)
	s.admin.patch("/organizations/"+o.id, `{"status":"suspended"}`).expect(http.StatusOK)

	for _, a := range []answer{
		o.get("/organization"),
		o.post("/users", `{"extension":"1001"}`),
		session.get("/organization"),
		session.post("/auth/logout", ""),
		s.client(t).basic(o.key, o.secret).get("/usage"),
		s.client(t).post("/auth/login", `{"api_key":"`+o.key+`","api_secret":"`+o.secret+`"}`),
	} {
		a.problem(http.StatusUnauthorized, "organization_suspended")
		require.NotEmpty(t, a.header.Get("WWW-Authenticate"))
	}
	s.client(t).keyPair(o.key, "wrong").get("/usage").problem(http.StatusUnauthorized, "unauthenticated")
	s.admin.on(o.id).post("/users", `{"extension":"1001"}`).expect(http.StatusCreated)

	s.admin.patch("/organizations/"+o.id, `{"status":"active"}`).expect(http.StatusOK)
	session.get("/organization").expect(http.StatusOK)
}

func TestTwoCredentialsInOneRequestAreRefused(t *testing.T) {
	t.Parallel()
	s := newServer(t, options{})
	o := s.newTenant(t, "Delta One")
	twice := o.client
	twice.header = twice.header.Clone()
	twice.header.Add("X-API-Key", o.key)
	for _, a := range []answer{
		o.basic(o.key, o.secret).get("/organization"),
		o.bearer("x").get("/organization"),
		twice.get("/organization"),
		s.admin.post("/organizations", contractRequest),
		o.post("/organizations", contractRequest),
	} {
		a.problem(http.StatusBadRequest, "ambiguous_credentials")
	}
}

func TestAnOrganisationMayNotTouchOrganisations(t *testing.T) {
	t.Parallel()
	s := newServer(t, options{})
	o := s.newTenant(t, "Delta One")
	own := "/organizations/" + o.id
	for _, a := range []answer{
		o.get("/organizations"), o.get(own), o.patch(own, `{"settings":{"max_users":null}}`), o.put(own, `{}`), o.delete(own),
		o.post(own+"/rotate-secret", ""), o.get(own + "/usage"), o.get("/presets"),
		o.post("/organizations", `{"name":"Delta Two"}`),
		o.on(unknownID).get("/organization"),
	} {
		a.problem(http.StatusForbidden, "forbidden")
	}
}

func TestTheAdministratorNamesAnOrganisation(t *testing.T) {
	t.Parallel()
	s := newServer(t, options{})
	paths := []string{
		"/organization", "/users", "/trunks", "/dids", "/queues", "/outbound-routes", "/compliance", "/usage",
		"/config/plan", "/config/status", "/config/deployments",
	}
	for _, path := range paths {
		s.admin.get(path).problem(http.StatusBadRequest, "organization_required")
		s.admin.on(unknownID).get(path).problem(http.StatusNotFound, "not_found")
		s.admin.on("no id").get(path).problem(http.StatusNotFound, "not_found")
	}
	two := s.admin.on(unknownID)
	two.header.Add("X-Organization-ID", unknownID)
	two.get("/organization").problem(http.StatusBadRequest, "ambiguous_organization")
	s.admin.on(unknownID).post("/users", `{"extension":"1001"}`).problem(http.StatusNotFound, "not_found")
	s.admin.on(unknownID).post("/config/deploy", ``).problem(http.StatusNotFound, "not_found")
}

func TestWithoutAPasswordThereIsNoAdministrator(t *testing.T) {
	t.Parallel()
	kept := memstore.New()
	before := newServer(t, options{store: kept})
	token := before.client(t).token("/admin/auth", adminLogin)

	s := newServer(t, options{store: kept, config: func(c *httpapi.Config) { c.AdminPassword = "" }})
	for _, a := range []answer{
		s.client(t).bearer(token).get("/organizations"),
		s.client(t).basic(adminName, "").get("/organizations"),
		s.client(t).post("/admin/auth", `{"admin_username":"admin","admin_password":""}`),
		s.client(t).post("/organizations", `{"admin_username":"admin","admin_password":"","name":"Delta One"}`),
	} {
		a.problem(http.StatusUnauthorized, "unauthenticated")
	}
}

func TestAnotherSitesPageCannotUseARememberedPassword(t *testing.T) {
	t.Parallel()
	s := newServer(t, options{})
	o := s.newTenant(t, "Delta One")
	foreign := s.admin.with("Sec-Fetch-Site", "cross-site").with("Origin", "https://elsewhere.example")
	foreign.post("/organizations/"+o.id+"/rotate-secret", "").problem(http.StatusForbidden, "cross_site")
	foreign.get("/organizations").expect(http.StatusOK)
	o.with("Sec-Fetch-Site", "cross-site").post("/users", `{"extension":"1001"}`).expect(http.StatusCreated)
}
