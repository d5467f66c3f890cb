package httpapi_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
)

// documented is an operation as the OpenAPI document has it.
type documented struct {
	id, method, path string
	spec             map[string]any
}

// operations returns every operation of the OpenAPI document.
func (s *server) operations(t *testing.T) []documented {
	t.Helper()
	var list []documented
	for path, item := range at[map[string]any](t, s.openAPI(t), "paths") {
		for method, spec := range at[map[string]any](t, item) {
			op := at[map[string]any](t, spec)
			list = append(list, documented{at[string](t, op, "operationId"), strings.ToUpper(method), path, op})
		}
	}
	require.NotEmpty(t, list)
	slices.SortFunc(list, func(a, b documented) int { return strings.Compare(a.id, b.id) })
	return list
}

func (s *server) openAPI(t *testing.T) map[string]any {
	t.Helper()
	var doc map[string]any
	require.NoError(t, json.Unmarshal(s.client(t).raw(http.MethodGet, "/openapi.json", "").expect(http.StatusOK).body, &doc))
	return doc
}

// resolve follows a reference into the document.
func resolve(t *testing.T, doc, v map[string]any) map[string]any {
	t.Helper()
	ref, is := v["$ref"].(string)
	if !is {
		return v
	}
	return at[map[string]any](t, doc, strings.Split(strings.TrimPrefix(ref, "#/"), "/")...)
}

func TestTheContractsOperationsAreThereAndNoOthers(t *testing.T) {
	t.Parallel()
	want := []string{
		"POST /organizations", "GET /organizations", "GET /organizations/{id}", "PATCH /organizations/{id}",
		"PUT /organizations/{id}", "DELETE /organizations/{id}", "POST /organizations/{id}/rotate-secret",
		"GET /organizations/{id}/usage", "GET /presets", "GET /organization",
		"POST /organizations/{id}/move", "GET /nodes",
		"POST /admin/auth", "POST /auth/login", "POST /auth/logout",
		"POST /users/{id}/rotate-sip-password", "GET /trunks/states",
		"POST /api-keys", "GET /api-keys", "GET /api-keys/{id}", "DELETE /api-keys/{id}", "POST /api-keys/{id}/rotate",
		"GET /compliance/retention/preview",
		"POST /subject-requests", "GET /subject-requests", "GET /subject-requests/{id}", "GET /subject-requests/{id}/export",
		"POST /legal-holds", "GET /legal-holds", "GET /legal-holds/{id}", "POST /legal-holds/{id}/release",
		"POST /webhooks/{id}/rotate-secret", "POST /webhooks/{id}/test",
		"GET /webhooks/{id}/deliveries", "POST /webhooks/{id}/deliveries/{delivery_id}/replay",
		"GET /queues/{id}/members", "POST /queues/{id}/members", "DELETE /queues/{id}/members/{user_id}",
		"POST /config/deploy", "GET /config/plan", "POST /config/rollback", "GET /config/deployments", "GET /config/status",
		"POST /org-users/invite", "GET /org-users", "GET /org-users/{id}", "PATCH /org-users/{id}", "PUT /org-users/{id}",
		"DELETE /org-users/{id}", "POST /org-users/{id}/link", "DELETE /org-users/{id}/totp",
		"GET /org-users/me", "DELETE /org-users/me", "POST /org-users/me/password",
		"POST /org-users/me/totp", "POST /org-users/me/totp/confirm", "POST /org-users/me/totp/drop",
		"POST /auth/user-login", "POST /auth/accept-invite", "POST /auth/request-password-reset", "POST /auth/reset-password",
		"POST /auth/logout-everywhere",
		"GET /compliance", "PUT /compliance", "GET /usage", "GET /calls", "GET /calls/{id}", "GET /calls/{id}/recording", "GET /calls/{id}/evidence",
		"POST /calls/{id}/reveal",
		"GET /audit-log", "GET /audit-log/verify", "GET /audit-log/export",
	}
	for _, kind := range []string{"/users", "/trunks", "/dids", "/queues", "/outbound-routes", "/ivrs", "/conferences", "/ai-agents", "/webhooks"} {
		want = append(want, "GET "+kind, "POST "+kind)
		for _, method := range []string{"GET", "PATCH", "PUT", "DELETE"} {
			want = append(want, method+" "+kind+"/{id}")
		}
	}
	for i := range want {
		want[i] = strings.Replace(want[i], " ", " /api/v1", 1)
	}
	want = append(want, "GET /healthz", "GET /readyz")

	var got []string
	for _, op := range newServer(t, options{}).operations(t) {
		got = append(got, op.method+" "+op.path)
	}
	require.ElementsMatch(t, want, got)
}

func TestEveryOperationIsDescribedWithSecurityAndErrors(t *testing.T) {
	t.Parallel()
	s := newServer(t, options{})
	doc := s.openAPI(t)
	require.Equal(t, "3.1.0", doc["openapi"])
	for _, op := range s.operations(t) {
		require.NotEmpty(t, op.spec["summary"], op.id)
		require.NotEmpty(t, op.spec["description"], op.id)
		require.NotEmpty(t, op.spec["tags"], op.id)
		require.Contains(t, op.spec, "security", op.id)
		open := slices.Contains([]string{
			"healthz", "readyz", "login", "admin-login", "user-login", "accept-invite", "request-password-reset", "reset-password",
		}, op.id)
		require.Equal(t, open, len(at[[]any](t, op.spec, "security")) == 0, op.id)

		responses := at[map[string]any](t, op.spec, "responses")
		require.Contains(t, responses, "500", op.id)
		for status, r := range responses {
			response := resolve(t, doc, at[map[string]any](t, r))
			require.NotEmpty(t, response["description"], op.id)
			if status < "300" {
				require.Equal(t, status != "204", response["content"] != nil, op.id)
				continue
			}
			require.Contains(t, at[map[string]any](t, response, "content"), "application/problem+json", op.id)
		}
		if !open {
			require.Contains(t, responses, "401", op.id)
		}
		if strings.Contains(op.path, "{") {
			require.Contains(t, responses, "404", op.id)
		}
	}
}

// What the document says of security is what happens without a credential.
func TestSecurityIsAsDocumented(t *testing.T) {
	t.Parallel()
	s := newServer(t, options{})
	o := s.newTenant(t, "Delta One")
	for _, op := range s.operations(t) {
		path := strings.NewReplacer("{id}", unknownID, "{user_id}", unknownID).Replace(op.path)
		closed := len(at[[]any](t, op.spec, "security")) > 0
		require.Equal(t, closed, s.client(t).raw(op.method, path, "").status == http.StatusUnauthorized, op.id)

		takesKeys := strings.Contains(string(marshal(t, op.spec["security"])), "apiKey")
		status := o.raw(op.method, path, "").status
		require.Equal(t, closed && !takesKeys, status == http.StatusForbidden || status == http.StatusUnauthorized, op.id)
	}
}

func TestEveryReferenceAndTypeOfTheDocumentIsSound(t *testing.T) {
	t.Parallel()
	doc := newServer(t, options{}).openAPI(t)
	seen := 0
	var walk func(v any)
	walk = func(v any) {
		switch v := v.(type) {
		case []any:
			for _, item := range v {
				walk(item)
			}
		case map[string]any:
			resolve(t, doc, v)
			if properties, is := v["properties"].(map[string]any); is {
				seen++
				required, _ := v["required"].([]any)
				for _, name := range required {
					require.Contains(t, properties, name)
				}
			}
			for _, item := range v {
				walk(item)
			}
		}
	}
	walk(doc)
	require.Greater(t, seen, 30)
}

// Every answer carries exactly the fields that the document names.
func TestAnswersAreAsDocumented(t *testing.T) {
	t.Parallel()
	s := newServer(t, options{})
	doc := s.openAPI(t)
	f := s.newFurnished(t, "Delta One", "+914440001000")
	for _, op := range s.operations(t) {
		if op.method != http.MethodGet {
			continue
		}
		// Lines, each of which is an item of list-audit-log, sound, and a zip.
		if op.id == "export-audit-log" || op.id == "get-recording" || op.id == "fetch-subject-export" {
			continue
		}
		collection, _, _ := strings.Cut(strings.TrimPrefix(op.path, "/api/v1"), "{")
		id := f.allIDs()[collection]
		c := s.admin.on(f.id)
		if op.id == "get-me" {
			c = f.owner
		}
		a := c.raw(op.method, strings.Replace(op.path, "{id}", id, 1), "").expect(http.StatusOK)
		schema := at[map[string]any](t, op.spec, "responses", "200", "content", "application/json", "schema")
		var body any
		require.NoError(t, json.Unmarshal(a.body, &body))
		matches(t, doc, schema, body, op.id)
	}
}

// matches checks that an object has the properties of its schema and no others.
func matches(t *testing.T, doc, schema map[string]any, v any, where string) {
	t.Helper()
	schema = resolve(t, doc, schema)
	switch v := v.(type) {
	case []any:
		if schema["type"] == nil { // any value at all
			return
		}
		for _, item := range v {
			matches(t, doc, at[map[string]any](t, schema, "items"), item, where)
		}
	case map[string]any:
		if schema["type"] == nil { // any value at all
			return
		}
		if of, is := schema["additionalProperties"].(map[string]any); is && schema["properties"] == nil {
			for name, value := range v {
				matches(t, doc, of, value, where+"."+name)
			}
			return
		}
		properties := at[map[string]any](t, schema, "properties")
		required, _ := schema["required"].([]any)
		for _, name := range required {
			require.Contains(t, v, name, where)
		}
		for name, value := range v {
			require.Contains(t, properties, name, where)
			matches(t, doc, at[map[string]any](t, properties, name), value, where+"."+name)
		}
	}
}

func TestBothFormsOfTheDocumentSayTheSame(t *testing.T) {
	t.Parallel()
	s := newServer(t, options{})
	asJSON := s.client(t).raw(http.MethodGet, "/openapi.json", "").expect(http.StatusOK)
	asYAML := s.client(t).raw(http.MethodGet, "/openapi.yaml", "").expect(http.StatusOK)
	var fromYAML any
	require.NoError(t, yaml.Unmarshal(asYAML.body, &fromYAML))
	require.JSONEq(t, string(asJSON.body), string(marshal(t, fromYAML)))
}

func marshal(t *testing.T, v any) []byte {
	t.Helper()
	b, err := json.Marshal(v)
	require.NoError(t, err)
	return b
}
