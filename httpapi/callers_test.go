package httpapi_test

import (
	"crypto/rand"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/org/member"
)

// Who may call an operation beside the roles of members. The words stand for
// themselves: this is the table a reviewer reads, not the one the code has.
const (
	anybody   = "anybody"
	admins    = "the platform's administrator"
	ownCaller = "an organisation, the administrator for it, and members with a role"
	bearers   = "whoever holds a token"
	persons   = "members with a role"
)

// Roles that often go together.
const (
	everybody   = "owner admin supervisor agent viewer"
	withoutView = "owner admin supervisor"
	notAgents   = "owner admin supervisor viewer"
	leaders     = "owner admin"
)

// callers has a line for every operation: without one the test fails.
var callers = map[string]struct{ who, roles string }{
	"healthz": {anybody, ""}, "readyz": {anybody, ""},
	"admin-login": {anybody, ""}, "login": {anybody, ""}, "user-login": {anybody, ""},
	"accept-invite": {anybody, ""}, "request-password-reset": {anybody, ""}, "reset-password": {anybody, ""},
	"logout":            {bearers, everybody},
	"logout-everywhere": {persons, everybody},

	"create-organization": {admins, ""}, "list-organizations": {admins, ""}, "get-organization": {admins, ""},
	"update-organization": {admins, ""}, "put-organization": {admins, ""}, "delete-organization": {admins, ""},
	"rotate-secret": {admins, ""}, "get-organization-usage": {admins, ""}, "list-presets": {admins, ""},
	"list-nodes": {admins, ""}, "move-organization": {admins, ""},
	"get-own-organization": {ownCaller, notAgents},

	"invite-member": {ownCaller, leaders}, "list-members": {ownCaller, leaders}, "get-member": {ownCaller, leaders},
	"update-member": {ownCaller, leaders}, "put-member": {ownCaller, leaders}, "delete-member": {ownCaller, leaders},
	"send-member-link": {ownCaller, leaders}, "remove-member-totp": {ownCaller, leaders},
	"get-me": {persons, everybody}, "leave": {persons, everybody}, "change-password": {persons, everybody},
	"start-totp": {persons, everybody}, "confirm-totp": {persons, everybody}, "drop-totp": {persons, everybody},

	"list-users": {ownCaller, everybody}, "get-user": {ownCaller, everybody},
	"create-user": {ownCaller, leaders}, "update-user": {ownCaller, leaders}, "put-user": {ownCaller, leaders},
	"delete-user": {ownCaller, leaders}, "rotate-sip-password": {ownCaller, leaders},

	"list-trunks": {ownCaller, notAgents}, "get-trunk": {ownCaller, notAgents},
	"create-trunk": {ownCaller, leaders}, "update-trunk": {ownCaller, leaders}, "put-trunk": {ownCaller, leaders},
	"delete-trunk":      {ownCaller, leaders},
	"list-trunk-states": {ownCaller, notAgents},

	"list-dids": {ownCaller, notAgents}, "get-did": {ownCaller, notAgents},
	"create-did": {ownCaller, leaders}, "update-did": {ownCaller, leaders}, "put-did": {ownCaller, leaders},
	"delete-did": {ownCaller, leaders},

	"list-queues": {ownCaller, everybody}, "get-queue": {ownCaller, everybody},
	"create-queue": {ownCaller, leaders}, "update-queue": {ownCaller, leaders}, "put-queue": {ownCaller, leaders},
	"delete-queue": {ownCaller, leaders}, "list-queue-members": {ownCaller, everybody},
	"add-queue-member": {ownCaller, withoutView}, "remove-queue-member": {ownCaller, withoutView},

	"list-outbound-routes": {ownCaller, notAgents}, "get-outbound-route": {ownCaller, notAgents},
	"create-outbound-route": {ownCaller, leaders}, "update-outbound-route": {ownCaller, leaders},
	"put-outbound-route": {ownCaller, leaders}, "delete-outbound-route": {ownCaller, leaders},

	"list-ivrs": {ownCaller, everybody}, "get-ivr": {ownCaller, everybody},
	"create-ivr": {ownCaller, leaders}, "update-ivr": {ownCaller, leaders}, "put-ivr": {ownCaller, leaders},
	"delete-ivr": {ownCaller, leaders},

	"list-conferences": {ownCaller, everybody}, "get-conference": {ownCaller, everybody},
	"create-conference": {ownCaller, leaders}, "update-conference": {ownCaller, leaders}, "put-conference": {ownCaller, leaders},
	"delete-conference": {ownCaller, leaders},

	"list-ai-agents": {ownCaller, everybody}, "get-ai-agent": {ownCaller, everybody},
	"create-ai-agent": {ownCaller, leaders}, "update-ai-agent": {ownCaller, leaders}, "put-ai-agent": {ownCaller, leaders},
	"delete-ai-agent": {ownCaller, leaders},

	"preview-retention": {ownCaller, notAgents},
	"get-compliance":    {ownCaller, notAgents}, "put-compliance": {ownCaller, leaders}, "get-usage": {ownCaller, notAgents},
	"list-audit-log": {ownCaller, leaders}, "verify-audit-log": {ownCaller, leaders}, "export-audit-log": {ownCaller, leaders},
	"list-webhooks": {ownCaller, leaders}, "get-webhook": {ownCaller, leaders},
	"create-webhook": {ownCaller, leaders}, "update-webhook": {ownCaller, leaders}, "put-webhook": {ownCaller, leaders},
	"delete-webhook": {ownCaller, leaders}, "rotate-webhook-secret": {ownCaller, leaders}, "test-webhook": {ownCaller, leaders},
	"list-webhook-deliveries": {ownCaller, leaders}, "replay-webhook-delivery": {ownCaller, leaders},

	"list-api-keys": {ownCaller, leaders}, "get-api-key": {ownCaller, leaders}, "create-api-key": {ownCaller, leaders},
	"rotate-api-key": {ownCaller, leaders}, "delete-api-key": {ownCaller, leaders},

	"place-legal-hold": {ownCaller, leaders}, "list-legal-holds": {ownCaller, leaders}, "get-legal-hold": {ownCaller, leaders},
	"release-legal-hold": {ownCaller, leaders},

	"create-subject-request": {ownCaller, leaders}, "list-subject-requests": {ownCaller, leaders},
	"get-subject-request": {ownCaller, leaders}, "fetch-subject-export": {ownCaller, leaders},

	"list-calls": {ownCaller, withoutView}, "get-call": {ownCaller, withoutView}, "reveal-call": {ownCaller, "owner"},
	"get-recording": {ownCaller, withoutView}, "get-evidence": {ownCaller, withoutView},
	"deploy-config": {ownCaller, leaders}, "rollback-config": {ownCaller, leaders}, "plan-config": {ownCaller, notAgents},
	"list-deployments": {ownCaller, notAgents}, "get-config-status": {ownCaller, notAgents},
}

// The ways to be turned away, and to be let in: whatever comes after that.
const (
	in              = "let in"
	unauthenticated = "unauthenticated"
	suspended       = "organization_suspended"
	forbidden       = "forbidden"
)

// outcome says how a request was met at the door.
func (a answer) outcome() string {
	if a.status != http.StatusUnauthorized && a.status != http.StatusForbidden {
		return in
	}
	return a.text("code")
}

// everyCaller are clients of every kind that an operation is tried with.
type everyCaller struct {
	nobody, admin, key, token            client
	wrong, suspended, deleted, elsewhere []client
	// signIn makes a new member of a role, for operations that end his session.
	signIn   func(role member.Role) client
	signedIn map[member.Role]client
}

func newEveryCaller(t *testing.T, s *server) everyCaller {
	t.Helper()
	home, other := s.newTenant(t, "Delta One"), s.newTenant(t, "Delta Two")
	home.join(s, "founder@example.com", "owner")
	_, stranger := other.join(s, "stranger@example.com", "owner")
	every := everyCaller{
		nobody: s.client(t), admin: s.admin.on(home.id), key: home.client, token: s.login(t, home),
		wrong: []client{
			s.client(t).keyPair(home.key, "wrong"), s.client(t).keyPair("opk_unknown", home.secret), s.client(t).basic(home.key, "wrong"),
			s.client(t).bearer("opt_unknown"), s.client(t).bearer("opm_unknown"), s.client(t).basic(adminName, "wrong"),
		},
		elsewhere: []client{other.on(home.id), s.login(t, other).on(home.id), stranger.on(home.id)},
		signedIn:  map[member.Role]client{}, suspended: s.credentials(t, "Delta Three"), deleted: s.credentials(t, "Delta Four"),
	}
	for _, o := range s.admin.get("/organizations").items() {
		path := "/organizations/" + at[string](t, o, "id")
		switch at[string](t, o, "name") {
		case "Delta Three":
			s.admin.patch(path, `{"status":"suspended"}`).expect(http.StatusOK)
		case "Delta Four":
			s.admin.delete(path).expect(http.StatusNoContent)
		}
	}
	every.signIn = func(role member.Role) client {
		_, c := home.join(s, strings.ToLower(rand.Text())+"@example.com", string(role))
		return c
	}
	for _, role := range member.Roles() {
		every.signedIn[role] = every.signIn(role)
	}
	return every
}

// credentials returns a client for each credential of a new organisation.
func (s *server) credentials(t *testing.T, name string) []client {
	t.Helper()
	o := s.newTenant(t, name)
	_, owner := o.join(s, "owner@example.com", "owner")
	return []client{o.client, s.client(t).basic(o.key, o.secret), s.login(t, o), owner}
}

func TestEveryOperationWithEveryCaller(t *testing.T) {
	t.Parallel()
	s := newServer(t, options{})
	every := newEveryCaller(t, s)
	known := map[string]bool{}
	for _, op := range s.operations(t) {
		known[op.id] = true
		line, there := callers[op.id]
		require.True(t, there, "operation %s has no line in the table: say who may call it", op.id)
		path := strings.NewReplacer("{id}", unknownID, "{user_id}", unknownID, "{delivery_id}", unknownID).Replace(op.path)
		expect := func(name string, c client, outcomes map[string]string) {
			want, told := outcomes[line.who]
			require.True(t, told, name)
			require.Equal(t, want, c.raw(op.method, path, "").outcome(), "%s by %s", op.id, name)
		}
		expectAll := func(name string, list []client, outcome string) {
			for _, c := range list {
				expect(name, c, map[string]string{anybody: in, admins: outcome, ownCaller: outcome, bearers: outcome, persons: outcome})
			}
		}
		expectAll("nobody", []client{every.nobody}, unauthenticated)
		expectAll("a wrong credential", every.wrong, unauthenticated)
		expectAll("a suspended organisation", every.suspended, suspended)
		expectAll("a deleted organisation", every.deleted, unauthenticated)
		expect("the administrator", every.admin, map[string]string{anybody: in, admins: in, ownCaller: in, bearers: unauthenticated, persons: forbidden})
		expect("the organisation", every.key, map[string]string{anybody: in, admins: forbidden, ownCaller: in, bearers: unauthenticated, persons: forbidden})
		if op.id != "logout" { // TestEveryWayInWorksAndLogoutEndsASession
			expect("the organisation's token", every.token, map[string]string{anybody: in, admins: forbidden, ownCaller: in, persons: forbidden})
			for _, c := range every.elsewhere {
				expect("another organisation", c, map[string]string{anybody: in, admins: forbidden, ownCaller: forbidden, persons: forbidden})
			}
		}
		for _, role := range member.Roles() {
			want := forbidden
			if line.who == anybody || slices.Contains(strings.Fields(line.roles), string(role)) {
				want = in
			}
			c := every.signedIn[role]
			if slices.Contains([]string{"leave", "logout", "logout-everywhere"}, op.id) {
				c = every.signIn(role)
			}
			require.Equal(t, want, c.raw(op.method, path, "").outcome(), "%s by %s", op.id, role)
		}
	}
	for id := range callers {
		require.True(t, known[id], "the table has a line for %s, which is no operation", id)
	}
}

// The document tells of the same permissions as the table of package member.
func TestTheDocumentNamesTheRolesOfEveryOperation(t *testing.T) {
	t.Parallel()
	for _, op := range newServer(t, options{}).operations(t) {
		roles := strings.Fields(callers[op.id].roles)
		if len(roles) == 0 || callers[op.id].who == bearers {
			require.NotContains(t, op.spec, "x-permission", op.id)
			continue
		}
		var want []any
		for _, r := range member.Permission(at[string](t, op.spec, "x-permission")).Roles() {
			want = append(want, string(r))
		}
		require.Equal(t, want, op.spec["x-roles"], op.id)
		require.Len(t, want, len(roles), op.id)
		for _, r := range roles {
			require.Contains(t, want, r, op.id)
		}
	}
}
