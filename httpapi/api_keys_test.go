package httpapi_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/org/apikey"
	"github.com/orgpbx/orgpbx/org/member"
)

// namedKey makes a named key and returns what it is and can be used with.
func (o tenant) namedKey(s *server, name string, scopes ...string) tenant {
	o.t.Helper()
	list, err := json.Marshal(append([]string{}, scopes...))
	require.NoError(o.t, err)
	made := o.post("/api-keys", fmt.Sprintf(`{"name":%q,"scopes":%s}`, name, list)).expect(http.StatusCreated)
	k := tenant{id: made.text("id"), key: made.text("api_key"), secret: made.text("api_secret")}
	k.client = s.client(o.t).keyPair(k.key, k.secret)
	return k
}

// waysIn returns a client for each way to show a credential.
func (s *server) waysIn(t *testing.T, k tenant) []client {
	t.Helper()
	return []client{s.client(t).keyPair(k.key, k.secret), s.client(t).basic(k.key, k.secret), s.login(t, k)}
}

// Each operation is tried with a key that has just its permission, one that has
// all others, and one that has none.
func TestEveryOperationWithNamedKeysOfEveryScope(t *testing.T) {
	t.Parallel()
	s := newServer(t, options{})
	o := s.newTenant(t, "Delta One")
	only, without := map[string]client{}, map[string]client{}
	for i, scope := range apikey.Scopes() {
		others := slices.DeleteFunc(apikey.Scopes(), func(p string) bool { return p == scope })
		only[scope] = o.namedKey(s, fmt.Sprintf("only %d", i), scope).client
		without[scope] = o.namedKey(s, fmt.Sprintf("without %d", i), others...).client
	}
	all, none := o.namedKey(s, "all", apikey.Scopes()...), o.namedKey(s, "none")
	for _, op := range s.operations(t) {
		line := callers[op.id]
		path := strings.NewReplacer("{id}", unknownID, "{user_id}", unknownID, "{delivery_id}", unknownID).Replace(op.path)
		expect := func(want string, c client) {
			require.Equal(t, want, c.raw(op.method, path, "").outcome(), op.id)
		}
		switch line.who {
		case anybody:
			expect(in, none.client)
		case bearers:
			expect(unauthenticated, all.client)
			expect(in, s.login(t, none))
		case ownCaller:
			scope := at[string](t, op.spec, "x-permission")
			expect(in, only[scope])
			expect(forbidden, without[scope])
			expect(in, all.client)
			expect(forbidden, none.client)
		default:
			expect(forbidden, all.client)
		}
	}
}

func TestANamedKeyWorksEveryWayUntilItIsRevoked(t *testing.T) {
	t.Parallel()
	s := newServer(t, options{})
	o, other := s.newTenant(t, "Delta One"), s.newTenant(t, "Delta Two")
	k := o.namedKey(s, "billing", "setup:read")
	ways := s.waysIn(t, k)
	for _, c := range ways {
		require.Equal(t, o.id, c.get("/organization").expect(http.StatusOK).text("id"))
		c.on(other.id).get("/organization").problem(http.StatusForbidden, "forbidden")
	}
	shown := o.get("/api-keys/" + k.id).expect(http.StatusOK)
	require.Equal(t, "billing", shown.text("name"))
	require.NotEmpty(t, shown.text("last_used_at"))
	require.Nil(t, shown.value("expires_at"))
	require.NotContains(t, string(shown.body)+string(o.get("/api-keys").body), "ops_")
	other.get("/api-keys/"+k.id).problem(http.StatusNotFound, "not_found")
	other.delete("/api-keys/"+k.id).problem(http.StatusNotFound, "not_found")
	other.post("/api-keys/"+k.id+"/rotate", "").problem(http.StatusNotFound, "not_found")
	s.client(t).keyPair(k.key, o.secret).get("/organization").problem(http.StatusUnauthorized, "unauthenticated")
	s.client(t).keyPair(o.key, k.secret).get("/organization").problem(http.StatusUnauthorized, "unauthenticated")

	status := func(word string) {
		s.admin.patch("/organizations/"+o.id, `{"status":"`+word+`"}`).expect(http.StatusOK)
	}
	status("suspended")
	for _, c := range ways {
		c.get("/organization").problem(http.StatusUnauthorized, "organization_suspended")
	}
	status("active")
	o.delete("/api-keys/" + k.id).expect(http.StatusNoContent)
	for _, c := range ways {
		c.get("/organization").problem(http.StatusUnauthorized, "unauthenticated")
	}
	o.get("/organization").expect(http.StatusOK)

	last := s.waysIn(t, o.namedKey(s, "billing", "setup:read"))
	s.admin.delete("/organizations/" + o.id).expect(http.StatusNoContent)
	for _, c := range last {
		c.get("/organization").problem(http.StatusUnauthorized, "unauthenticated")
	}
}

func TestRotationOfANamedKeyKillsTheOldSecretAtOnceOrAfterAnOverlap(t *testing.T) {
	t.Parallel()
	s := newServer(t, options{})
	o := s.newTenant(t, "Delta One")
	k := o.namedKey(s, "billing", "setup:read")
	rotate := func(body string) []client {
		rotated := o.post("/api-keys/"+k.id+"/rotate", body).expect(http.StatusOK)
		require.Equal(t, k.key, rotated.text("api_key"))
		k.secret = rotated.text("api_secret")
		return s.waysIn(t, k)
	}
	expect := func(status int, ways []client) {
		for _, c := range ways {
			c.get("/organization").expect(status)
		}
	}
	first := s.waysIn(t, k)
	second := rotate("")
	expect(http.StatusUnauthorized, first)
	third := rotate(`{"overlap_seconds":3600}`)
	expect(http.StatusOK, second)
	fourth := rotate(`{"overlap_seconds":604800}`)
	expect(http.StatusUnauthorized, second)
	expect(http.StatusOK, third)
	expect(http.StatusOK, fourth)
	fifth := rotate(`{"overlap_seconds":0}`)
	expect(http.StatusUnauthorized, slices.Concat(third, fourth))
	expect(http.StatusOK, fifth)
	for _, seconds := range []string{"604801", "-1", "9223372036854775807", "-9223372036854775808"} {
		o.post("/api-keys/"+k.id+"/rotate", `{"overlap_seconds":`+seconds+`}`).breaks("overlap_seconds")
	}
	expect(http.StatusOK, fifth)
}

func TestAKeyMakesNoKeyThatMayDoMore(t *testing.T) {
	t.Parallel()
	s := newServer(t, options{})
	o := s.newTenant(t, "Delta One")
	strong := o.namedKey(s, "strong", "setup:read", "calls:read")
	maker := o.namedKey(s, "maker", "api-keys:write", "setup:read")
	child := maker.namedKey(s, "child", "setup:read")
	child.get("/organization").expect(http.StatusOK)
	maker.post("/api-keys/"+child.id+"/rotate", "").expect(http.StatusOK)
	maker.post("/api-keys", `{"name":"x","scopes":["setup:read","calls:read"]}`).problem(http.StatusForbidden, "scope_exceeded")
	maker.post("/api-keys/"+strong.id+"/rotate", "").problem(http.StatusForbidden, "scope_exceeded")
	strong.get("/organization").expect(http.StatusOK)
	s.login(t, maker).post("/api-keys", `{"name":"x","scopes":["calls:read"]}`).problem(http.StatusForbidden, "scope_exceeded")
}

// A person has a role's rights, so who could invite one would have them too.
func TestAKeyManagesOnlyPeopleWhoMayDoNoMore(t *testing.T) {
	t.Parallel()
	s := newServer(t, options{})
	o := s.newTenant(t, "Delta One")
	invite := func(role member.Role) string {
		return fmt.Sprintf(`{"email":"%s@example.com","name":"Asha","role":%q}`, role, role)
	}
	owner, _ := o.join(s, "founder@example.com", "owner")
	weak := o.namedKey(s, "weak", "people:write", "people:read", "directory:read")
	for _, role := range []member.Role{member.Owner, member.Admin, member.Supervisor, member.Viewer} {
		weak.post("/org-users/invite", invite(role)).problem(http.StatusForbidden, "forbidden")
	}
	weak.post("/org-users/invite", invite(member.Agent)).expect(http.StatusCreated)
	weak.post("/org-users/"+owner+"/link", "").problem(http.StatusForbidden, "forbidden")
	weak.delete("/org-users/"+owner).problem(http.StatusForbidden, "forbidden")
	o.namedKey(s, "all", apikey.Scopes()...).post("/org-users/invite", invite(member.Owner)).expect(http.StatusCreated)
}

func TestWhatANamedKeyCannotBe(t *testing.T) {
	t.Parallel()
	s := newServer(t, options{})
	o := s.newTenant(t, "Delta One")
	o.post("/api-keys", `{}`).breaks("name", "scopes")
	o.post("/api-keys", `{"name":" ","scopes":["self","calls:read","calls:read"],"expires_at":"2001-01-01T00:00:00Z"}`).
		breaks("expires_at", "name", "scopes[0]", "scopes[2]")
	for i := range apikey.MaxKeys {
		o.post("/api-keys", fmt.Sprintf(`{"name":"Key %d","scopes":[],"expires_at":"2999-01-01T00:00:00Z"}`, i)).expect(http.StatusCreated)
	}
	o.post("/api-keys", `{"name":"one more","scopes":[]}`).problem(http.StatusForbidden, "limit_exceeded")
	list := o.get("/api-keys").items()
	o.delete("/api-keys/" + at[string](t, list[0], "id")).expect(http.StatusNoContent)
	o.post("/api-keys", `{"name":"KEY 7","scopes":[]}`).problem(http.StatusConflict, "already_exists")
}

func TestTheTrailNamesTheKey(t *testing.T) {
	t.Parallel()
	s := newServer(t, options{})
	o := s.newTenant(t, "Delta One")
	k := o.namedKey(s, "billing", "setup:write")
	k.post("/conferences", `{"name":"Room","number":"5001"}`).expect(http.StatusCreated)
	s.login(t, k)
	entries := o.get("/audit-log").items()
	for _, e := range entries[:2] {
		require.Equal(t, "api_key", at[string](t, e, "actor", "kind"))
		require.Equal(t, k.id, at[string](t, e, "actor", "id"))
		require.Equal(t, "billing", at[string](t, e, "actor", "name"))
	}
}
