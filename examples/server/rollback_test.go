package main

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/asterisk/asterisktest"
)

func TestAPhoneWorksAgainAfterARollback(t *testing.T) {
	t.Parallel()
	p := startPlatform(t)
	o, neighbour := p.create("Undo"), p.create("Neighbour")
	front, user := o.phone("1001")
	other, _ := neighbour.phone("1001")
	before := neighbour.files()
	revision := o.api("GET", "/config/status", nil, http.StatusOK)["applied_revision"]
	o.api("DELETE", "/users/"+user["id"].(string), nil, http.StatusNoContent)
	o.phone("1001") // somebody else has the extension
	var refused *asterisktest.StatusError
	require.ErrorAs(t, front.Register(patience(t)), &refused)

	planned := o.api("POST", "/config/rollback", object{"revision": revision, "dry_run": true}, http.StatusOK)
	endpoints := map[any]any{}
	for _, change := range planned["changes"].([]any) {
		c := change.(object)
		if c["object"] == "endpoint" {
			endpoints[c["name"]] = c["action"]
		}
		if c["object"] == "auth" {
			for _, s := range c["settings"].([]any) {
				if setting := s.(object); setting["name"] == "password_digest" {
					require.Equal(t, object{"action": c["action"], "name": "password_digest", "secret": true}, setting)
				}
			}
		}
	}
	require.Len(t, endpoints, 2)
	require.Equal(t, "add", endpoints[user["sip_username"]], "the phone of then comes back and that of now goes")
	require.Error(t, front.Register(patience(t)), "a dry run changes nothing")

	back := o.api("POST", "/config/rollback", object{"revision": revision}, http.StatusOK)
	require.Equal(t, "applied", back["state"])
	require.NoError(t, front.Register(patience(t)), "with the password that it had")
	require.NoError(t, other.Register(patience(t)))
	require.Equal(t, before, neighbour.files())
	require.Empty(t, o.api("GET", "/config/plan", nil, http.StatusOK)["changes"])
}
