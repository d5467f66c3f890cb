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
	db := memstore.New()
	second = &away{}
	busy := func(context.Context, string) (int, error) { return 1, nil }
	pbx, err := fleet.New([]fleet.Node{{Name: "pbx1", PBX: resource.NoPBX{}, Calls: busy}, {Name: "pbx2", PBX: second}}, db)
	require.NoError(t, err)
	return newServer(t, options{store: db, pbx: pbx}), second
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
