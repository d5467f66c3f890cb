package httpapi_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// idsOf returns the ids of an organisation by the path they belong to.
func (f furnished) idsOf() map[string]string {
	return map[string]string{
		"/users/": f.user, "/trunks/": f.trunk, "/dids/": f.did, "/queues/": f.queue, "/outbound-routes/": f.route,
		"/ivrs/": f.ivr, "/conferences/": f.conference, "/ai-agents/": f.agent,
		"/organizations/": f.id, "/org-users/": f.member,
	}
}

// allIDs are those of idsOf and of what nobody can edit.
func (f furnished) allIDs() map[string]string {
	ids := f.idsOf()
	ids["/calls/"] = f.call
	ids["/webhooks/"] = f.webhook
	ids["/api-keys/"] = f.apiKey
	ids["/legal-holds/"] = f.hold
	ids["/subject-requests/"] = f.subject
	return ids
}

func TestAForeignIDInAPathAnswersAsAnUnknownOne(t *testing.T) {
	t.Parallel()
	s := newServer(t, options{})
	mine := s.newFurnished(t, "Delta One", "+914440001000")
	theirs := s.newFurnished(t, "Delta Two", "+914440002000")
	bodies := map[string]string{
		"add-queue-member": fmt.Sprintf(`{"user_id":%q}`, mine.user), "release-legal-hold": `{"reason":"theirs"}`,
		"reveal-call": `{"reason":"theirs"}`,
	}

	tried := 0
	for _, op := range s.operations(t) {
		if !strings.Contains(op.path, "{") {
			continue
		}
		collection, _, _ := strings.Cut(strings.TrimPrefix(op.path, "/api/v1"), "{")
		foreign := theirs.allIDs()[collection]
		require.NotEmpty(t, foreign, op.path)
		for _, c := range []client{mine.client, mine.owner, s.admin.on(mine.id)} {
			if collection == "/organizations/" && c.header.Get("X-Organization-ID") != "" {
				continue // the administrator may
			}
			fill := func(id, userID string) string {
				return strings.NewReplacer("{id}", id, "{user_id}", userID, "{delivery_id}", mine.delivery).Replace(op.path)
			}
			want := c.raw(op.method, fill(unknownID, mine.user), bodies[op.id])
			require.Contains(t, []int{http.StatusNotFound, http.StatusForbidden}, want.status, op.id)
			for _, path := range []string{fill(foreign, mine.user), fill(foreign, theirs.user), fill("%00", mine.user), fill(strings.Repeat("x", 999), mine.user)} {
				got := c.raw(op.method, path, bodies[op.id])
				require.Equal(t, want.status, got.status, op.id)
				require.Equal(t, want.withoutRequestID(), got.withoutRequestID(), op.id)
			}
			tried++
		}
	}
	require.Greater(t, tried, 110)

	// The member of my own queue that is somebody else's user.
	members := "/queues/" + mine.queue + "/members/"
	require.Equal(t, mine.delete(members+unknownID).problem(http.StatusNotFound, "not_found").withoutRequestID(),
		mine.delete(members+theirs.user).withoutRequestID())
	for path, id := range theirs.allIDs() {
		if path != "/organizations/" {
			theirs.get(path + id).expect(http.StatusOK)
		}
	}
}

func TestAForeignIDInABodyAnswersAsAnUnknownOne(t *testing.T) {
	t.Parallel()
	s := newServer(t, options{})
	mine := s.newFurnished(t, "Delta One", "+914440001000")
	theirs := s.newFurnished(t, "Delta Two", "+914440002000")
	theirs.post("/users", `{"extension":"7777"}`).expect(http.StatusCreated)
	theirs.post("/ivrs", `{"name":"x","number":"7070","greeting":"x"}`).expect(http.StatusCreated)
	theirs.post("/conferences", `{"name":"x","number":"5050"}`).expect(http.StatusCreated)
	theirs.post("/ai-agents", `{"name":"x","number":"4040","protocol":"audiosocket","address":"a:1"}`).expect(http.StatusCreated)
	for _, tc := range []struct{ method, path, body, foreign, unknown string }{
		{"POST", "/dids", `{"number":"+914440003000","trunk_id":"ID","routing_type":"extension","routing_destination":"1001"}`, theirs.trunk, unknownID},
		{"PATCH", "/dids/" + mine.did, `{"trunk_id":"ID"}`, theirs.trunk, unknownID},
		{"PATCH", "/dids/" + mine.did, `{"routing_type":"extension","routing_destination":"ID"}`, "7777", "8888"},
		{"POST", "/outbound-routes", `{"name":"abroad","dial_pattern":"00X.","trunk_id":"ID"}`, theirs.trunk, unknownID},
		{"PATCH", "/outbound-routes/" + mine.route, `{"trunk_id":"ID"}`, theirs.trunk, unknownID},
		{"POST", "/queues/" + mine.queue + "/members", `{"user_id":"ID"}`, theirs.user, unknownID},
		{"PATCH", "/queues/" + mine.queue, `{"overflow":{"type":"extension","destination":"ID"}}`, "7777", "8888"},
		{"PATCH", "/queues/" + mine.queue, `{"overflow":{"type":"ivr","destination":"ID"}}`, "7070", "8888"},
		{"PATCH", "/dids/" + mine.did, `{"routing_type":"conference","routing_destination":"ID"}`, "5050", "8888"},
		{"PATCH", "/ivrs/" + mine.ivr, `{"options":{"2":{"type":"ai_agent","destination":"ID"}}}`, "4040", "8888"},
		{"PATCH", "/ivrs/" + mine.ivr, `{"fallback":{"type":"ivr","destination":"ID"}}`, "7070", "8888"},
	} {
		ask := func(id string) answer { return mine.do(tc.method, tc.path, strings.Replace(tc.body, "ID", id, 1)) }
		want := ask(tc.unknown).problem(http.StatusUnprocessableEntity, "validation_failed")
		require.Equal(t, want.withoutRequestID(), ask(tc.foreign).withoutRequestID(), tc.path)
	}
	require.Equal(t, mine.on(unknownID).get("/users").problem(http.StatusForbidden, "forbidden").withoutRequestID(),
		mine.on(theirs.id).get("/users").withoutRequestID())
}

func TestListsShowTheCallersOwnOnly(t *testing.T) {
	t.Parallel()
	s := newServer(t, options{})
	mine := s.newTenant(t, "Delta One")
	theirs := s.newFurnished(t, "Delta Two", "+914440002000")
	for path := range theirs.allIDs() {
		if path != "/organizations/" {
			require.Empty(t, mine.get(strings.TrimSuffix(path, "/")).items())
		}
	}
	before := len(theirs.get("/config/deployments").items())
	mine.post("/users", `{"extension":"1001"}`).expect(http.StatusCreated)
	require.Len(t, theirs.get("/config/deployments").items(), before)
}
