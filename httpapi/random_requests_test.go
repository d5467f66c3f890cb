package httpapi_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/stdlib"
	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/internal/postgrestest"
	"github.com/orgpbx/orgpbx/store/bunstore"
)

// `make fuzz` sends more of them.
var (
	randomRequests = flag.Int("requests", 3000, "how many random requests to send")
	randomSeed     = flag.Uint64("seed", 0, "what the random requests start from; 0 for another one each time")
)

// newPostgresStore is a store in a real Postgres, which refuses more than the
// memory does: zero bytes, broken UTF-8, numbers and texts that are too long.
func newPostgresStore(t *testing.T) *bunstore.Store {
	t.Helper()
	db := stdlib.OpenDB(*postgrestest.Schema(t, os.Getenv(postgrestest.Variable)))
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	s := bunstore.New(db, bunstore.Postgres)
	require.NoError(t, s.Migrate(t.Context()))
	return s
}

// The requests have the shape that the OpenAPI document gives them, more or less.
// Whatever they are, each is answered, and none by an error that nobody foresaw.
func TestRandomRequestsAreAllAnswered(t *testing.T) {
	t.Parallel()
	seed := *randomSeed
	if seed == 0 {
		seed = rand.Uint64()
	}
	t.Logf("go test ./httpapi -run TestRandomRequests -args -requests %d -seed %d", *randomRequests, seed)
	s := newServer(t, options{store: newPostgresStore(t)})
	g := generator{t: t, Rand: rand.New(rand.NewPCG(seed, 0)), doc: s.openAPI(t)}
	operations := s.operations(t)
	statuses := map[int]int{}
	const each = 500 // requests meet the same objects, or what is left of them
	for sent := 0; sent < *randomRequests; sent++ {
		if sent%each == 0 {
			// Of numbers that no example of the document has, or a range that begins there.
			g.f = s.newFurnished(t, fmt.Sprintf("Delta %d", sent), fmt.Sprintf("+88190%08d", sent))
		}
		op := operations[g.IntN(len(operations))]
		if slices.Contains(endings, op.id) && g.often(95) {
			continue
		}
		method, path, body := op.method, g.path(op), g.body(op)
		a := g.caller(s).raw(method, path, body)
		statuses[a.status]++
		if strings.HasSuffix(op.id, "-organization") && a.status == http.StatusOK { // it may be suspended now
			s.admin.patch("/organizations/"+g.f.id, `{"status":"active"}`)
		}
		require.Less(t, a.status, http.StatusInternalServerError, "%s %s %q: %s", method, path, body, a.body)
		if a.status >= http.StatusBadRequest {
			require.NotEmpty(t, a.text("code"), "%s %s", method, path)
		}
	}
	require.NotContains(t, s.logged.String(), "level=ERROR")
	t.Log(statuses)
	for _, status := range []int{200, 201, 204, 400, 401, 403, 404, 409, 422} {
		require.NotZero(t, statuses[status], "%d never came: the requests are not what they should be", status)
	}
}

// generator makes requests up.
type generator struct {
	*rand.Rand
	t   *testing.T
	doc map[string]any
	f   furnished
}

// endings are operations after which most others can only be refused.
var endings = []string{
	"delete-organization", "rotate-secret", "logout", "logout-everywhere", "leave", "delete-member", "change-password", "update-member", "put-member",
}

// often reports true in so many of a hundred cases.
func (g generator) often(percent int) bool { return g.IntN(100) < percent }

func pick[T any](g generator, list ...T) T { return list[g.IntN(len(list))] }

// oddities are values that are seldom expected.
var oddities = []any{
	nil, true, "", " ", "\x00", "\uffff", "é\u0301", "x]\n;${y}=>", strings.Repeat("9", 300), strings.Repeat("Ω", 5000), unknownID,
	0, -1, 1.5, 1e18, -1e308, int64(1) << 53,
	[]any{},
	[]any{nil},
	map[string]any{},
	map[string]any{"": nil},
	"2027-01-05T09:30:00Z", "9999999-01-01",
}

func (g generator) path(op documented) string {
	path := op.path
	collection, _, _ := strings.Cut(strings.TrimPrefix(path, "/api/v1"), "{")
	known := g.f.allIDs()[collection]
	for _, name := range []string{"{id}", "{user_id}", "{delivery_id}"} {
		id := map[string]string{"{id}": known, "{user_id}": g.f.user, "{delivery_id}": g.f.delivery}[name]
		if g.often(20) {
			id = pick(g, unknownID, "x", "%00", strings.Repeat("a", 3000), url.PathEscape("é/../"))
		}
		path = strings.ReplaceAll(path, name, id)
	}
	if g.often(30) {
		query := url.Values{}
		for _, name := range []string{"limit", "cursor", "status", "q", "from", "to", "direction", "confirm"} {
			if g.often(20) {
				query.Set(name, fmt.Sprint(pick(g, oddities...)))
			}
		}
		path += "?" + query.Encode()
	}
	return path
}

// body is JSON of the operation's schema, or something like it.
func (g generator) body(op documented) string {
	if op.spec["requestBody"] == nil {
		return pick(g, "", "", "", "{}", "x")
	}
	schema := at[map[string]any](g.t, op.spec, "requestBody", "content", "application/json", "schema")
	body := g.value(schema, 0)
	if example, is := at[map[string]any](g.t, op.spec, "requestBody", "content", "application/json")["example"].(map[string]any); is && g.often(60) {
		body = g.like(example, body)
	}
	text, err := json.Marshal(body)
	require.NoError(g.t, err)
	if g.often(5) { // one byte is another
		text[g.IntN(len(text))] = byte(g.IntN(256))
	}
	if g.often(2) {
		text = text[:g.IntN(len(text))]
	}
	return string(text)
}

// like is an object with some members of another one in it, or instead of its own.
func (g generator) like(example map[string]any, other any) any {
	object := maps.Clone(example)
	members, _ := other.(map[string]any)
	for name, value := range members {
		if g.often(30) {
			object[name] = value
		}
	}
	return object
}

func (g generator) value(schema map[string]any, depth int) any {
	schema = resolve(g.t, g.doc, schema)
	for _, part := range []string{"allOf", "anyOf", "oneOf"} {
		if parts, is := schema[part].([]any); is {
			return g.value(at[map[string]any](g.t, pick(g, parts...)), depth)
		}
	}
	if g.often(3) || depth > 6 {
		return pick(g, oddities...)
	}
	if example, has := schema["example"]; has && g.often(60) {
		return example
	}
	if examples, has := schema["examples"].([]any); has && g.often(80) {
		return pick(g, examples...)
	}
	if enum, has := schema["enum"].([]any); has {
		return pick(g, enum...)
	}
	switch kind := g.kind(schema); kind {
	case "object":
		return g.object(schema, depth)
	case "array":
		list := []any{}
		items, _ := schema["items"].(map[string]any)
		for range g.IntN(4) {
			list = append(list, g.value(items, depth+1))
		}
		return list
	case "string":
		return pick(g, "1001", fmt.Sprintf("+9199%06d", g.IntN(1000000)), "a@example.com", "sip.example.com", "_X.", "reception", g.f.trunk, g.f.user, fmt.Sprint(g.IntN(100000)))
	case "integer", "number":
		return pick(g, 0, 1, 2, 10, 100, -1, g.IntN(1<<31))
	case "boolean":
		return g.often(50)
	default:
		return pick(g, oddities...)
	}
}

// kind is one of the types that the schema allows.
func (g generator) kind(schema map[string]any) string {
	switch kind := schema["type"].(type) {
	case string:
		return kind
	case []any:
		return fmt.Sprint(pick(g, kind...))
	default:
		return ""
	}
}

func (g generator) object(schema map[string]any, depth int) any {
	properties, _ := schema["properties"].(map[string]any)
	required, _ := schema["required"].([]any)
	object := map[string]any{}
	for name, property := range properties {
		chance := 15
		if slices.Contains(required, any(name)) {
			chance = 95
		}
		if g.often(chance) {
			object[name] = g.value(at[map[string]any](g.t, property), depth+1)
		}
	}
	if len(properties) == 0 || g.often(3) {
		object[pick(g, "1", "*", "x", "id", "Name")] = pick(g, oddities...)
	}
	return object
}

// caller is somebody who calls: most often one who may.
func (g generator) caller(s *server) client {
	c := pick(g, g.f.client, g.f.owner, s.admin.on(g.f.id), s.admin.on(g.f.id))
	if g.often(10) {
		c = pick(g, s.client(g.t), s.admin, s.client(g.t).bearer("x"), s.client(g.t).keyPair(g.f.key, "x"))
	}
	if g.often(10) {
		c = c.with("If-Match", pick(g, "*", `"1"`, `"7"`, "x", `W/"1"`))
	}
	if g.often(2) {
		c = c.with("Content-Type", pick(g, "text/plain", "application/json; charset=latin1", "x"))
	}
	return c
}
