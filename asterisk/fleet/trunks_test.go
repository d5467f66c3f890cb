package fleet_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/asterisk/fleet"
	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/resource"
	"github.com/orgpbx/orgpbx/store/memstore"
)

// watching is a PBX that says of every trunk what it was made with.
type watching struct {
	resource.NoPBX
	line resource.LineState
}

func (w watching) TrunkStates(_ context.Context, s resource.Snapshot) (map[string]resource.TrunkState, error) {
	states := map[string]resource.TrunkState{}
	for _, t := range s.Trunks {
		states[t.ID] = resource.TrunkState{Line: w.line}
	}
	return states, nil
}

func TestTheNodeOfAnOrganisationSaysHowItsTrunksAre(t *testing.T) {
	t.Parallel()
	store := memstore.New()
	f, err := fleet.New([]fleet.Node{
		{Name: "pbx1", PBX: watching{line: resource.LineRejected}},
		{Name: "pbx2", PBX: watching{line: resource.LineRegistered}},
		{Name: "pbx3", PBX: resource.NoPBX{}},
	}, store, fleet.Options{})
	require.NoError(t, err)
	s := resource.Snapshot{
		Organization: org.Organization{ID: "alpha", ContextPrefix: "alpha"}, Trunks: []resource.Trunk{{Meta: resource.Meta{ID: "a"}}},
	}
	states, err := f.TrunkStates(t.Context(), s)
	require.NoError(t, err)
	require.Empty(t, states, "it is nowhere yet")

	p, err := store.Place(t.Context(), resource.Placement{ContextPrefix: "alpha", OrganizationID: "alpha", Node: "pbx2"})
	require.NoError(t, err)
	states, err = f.TrunkStates(t.Context(), s)
	require.NoError(t, err)
	require.Equal(t, map[string]resource.TrunkState{"a": {Line: resource.LineRegistered}}, states)

	moved := p
	moved.Node = "pbx3"
	_, err = store.Replace(t.Context(), p, moved)
	require.NoError(t, err)
	states, err = f.TrunkStates(t.Context(), s)
	require.NoError(t, err)
	require.Empty(t, states, "this one cannot tell")
}
