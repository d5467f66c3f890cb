package editor

import (
	"fmt"
	"time"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/resource"
)

// trunkStates shows how trunks are at this moment, as the PBX says.
func (e *Editor) trunkStates(q *request, o org.Organization) ([]input[resource.Trunk], error) {
	states, err := e.config.Deployer.TrunkStates(q.Context(), o.ID)
	if err != nil {
		return nil, err
	}
	told := map[string]string{}
	for id, state := range states {
		if told[id], err = moreOf(state); err != nil {
			return nil, err
		}
	}
	return []input[resource.Trunk]{{
		name: "state", kind: stateFact,
		read: func(t *resource.Trunk) string {
			if state, known := states[t.ID]; known {
				return string(state.Line)
			}
			return string(resource.LineUnknown) // it was added while the page was made
		},
		below: func(t *resource.Trunk) string { return told[t.ID] },
	}}, nil
}

// moreOf says what else is known of a trunk than its state.
func moreOf(s resource.TrunkState) (string, error) {
	silent := s.Answers != nil && !*s.Answers
	switch {
	case s.Line == resource.LineUnknown:
		return text("trunks.untold")
	case s.Line == resource.LineRegistered && silent:
		return text("trunks.silent")
	case s.NextTry == 0:
		return "", nil
	case s.Line == resource.LineRegistered:
		return text("trunks.renews", aboutLong(s.NextTry))
	default:
		return text("trunks.next", aboutLong(s.NextTry))
	}
}

// aboutLong is a time as people say it.
func aboutLong(d time.Duration) string {
	if d < 2*time.Minute {
		return fmt.Sprintf("%d s", int(d.Seconds()))
	}
	return fmt.Sprintf("%d min", int(d.Minutes()))
}
