package httpapi_test

import (
	"context"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/asterisk/fleet"
	"github.com/orgpbx/orgpbx/resource"
	"github.com/orgpbx/orgpbx/store/memstore"
)

// away is a PBX that refuses all while it is away.
type away struct {
	resource.NoPBX
	away bool
}

func (a *away) Apply(context.Context, resource.Snapshot) ([]resource.Change, error) {
	if a.away {
		return nil, resource.ErrPBXUnavailable
	}
	return nil, nil
}

func (a *away) Plan(context.Context, resource.Snapshot) ([]resource.Change, error) {
	if a.away {
		return nil, resource.ErrPBXUnavailable
	}
	return []resource.Change{{Action: resource.Add, Object: "endpoint", Name: "one"}}, nil
}

func newFleet(t *testing.T) (s *server, second *away) {
	t.Helper()
	return newFleetWith(t, options{store: memstore.New()})
}

func newFleetWith(t *testing.T, opts options) (s *server, second *away) {
	t.Helper()
	second = &away{}
	busy := func(context.Context, string) (int, error) { return 1, nil }
	pbx, err := fleet.New([]fleet.Node{{Name: "pbx1", PBX: resource.NoPBX{}, Calls: busy}, {Name: "pbx2", PBX: second}}, opts.store, fleet.Options{})
	require.NoError(t, err)
	opts.pbx = pbx
	return newServer(t, opts), second
}

func TestAnOrganisationIsPlacedAndMoved(t *testing.T) {
	t.Parallel()
	s, _ := newFleet(t)
	chosen := s.admin.post("/organizations", `{"name":"Delta One","node":"pbx2"}`).expect(http.StatusCreated)
	require.Equal(t, "pbx2", chosen.text("node"))
	require.Equal(t, "pbx1", s.admin.post("/organizations", `{"name":"Delta Two"}`).expect(http.StatusCreated).text("node"))
	move := "/organizations/" + chosen.text("id") + "/move"
	status := func() answer { return s.admin.on(chosen.text("id")).get("/config/status").expect(http.StatusOK) }

	back := s.admin.post(move, `{"node":"pbx1"}`).expect(http.StatusOK)
	require.Equal(t, "pbx1", back.text("node"))
	require.Equal(t, "pbx2", back.text("leaving"))
	require.Equal(t, []any{
		map[string]any{"what": "switches", "later": false, "message": "what phones switched by codes does not move between pbx2 and pbx1"},
		map[string]any{"what": "voicemail", "later": false, "message": "the server has no folder of pbx2's voicemail: messages and greetings stay on pbx2"},
	}, back.value("left_behind"))
	require.Equal(t, "pbx1", status().text("node"))
	require.Equal(t, "pbx2", status().text("leaving"))
	s.admin.post(move, `{"node":"pbx2"}`).problem(http.StatusConflict, "moving")
	nodes := s.admin.get("/nodes").expect(http.StatusOK).items()
	require.Equal(t, []any{
		map[string]any{"name": "pbx1", "organizations": 2.0, "endpoints": 0.0, "leaving": 0.0},
		map[string]any{"name": "pbx2", "organizations": 0.0, "endpoints": 0.0, "leaving": 1.0},
	}, nodes)
	trail := s.admin.on(chosen.text("id")).get("/audit-log?operation=move-organization").expect(http.StatusOK)
	require.Contains(t, string(trail.body), `"node":{"before":"pbx2","after":"pbx1"}`)
}

func TestANewOrganisationWaitsForItsNode(t *testing.T) {
	t.Parallel()
	s, second := newFleet(t)
	second.away = true
	o := s.admin.post("/organizations", `{"name":"Delta One","node":"pbx2"}`).expect(http.StatusCreated)
	require.Equal(t, "pbx2", o.text("node"), "not where it could be deployed")
	require.Equal(t, "pending", o.text("config.state"))
	trail := s.admin.on(o.text("id")).get("/audit-log?operation=create-organization").expect(http.StatusOK)
	require.Contains(t, string(trail.body), `"node":{"after":"pbx2"}`)
}

func TestAMoveThatCannotBeChangesNothing(t *testing.T) {
	t.Parallel()
	s, second := newFleet(t)
	o := s.admin.post("/organizations", `{"name":"Delta One","node":"pbx1"}`).expect(http.StatusCreated)
	move := "/organizations/" + o.text("id") + "/move"
	for body, code := range map[string]string{
		`{}`:                               "validation_failed",
		`{"node":"pbx9"}`:                  "validation_failed",
		`{"node":"pbx9","dry_run":true}`:   "validation_failed",
		`{"node":2}`:                       "validation_failed",
		`{"node":"pbx2","dry":true}`:       "validation_failed",
		`{"node":"pbx2","dry_run":"true"}`: "validation_failed",
	} {
		s.admin.post(move, body).problem(http.StatusUnprocessableEntity, code)
	}
	s.admin.post("/organizations", `{"name":"Delta Two","node":"pbx9"}`).problem(http.StatusUnprocessableEntity, "validation_failed")
	require.Len(t, s.admin.get("/organizations").items(), 1, "nothing is half made")
	s.admin.post("/organizations/"+unknownID+"/move", `{"node":"pbx2"}`).problem(http.StatusNotFound, "not_found")
	plan := s.admin.post(move, `{"node":"pbx2","dry_run":true}`).expect(http.StatusOK)
	require.Equal(t, "pbx1", plan.text("node"))
	require.Equal(t, "one", at[any](t, plan.value("changes").([]any)[0], "name"))
	second.away = true
	s.admin.post(move, `{"node":"pbx2"}`).problem(http.StatusServiceUnavailable, "pbx_unavailable")
	s.admin.post(move, `{"node":"pbx2","dry_run":true}`).problem(http.StatusServiceUnavailable, "pbx_unavailable")
	require.Equal(t, "pbx1", s.admin.on(o.text("id")).get("/config/status").text("node"))

	alone := newServer(t, options{})
	only := alone.newTenant(t, "Delta One")
	alone.admin.post("/organizations/"+only.id+"/move", `{"node":"pbx1"}`).problem(http.StatusConflict, "one_node")
	alone.admin.post("/organizations", `{"name":"Delta Two","node":"pbx1"}`).problem(http.StatusConflict, "one_node")
	require.Empty(t, alone.admin.get("/nodes").items())
}

func TestPhonesAreToldTheDomainOfTheirOrganisationAndNode(t *testing.T) {
	t.Parallel()
	counting := &countingStore{Store: memstore.New()}
	s, _ := newFleetWith(t, options{
		store: counting, sipDomain: "{organization}.sip.example.com",
		nodeSIPDomains: map[string]resource.SIPDomain{"pbx2": "{organization}.pbx2.example.com:5070"},
	})
	created := s.admin.post("/organizations", `{"name":"Delta One","node":"pbx1"}`).expect(http.StatusCreated)
	id, prefix := created.text("id"), created.text("context_prefix")
	o := s.admin.on(id)
	first, second := prefix+".sip.example.com", prefix+".pbx2.example.com:5070"

	user := o.post("/users", `{"extension":"1001"}`).expect(http.StatusCreated)
	require.Equal(t, first, user.text("sip_domain"))
	require.Equal(t, first, o.get("/config/status").text("sip_domain"))
	rotate := "/users/" + user.text("id") + "/rotate-sip-password"
	require.Equal(t, first, o.post(rotate, "").expect(http.StatusOK).text("sip_domain"))

	move := "/organizations/" + id + "/move"
	plan := s.admin.post(move, `{"node":"pbx2","dry_run":true}`).expect(http.StatusOK)
	require.Equal(t, first, plan.text("sip_domain_before"))
	require.Equal(t, second, plan.text("sip_domain"))
	require.Equal(t, first, o.get("/config/status").text("sip_domain"), "it was a plan")
	moved := s.admin.post(move, `{"node":"pbx2"}`).expect(http.StatusOK)
	require.Equal(t, first, moved.text("sip_domain_before"))
	require.Equal(t, second, moved.text("sip_domain"))
	again := s.admin.post(move, `{"node":"pbx2"}`).expect(http.StatusOK)
	require.Equal(t, second, again.text("sip_domain"))
	require.NotContains(t, string(again.body), "sip_domain_before", "phones have it")

	require.Equal(t, second, o.post("/users", `{"extension":"1002"}`).expect(http.StatusCreated).text("sip_domain"))
	require.Equal(t, second, o.get("/config/status").text("sip_domain"))
}

func TestTheDomainOfPhonesCostsNoLookWhereNodesHaveNone(t *testing.T) {
	t.Parallel()
	for name, domains := range map[string]map[string]resource.SIPDomain{
		"none": nil, "one": {"pbx2": "pbx2.example.com"},
	} {
		counting := &countingStore{Store: memstore.New()}
		s, _ := newFleetWith(t, options{store: counting, nodeSIPDomains: domains})
		created := s.admin.post("/organizations", `{"name":"Delta One","node":"pbx2"}`).expect(http.StatusCreated)
		o := s.admin.on(created.text("id"))
		user := o.post("/users", `{"extension":"1001"}`).expect(http.StatusCreated)
		deploys := counting.placements.Swap(0) // and of the users' answers that are not counted
		require.Positive(t, deploys, name)
		o.post("/users/"+user.text("id")+"/rotate-sip-password", "").expect(http.StatusOK)
		looks := counting.placements.Load()
		require.Equal(t, int64(2+len(domains)), looks, "%s: two are of the deploy", name)
	}
}
