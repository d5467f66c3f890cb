package httpapi_test

import (
	"context"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/resource"
)

// explainingPBX has a plan with everything that a plan can have.
type explainingPBX struct{ resource.NoPBX }

func (explainingPBX) Explain(context.Context, resource.Snapshot) ([]resource.ObjectChange, error) {
	return []resource.ObjectChange{
		{Change: resource.Change{Action: resource.Add, Object: "auth", Name: "abc-1"}, Settings: []resource.SettingChange{
			{Action: resource.Add, Name: "username", New: "abc-1"},
			{Action: resource.Add, Name: "password_digest", Secret: true},
		}},
		{Change: resource.Change{Action: resource.Modify, Object: "queue", Name: "abc-600"}, Settings: []resource.SettingChange{
			{Action: resource.Modify, Name: "timeout", Old: "15", New: "20"},
			{Action: resource.Delete, Name: "member", Old: "two\nlines"},
		}},
		{Change: resource.Change{Action: resource.Delete, Object: "context", Name: "abc-old"}},
	}, nil
}

func TestAPlanTellsTheSettingsAndNoSecret(t *testing.T) {
	t.Parallel()
	s := newServer(t, options{pbx: explainingPBX{}})
	o := s.newTenant(t, "Delta One")
	require.Equal(t, []any{
		map[string]any{"action": "add", "object": "auth", "name": "abc-1", "settings": []any{
			map[string]any{"action": "add", "name": "username", "new": "abc-1"},
			map[string]any{"action": "add", "name": "password_digest", "secret": true},
		}},
		map[string]any{"action": "modify", "object": "queue", "name": "abc-600", "settings": []any{
			map[string]any{"action": "modify", "name": "timeout", "old": "15", "new": "20"},
			map[string]any{"action": "delete", "name": "member", "old": "two\nlines"},
		}},
		map[string]any{"action": "delete", "object": "context", "name": "abc-old"},
	}, o.get("/config/plan").expect(http.StatusOK).value("changes"))
}

func TestAPlanForPeopleIsText(t *testing.T) {
	t.Parallel()
	s := newServer(t, options{pbx: explainingPBX{}})
	o := s.newTenant(t, "Delta One")
	for accept, text := range map[string]bool{
		"text/plain": true, "text/plain, application/json;q=0.5": true, "text/plain;q=0.9, text/html, */*;q=0.8": true,
		"": false, "*/*": false, "application/json, text/plain, */*": false, "text/plain;q=0.1, application/json": false,
		"text/html": false, ";;;": false,
	} {
		answer := o.with("Accept", accept).get("/config/plan").expect(http.StatusOK)
		require.Equal(t, "Accept", answer.header.Get("Vary"))
		if !text {
			require.Equal(t, "application/json", answer.header.Get("Content-Type"), accept)
			continue
		}
		require.Equal(t, "text/plain; charset=utf-8", answer.header.Get("Content-Type"), accept)
		require.Equal(t, `+ auth abc-1
    + username = abc-1
    + password_digest (secret)
~ queue abc-600
    - timeout = 15
    + timeout = 20
    - member = "two\nlines"
- context abc-old

1 to add, 1 to modify, 1 to delete.
`, string(answer.body))
	}
	o.with("Accept", "text/plain").get("/config/nothing").problem(http.StatusNotFound, "not_found")

	idle := newServer(t, options{}).newTenant(t, "Delta One")
	require.Equal(t, "Nothing to change.\n", string(idle.with("Accept", "text/plain").get("/config/plan").body))
}
