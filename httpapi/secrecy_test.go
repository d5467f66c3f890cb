package httpapi_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// canaries are values that break some rule wherever they are put. All contain
// the word that no error may repeat.
var canaries = []any{
	"CANARY]\n;${x}=>", "CANARY", "CANARY-\x00", strings.Repeat("CANARY", 50), "CANARY@example.com",
	[]any{"CANARY"},
	map[string]any{"CANARY": "CANARY"},
	map[string]any{"canary": "CANARY"},
}

// bodies returns requests that put v into each field of a schema by itself,
// and into all of them together.
func bodies(t *testing.T, doc, schema map[string]any, v any) []any {
	t.Helper()
	schema = resolve(t, doc, schema)
	for _, part := range []string{"allOf", "anyOf"} {
		if parts, is := schema[part].([]any); is {
			return bodies(t, doc, at[map[string]any](t, parts[0]), v)
		}
	}
	properties, is := schema["properties"].(map[string]any)
	if !is {
		return []any{v}
	}
	all := map[string]any{}
	var list []any
	for name, property := range properties {
		for _, inner := range bodies(t, doc, at[map[string]any](t, property), v) {
			list = append(list, map[string]any{name: inner})
			all[name] = inner
		}
		list = append(list, map[string]any{name: v})
	}
	return append(list, all)
}

func TestNoErrorRepeatsWhatWasSent(t *testing.T) {
	t.Parallel()
	s := newServer(t, options{})
	doc := s.openAPI(t)
	f := s.newFurnished(t, "Delta One", "+914440001000")
	refused := 0
	check := func(op documented, a answer) {
		if a.status >= 400 {
			refused++
			require.NotContains(t, string(a.body), "CANARY", op.id)
			require.Less(t, a.status, 500, op.id)
		}
	}
	for _, op := range s.operations(t) {
		collection, _, _ := strings.Cut(strings.TrimPrefix(op.path, "/api/v1"), "{")
		path := strings.NewReplacer("{id}", f.idsOf()[collection], "{user_id}", f.user).Replace(op.path)
		c := s.admin.on(f.id)
		if strings.HasPrefix(op.id, "delete-") { // what it would remove is needed on
			path = strings.Replace(op.path, "{id}", unknownID, 1)
		}
		check(op, c.raw(op.method, strings.NewReplacer("{id}", "CANARY", "{user_id}", "CANARY").Replace(op.path), ""))
		check(op, c.raw(op.method, path+"?limit=CANARY&cursor=CANARY&status=CANARY&q=%00CANARY&CANARY=1&canary=1", ""))
		check(op, c.with("If-Match", "CANARY").raw(op.method, path, ""))
		check(op, c.on("CANARY").raw(op.method, path, ""))
		check(op, s.client(t).bearer("CANARY").raw(op.method, path, ""))
		check(op, s.client(t).keyPair("CANARY", "CANARY").raw(op.method, path, ""))

		if op.spec["requestBody"] == nil {
			continue
		}
		schema := at[map[string]any](t, op.spec, "requestBody", "content", "application/json", "schema")
		for i, canary := range canaries {
			requests := bodies(t, doc, schema, canary)
			if i > 0 { // field by field once, then all together
				requests = requests[len(requests)-1:]
			}
			for _, request := range requests {
				check(op, c.raw(op.method, path, string(marshal(t, request))))
			}
		}
		for _, broken := range []string{`{"name":"CANARY"`, `"CANARY"`, `["CANARY"]`, `CANARY`, `{"CANARY":1}`, `{"name":"CANARY"}{}`} {
			check(op, c.raw(op.method, path, broken))
		}
	}
	require.Greater(t, refused, 500)
	require.NotContains(t, s.logged.String(), "level=ERROR")
}

func TestAPasswordDoesNotComeBackWhenAnotherFieldIsWrong(t *testing.T) {
	t.Parallel()
	s := newServer(t, options{})
	o := s.newTenant(t, "Delta One")
	trunk := map[string]any{}
	require.NoError(t, json.Unmarshal([]byte(trunkBody), &trunk))
	maps.Copy(trunk, map[string]any{"name": "]", "password": "s3cr3t-enough"})
	a := o.post("/trunks", string(marshal(t, trunk))).breaks("name")
	require.NotContains(t, string(a.body), "s3cr3t")
}

func TestTheLogHoldsNoSecretAndNoQuery(t *testing.T) {
	t.Parallel()
	s := newServer(t, options{})
	o := s.newTenant(t, "Delta One")
	s.client(t).post("/organizations", contractRequest).expect(http.StatusCreated)
	token := s.client(t).token("/auth/login", `{"api_key":"`+o.key+`","api_secret":"`+o.secret+`"}`)
	user := s.client(t).bearer(token).post("/users", `{"extension":"1001"}`).expect(http.StatusCreated)
	o.post("/trunks", trunkBody).expect(http.StatusCreated)
	o.post("/conferences", `{"name":"round","number":"5000","pin":"8301746259"}`).expect(http.StatusCreated)
	s.admin.get("/organizations?q=" + url.QueryEscape("needle")).expect(http.StatusOK)

	log := s.logged.String()
	require.Contains(t, log, "operation=create-user")
	require.Contains(t, log, "organization_id="+o.id)
	require.Contains(t, log, "request_id="+user.header.Get("X-Request-ID"))
	for _, secret := range []string{adminPassword, o.secret, token, user.text("sip_password"), "tr0nk-pa55", "8301746259", "needle"} {
		require.NotContains(t, log, secret)
	}
}
