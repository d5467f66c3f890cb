package httpapi_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestRollingBackPutsTheResourcesOfARevisionLive(t *testing.T) {
	t.Parallel()
	s := newServer(t, options{})
	o := s.newTenant(t, "Delta One")
	front := o.post("/users", `{"extension":"1001"}`).expect(http.StatusCreated)
	desk := o.post("/users", `{"extension":"1002"}`).expect(http.StatusCreated)
	before := o.get("/users").expect(http.StatusOK)
	require.EqualValues(t, 3, o.get("/config/status").value("applied_revision"))
	o.delete("/users/" + front.text("id")).expect(http.StatusNoContent)
	o.patch("/users/"+desk.text("id"), `{"extension":"1009"}`).expect(http.StatusOK)

	planned := o.post("/config/rollback", `{"revision":3,"dry_run":true}`).expect(http.StatusOK)
	require.Equal(t, true, planned.value("dry_run"))
	require.EqualValues(t, 3, planned.value("rolled_back_to"))
	require.Empty(t, planned.value("changes"))
	require.Equal(t, "no_emergency_trunk", at[any](t, planned.value("warnings").([]any)[0], "code"))
	require.Len(t, o.get("/users").items(), 1, "nothing changed")
	require.EqualValues(t, 5, o.get("/config/status").value("desired_revision"))

	back := o.post("/config/rollback", `{"revision":3}`).expect(http.StatusOK)
	require.Equal(t, "applied", back.text("state"))
	require.EqualValues(t, 6, back.value("revision"))
	require.EqualValues(t, 3, back.value("rolled_back_to"))
	after := o.get("/users").expect(http.StatusOK)
	for i, u := range before.items() {
		require.Equal(t, at[any](t, u, "id"), at[any](t, after.items()[i], "id"))
		require.Equal(t, at[any](t, u, "extension"), at[any](t, after.items()[i], "extension"))
	}
	require.EqualValues(t, 6, o.get("/config/status").value("applied_revision"))

	o.post("/config/rollback", `{"revision":1}`).expect(http.StatusOK)
	require.Empty(t, o.get("/users").items())
	o.post("/config/rollback", `{"revision":6}`).expect(http.StatusOK)
	require.Len(t, o.get("/users").items(), 2, "a rollback can be rolled back")
}

func TestARollbackThatCannotBeChangesNothing(t *testing.T) {
	t.Parallel()
	s := newServer(t, options{})
	o, other := s.newTenant(t, "Delta One"), s.newTenant(t, "Delta Two")
	did := func(o tenant) answer {
		trunk := o.post("/trunks", `{"name":"Carrier","trunk_type":"peer2peer","host":"192.0.2.1"}`).expect(http.StatusCreated)
		return o.post("/dids", fmt.Sprintf(`{"number":"+15550100","trunk_id":%q,"routing_type":"external","routing_destination":"+15550199"}`,
			trunk.text("id"))).expect(http.StatusCreated)
	}
	mine := did(o) // revision 3
	o.delete("/dids/" + mine.text("id")).expect(http.StatusNoContent)
	did(other)

	for body, want := range map[string]struct {
		status int
		code   string
	}{
		`{"revision":99}`:                   {http.StatusNotFound, "revision_not_found"},
		`{"revision":0}`:                    {http.StatusNotFound, "revision_not_found"},
		`{"revision":-1,"dry_run":true}`:    {http.StatusNotFound, "revision_not_found"},
		`{}`:                                {http.StatusUnprocessableEntity, "validation_failed"},
		`{"revision":null}`:                 {http.StatusUnprocessableEntity, "validation_failed"},
		`{"revision":"3"}`:                  {http.StatusUnprocessableEntity, "validation_failed"},
		`{"revision":3,"dry_run":"yes"}`:    {http.StatusUnprocessableEntity, "validation_failed"},
		`{"revision":3,"dryrun":true}`:      {http.StatusUnprocessableEntity, "validation_failed"},
		`{"revision":3}`:                    {http.StatusConflict, "already_exists"},
		`{"revision":3,"dry_run":true}`:     {http.StatusConflict, "already_exists"},
		`{"revision":99999999999999999999}`: {http.StatusUnprocessableEntity, "validation_failed"},
	} {
		o.post("/config/rollback", body).problem(want.status, want.code)
	}
	taken := o.post("/config/rollback", `{"revision":3}`)
	require.Equal(t, "did["+mine.text("id")+"].number", taken.text("field"))
	require.EqualValues(t, 4, o.get("/config/status").value("desired_revision"))
	require.Empty(t, o.get("/dids").items())
}

func TestARollbackGivesNoLimitBack(t *testing.T) {
	t.Parallel()
	s := newServer(t, options{})
	o := s.newTenant(t, "Delta One")
	user := o.post("/users", `{"extension":"1001"}`).expect(http.StatusCreated)
	o.delete("/users/" + user.text("id")).expect(http.StatusNoContent)
	s.admin.patch("/organizations/"+o.id, `{"settings":{"max_users":0},"limits":{"concurrent_calls":1}}`).expect(http.StatusOK)
	o.post("/config/rollback", `{"revision":2}`).problem(http.StatusForbidden, "limit_exceeded")
	o.post("/config/rollback", `{"revision":1}`).expect(http.StatusOK)
	require.EqualValues(t, 0, o.get("/organization").value("settings.max_users"))
	require.EqualValues(t, 1, o.get("/organization").value("limits.concurrent_calls"))
}
