package httpapi_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// changeable returns a path of every object that PUT and PATCH change, with a
// client that may.
func (s *server) changeable(t *testing.T) map[string]client {
	t.Helper()
	f := s.newFurnished(t, "Delta One", "+914440001000")
	inbound := f.post("/trunks", `{"name":"branch","trunk_type":"inbound","username":"branch","password":"br4nch"}`).expect(http.StatusCreated)
	objects := map[string]client{"/trunks/" + inbound.text("id"): f.client}
	for collection, id := range f.idsOf() {
		objects[collection+id] = f.client
	}
	objects["/organizations/"+f.id] = s.admin
	return objects
}

func TestAnObjectCanBeSentBackAsItWasRead(t *testing.T) {
	t.Parallel()
	s := newServer(t, options{})
	objects := s.changeable(t)
	for path, c := range objects {
		for _, method := range []string{http.MethodPut, http.MethodPatch} {
			read := c.get(path).expect(http.StatusOK)
			written := c.with("If-Match", read.header.Get("ETag")).do(method, path, string(read.body)).expect(http.StatusOK)
			// The answer to a write has config as well, and can be sent back too.
			again := c.do(method, path, string(written.body)).expect(http.StatusOK)
			require.Equal(t, steady(t, read), steady(t, again), path)
		}
	}
}

// steady is an answer without what every write changes.
func steady(t *testing.T, a answer) map[string]any {
	t.Helper()
	var object map[string]any
	require.NoError(t, json.Unmarshal(a.body, &object))
	delete(object, "config")
	delete(object, "updated_at")
	return object
}

func TestWhatCannotBeChangedIsRefusedWhereItDiffers(t *testing.T) {
	t.Parallel()
	s := newServer(t, options{})
	for path, c := range s.changeable(t) {
		read := c.get(path).expect(http.StatusOK)
		for _, name := range []string{"id", "context_prefix", "api_key", "sip_username"} {
			if _, has := steady(t, read)[name]; !has {
				continue
			}
			for _, other := range []string{`"other"`, `null`, `1`, `{}`, `""`} {
				body := fmt.Sprintf(`{%q:%s}`, name, other)
				require.Contains(t, string(c.patch(path, body).breaks(name).body), "read_only")
				c.put(path, body).breaks(name)
			}
		}
		c.patch(path, `{"created_at":"1999-01-01T00:00:00Z","updated_at":""}`).expect(http.StatusOK)
		if !strings.HasPrefix(path, "/org-users/") { // the PBX knows nothing of people who sign in
			c.patch(path, `{"config":{}}`).expect(http.StatusOK)
		}
		after := c.get(path)
		require.Equal(t, steady(t, read), steady(t, after), path)
		c.patch(path, `{"sip_password":"x","api_secret":"x","version":1}`).breaks("sip_password", "api_secret", "version")
	}
}

func TestANewObjectTakesNoFieldOfAnAnswer(t *testing.T) {
	t.Parallel()
	s := newServer(t, options{})
	o := s.newTenant(t, "Delta One")
	o.post("/users", `{"id":"x","extension":"1001","created_at":"x"}`).breaks("id", "created_at")
	s.admin.post("/organizations", `{"name":"Delta Two","api_key":"x","context_prefix":"x"}`).breaks("api_key", "context_prefix")
}

func TestTheDocumentSaysWhatMayBeSentBack(t *testing.T) {
	t.Parallel()
	s := newServer(t, options{})
	doc := s.openAPI(t)
	changes := 0
	for _, op := range s.operations(t) {
		if op.method != http.MethodPut && op.method != http.MethodPatch {
			continue
		}
		changes++
		content := func(v ...string) map[string]any {
			return resolve(t, doc, at[map[string]any](t, op.spec, append(v, "content", "application/json", "schema")...))
		}
		taken := at[map[string]any](t, content("requestBody"), "properties")
		answered := at[map[string]any](t, content("responses", "200"), "properties")
		for name := range answered {
			require.Contains(t, taken, name, op.id)
		}
		if answered["config"] != nil {
			require.Equal(t, true, at[map[string]any](t, taken, "config")["readOnly"], op.id)
		}
		for name, property := range taken {
			_, shown := answered[name]
			readOnly := at[map[string]any](t, property)["readOnly"] == true
			require.False(t, readOnly && !shown, "%s of %s", name, op.id)
		}
	}
	require.Equal(t, 23, changes)
}
