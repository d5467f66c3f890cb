package httpapi_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/resource"
)

// watchingPBX says what it was told to of every trunk it is asked about.
type watchingPBX struct {
	resource.NoPBX
	says func() (resource.TrunkState, error)
}

func (w watchingPBX) TrunkStates(_ context.Context, s resource.Snapshot) (map[string]resource.TrunkState, error) {
	state, err := w.says()
	states := map[string]resource.TrunkState{}
	for _, t := range s.Trunks {
		states[t.ID] = state
	}
	return states, err
}

func TestTheStatesOfTrunksAreThoseOfThePBX(t *testing.T) {
	t.Parallel()
	state, failure := resource.TrunkState{Line: resource.LineRejected, NextTry: 45 * time.Second}, error(nil)
	s := newServer(t, options{pbx: watchingPBX{says: func() (resource.TrunkState, error) { return state, failure }}})
	states := func(o tenant) string { return string(o.get("/trunks/states").expect(http.StatusOK).body) }
	o, other := s.newTenant(t, "Grand Hotel"), s.newTenant(t, "Other Hotel")
	require.JSONEq(t, `{"items":[]}`, states(o))

	trunk := o.post("/trunks", trunkBody).expect(http.StatusCreated).text("id")
	require.JSONEq(t, `{"items":[{"trunk_id":"`+trunk+`","state":"rejected","answers":null,"next_try_seconds":45}]}`,
		states(o))
	require.JSONEq(t, `{"items":[]}`, states(other))

	yes := true
	state = resource.TrunkState{Line: resource.LineReachable, Answers: &yes}
	require.JSONEq(t, `{"items":[{"trunk_id":"`+trunk+`","state":"reachable","answers":true,"next_try_seconds":null}]}`,
		states(o))

	unknown := `{"items":[{"trunk_id":"` + trunk + `","state":"unknown","answers":null,"next_try_seconds":null}]}`
	state, failure = resource.TrunkState{}, resource.ErrPBXUnavailable
	require.JSONEq(t, unknown, states(o), "the PBX is away")
	blind := newServer(t, options{})
	o = blind.newTenant(t, "Blind Hotel")
	o.post("/trunks", trunkBody).expect(http.StatusCreated)
	require.Contains(t, states(o), `"state":"unknown"`, "the PBX cannot tell")
}
