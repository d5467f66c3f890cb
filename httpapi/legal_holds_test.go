package httpapi_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/resource/cdr"
)

func TestALegalHoldIsPlacedListedAndReleased(t *testing.T) {
	t.Parallel()
	s := newServer(t, options{})
	o := s.newTenant(t, "Delta One")
	placed := o.post("/legal-holds", `{"target":"number","value":"+919944421125","reason":"Case 12/2026"}`).expect(http.StatusCreated)
	path := "/legal-holds/" + placed.text("id")
	require.Nil(t, placed.value("released_at"))
	require.JSONEq(t, string(placed.body), string(o.get(path).expect(http.StatusOK).body))
	user := o.post("/users", `{"extension":"101","username":"asha"}`).expect(http.StatusCreated)
	extension := o.post("/legal-holds", `{"target":"number","value":"101","reason":"Case 13"}`).expect(http.StatusCreated)
	require.Equal(t, user.text("sip_username"), extension.text("endpoint"))
	require.Len(t, o.get("/legal-holds").items(), 2)

	o.with("If-Match", `"9"`).post(path+"/release", `{"reason":"over"}`).problem(http.StatusPreconditionFailed, "precondition_failed")
	released := o.with("If-Match", placed.header.Get("ETag")).post(path+"/release", `{"reason":"The case is closed"}`).expect(http.StatusOK)
	require.NotNil(t, released.value("released_at"))
	require.Equal(t, "The case is closed", released.text("release_reason"))
	require.Equal(t, "Case 12/2026", released.text("reason"))
	o.post(path+"/release", `{"reason":"again"}`).problem(http.StatusConflict, "hold_released")
	require.JSONEq(t, string(released.body), string(o.get(path).expect(http.StatusOK).body))

	other := s.newTenant(t, "Delta Two")
	require.Empty(t, other.get("/legal-holds").items())
	other.get(path).problem(http.StatusNotFound, "not_found")
	other.post(path+"/release", `{"reason":"theirs"}`).problem(http.StatusNotFound, "not_found")

	var done []string
	for _, e := range o.get("/audit-log?limit=200").items() {
		if at[string](t, e, "object", "kind") == "legal_hold" {
			done = append(done, at[string](t, e, "operation")+" "+at[string](t, e, "outcome"))
		}
	}
	require.Contains(t, done, "place-legal-hold ok")
	require.Contains(t, done, "release-legal-hold ok")
	require.Contains(t, done, "release-legal-hold hold_released")
}

func TestABrokenLegalHoldIsRefused(t *testing.T) {
	t.Parallel()
	s := newServer(t, options{})
	o, other := s.newTenant(t, "Delta One"), s.newTenant(t, "Delta Two")
	own, theirs := s.newCall(t, o, cdr.Record{}), s.newCall(t, other, cdr.Record{})
	for body, fields := range map[string][]string{
		`{}`:                                    {"target", "reason"},
		`{"target":"room","reason":"x"}`:        {"target"},
		`{"target":"organization","reason":""}`: {"reason"},
		`{"target":"organization","value":"101","reason":"x"}`:       {"value"},
		`{"target":"number","value":"1","reason":"x"}`:               {"value"},
		`{"target":"number","value":"+49 30 123456","reason":"x"}`:   {"value"},
		`{"target":"number","reason":"x\ny"}`:                        {"value", "reason"},
		`{"target":"call","value":"101","reason":"x"}`:               {"value"},
		`{"target":"call","value":"` + theirs + `","reason":"x"}`:    {"value"},
		`{"target":"call","value":"` + unknownID + `","reason":"x"}`: {"value"},
	} {
		o.post("/legal-holds", body).breaks(fields...)
	}
	require.Empty(t, o.get("/legal-holds").items())
	held := o.post("/legal-holds", `{"target":"call","value":"`+own+`","reason":"x"}`).expect(http.StatusCreated)
	o.post("/legal-holds/"+held.text("id")+"/release", `{}`).breaks("reason")
}

func TestAnOrganizationWithALegalHoldIsNotDeleted(t *testing.T) {
	t.Parallel()
	s := newServer(t, options{})
	o := s.newTenant(t, "Delta One")
	held := o.post("/legal-holds", `{"target":"organization","reason":"Case 12/2026"}`).expect(http.StatusCreated)
	s.admin.delete("/organizations/"+o.id).problem(http.StatusConflict, "legal_hold")
	o.get("/organization").expect(http.StatusOK)
	o.post("/legal-holds/"+held.text("id")+"/release", `{"reason":"over"}`).expect(http.StatusOK)
	s.admin.delete("/organizations/" + o.id).expect(http.StatusNoContent)
}
