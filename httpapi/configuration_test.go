package httpapi_test

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/httpapi"
	"github.com/orgpbx/orgpbx/resource"
	"github.com/orgpbx/orgpbx/store/memstore"
)

// forgetfulPBX has to be told everything again every time.
type forgetfulPBX struct{ resource.NoPBX }

var somethingToDo = []resource.Change{{Action: resource.Add, Object: "endpoint", Name: "abc-1"}}

func (forgetfulPBX) Plan(context.Context, resource.Snapshot) ([]resource.Change, error) {
	return somethingToDo, nil
}

func (forgetfulPBX) Apply(context.Context, resource.Snapshot) ([]resource.Change, error) {
	return somethingToDo, nil
}

func TestDeployPlanStatusAndHistory(t *testing.T) {
	t.Parallel()
	db := memstore.New()
	s := newServer(t, options{pbx: forgetfulPBX{}, store: db})
	o := s.newTenant(t, "Delta One")
	change := map[string]any{"action": "add", "object": "endpoint", "name": "abc-1"}

	require.Equal(t, []any{change}, o.get("/config/plan").expect(http.StatusOK).value("changes"))
	status := o.get("/config/status").expect(http.StatusOK)
	require.Equal(t, "applied", status.text("state"))
	require.EqualValues(t, 1, status.value("applied_revision"))
	require.Equal(t, []any{}, status.value("drift"), "it was just deployed")
	require.NotEmpty(t, status.text("drift_at"))
	another := newServer(t, options{pbx: forgetfulPBX{}, store: db})
	seen := another.client(t).keyPair(o.key, o.secret).get("/config/status").expect(http.StatusOK)
	require.Equal(t, []any{change}, seen.value("drift"), "a process that knows nothing looks")
	metrics := string(another.admin.raw(http.MethodGet, "/metrics", "").expect(http.StatusOK).body)
	require.Contains(t, metrics, `orgpbx_drift_objects{organization_id="`+o.id+`"} 1`)

	deployed := o.post("/config/deploy", "").expect(http.StatusOK)
	require.Equal(t, "applied", deployed.text("state"))
	require.EqualValues(t, 1, deployed.value("revision"))
	require.Equal(t, []any{change}, deployed.value("changes"))
	require.NotContains(t, string(deployed.body), "error")

	o.post("/users", `{"extension":"1001"}`).expect(http.StatusCreated)
	newest := o.get("/config/deployments?limit=1")
	require.EqualValues(t, 2, at[any](t, newest.items()[0], "revision"))
	older := o.get("/config/deployments?cursor=" + newest.text("next_cursor"))
	require.Len(t, older.items(), 2)
	require.Nil(t, older.value("next_cursor"))
}

// revision is the desired one of an organisation that was answered.
func revision(a answer) int {
	a.t.Helper()
	return int(at[float64](a.t, a.value("config.desired_revision")))
}

func TestThePlanAndTheDeploymentSayWhatWillNotWork(t *testing.T) {
	t.Parallel()
	s := newServer(t, options{})
	f := s.newFurnished(t, "Delta One", "+914440001000")
	f.patch("/dids/"+f.did, `{"routing_type":"ivr","routing_destination":"7000"}`).expect(http.StatusOK)
	f.patch("/outbound-routes/"+f.route, `{"dial_pattern":"_+X."}`).expect(http.StatusOK)
	s.admin.patch("/organizations/"+f.id, `{"settings":{"features":{"ai_agent":true}}}`).expect(http.StatusOK)
	require.Equal(t, []any{}, f.get("/config/plan").expect(http.StatusOK).value("warnings"))

	before := revision(f.get("/organization"))
	off := s.admin.patch("/organizations/"+f.id, `{"settings":{"features":{"ivr":false}}}`).expect(http.StatusOK)
	require.Equal(t, before+1, revision(off), "a switch is a change that the PBX must know")
	warnings := f.get("/config/plan").expect(http.StatusOK).value("warnings").([]any)
	require.Len(t, warnings, 2)
	require.Equal(t, map[string]any{
		"code": "feature_off", "kind": "did", "id": f.did, "field": "routing_destination",
		"message": "the organisation's feature ivr is switched off, and calls lead to it",
	}, warnings[0])
	require.Equal(t, f.ivr, at[string](t, warnings[1], "id"))

	require.Equal(t, warnings, f.post("/config/deploy", "").expect(http.StatusOK).value("warnings"))
	require.Equal(t, warnings, at[[]any](t, f.get("/config/deployments").items()[0], "warnings"))
	other := s.newTenant(t, "Delta Two")
	require.Equal(t, []any{}, other.get("/config/plan").expect(http.StatusOK).value("warnings"))
}

func TestDeployingAgainChangesNothing(t *testing.T) {
	t.Parallel()
	s := newServer(t, options{})
	o := s.newTenant(t, "Delta One")
	for range 2 {
		deployed := o.post("/config/deploy", "").expect(http.StatusOK)
		require.Equal(t, []any{}, deployed.value("changes"))
	}
	require.Len(t, o.get("/config/deployments").items(), 1)
}

func TestAFailedDeployNeverFailsTheWrite(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, state string
		err         error
	}{
		{"the PBX is away", "pending", resource.ErrPBXUnavailable},
		{"the PBX refuses", "failed", &resource.RejectedError{Object: "queue", Name: "abc-q", Reason: "no such music class"}},
		{"the PBX is odd", "failed", errors.New("/etc/asterisk is read-only")},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t, options{pbx: brokenPBX{err: tc.err}})
			o := s.newTenant(t, "Delta One")
			created := o.post("/users", `{"extension":"1001"}`).expect(http.StatusCreated)
			require.Equal(t, map[string]any{"desired_revision": 2.0, "applied_revision": 0.0, "state": tc.state}, created.value("config"))
			path := "/users/" + created.text("id")
			require.Equal(t, tc.state, o.patch(path, `{"email":null}`).expect(http.StatusOK).text("config.state"))
			require.Equal(t, tc.state, o.put("/compliance", `{}`).expect(http.StatusOK).text("config.state"))
			require.Equal(t, tc.state, o.post(path+"/rotate-sip-password", "").expect(http.StatusOK).text("config.state"))
			o.delete(path).expect(http.StatusNoContent)

			status := o.get("/config/status").expect(http.StatusOK)
			require.Equal(t, tc.state, status.text("state"))
			require.NotEmpty(t, status.text("error"))
			require.NotContains(t, string(status.body), "/etc")
			require.Equal(t, tc.state, o.post("/config/deploy", "").expect(http.StatusOK).text("state"))
		})
	}
}

func TestASlowDeployIsNotWaitedFor(t *testing.T) {
	t.Parallel()
	pbx := stuckPBX{letGo: make(chan struct{})}
	s := newServer(t, options{pbx: pbx, config: func(c *httpapi.Config) { c.DeployWait = time.Millisecond }})
	o := s.newTenant(t, "Delta One")
	created := o.post("/users", `{"extension":"1001"}`).expect(http.StatusCreated)
	require.Equal(t, map[string]any{"desired_revision": 2.0, "applied_revision": 0.0, "state": "pending"}, created.value("config"))

	close(pbx.letGo)
	require.Equal(t, "applied", o.post("/config/deploy", "").expect(http.StatusOK).text("state"))
	require.EqualValues(t, 2, o.get("/config/status").value("applied_revision"))
}

// panickyPBX is a backend with a mistake.
type panickyPBX struct{ resource.NoPBX }

func (panickyPBX) Apply(context.Context, resource.Snapshot) ([]resource.Change, error) {
	panic("nil map")
}

func TestAPanicOfThePBXDoesNotFailTheWrite(t *testing.T) {
	t.Parallel()
	s := newServer(t, options{pbx: panickyPBX{}})
	o := s.newTenant(t, "Delta One")
	require.Equal(t, "pending", o.get("/organization").text("config.state"))
	require.Contains(t, s.logged.String(), "nil map")
	o.post("/config/deploy", "").problem(http.StatusInternalServerError, "internal")
}
