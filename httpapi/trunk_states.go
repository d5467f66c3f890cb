package httpapi

import (
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/orgpbx/orgpbx/resource"
)

type trunkStateResponse struct {
	TrunkID        string             `json:"trunk_id" example:"01998f3a-7c1e-7d2b-9a41-3f5b8c2d1e07"`
	State          resource.LineState `json:"state" enum:"registered,rejected,unregistered,reachable,unreachable,unknown" doc:"registered: one side is registered with the other; rejected: our registration was refused; unregistered: nobody is registered, or not yet; reachable: a peer2peer trunk that answers; unreachable: it does not answer; unknown: the PBX says nothing of it." example:"registered"`
	Answers        *bool              `json:"answers" doc:"Whether the other side answers when the PBX asks it, once a minute, whether it is there. null when it was not asked yet. Some carriers never answer, registered or not." example:"true"`
	NextTrySeconds *int64             `json:"next_try_seconds" doc:"Until the PBX registers with the other side again, whatever became of the last time; null for trunks that do not register there, and when the PBX does not say." example:"45"`
}

type trunkStatesResponse struct {
	Items []trunkStateResponse `json:"items" nullable:"false" doc:"Every trunk, in order of id."`
}

func (a *API) registerTrunkStates() {
	register(a, operation{
		id: "list-trunk-states", method: http.MethodGet, path: basePath + "/trunks/states", access: organizations,
		tag: "Trunks", summary: "Read how the trunks are now",
		description: "The PBX is asked for all of them at once, as it is now. Where it is away, or does not answer in time, the state is unknown.",
	}, a.listTrunkStates)
}

func (a *API) listTrunkStates(c *call, _ nothing) (reply[trunkStatesResponse], error) {
	out := trunkStatesResponse{Items: []trunkStateResponse{}}
	states, err := a.config.Deployer.TrunkStates(c.ctx(), c.organizationID)
	for _, id := range slices.Sorted(maps.Keys(states)) {
		s := states[id]
		shown := trunkStateResponse{TrunkID: id, State: s.Line, Answers: s.Answers}
		if s.NextTry > 0 {
			seconds := int64(s.NextTry / time.Second)
			shown.NextTrySeconds = &seconds
		}
		out.Items = append(out.Items, shown)
	}
	return reply[trunkStatesResponse]{body: out}, err
}
