package main

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/asterisk/asterisktest"
)

// TestMenusRoomsAndAgentsOverHTTP takes menus, a conference and an AI agent from
// the API to Asterisk, and switches them off and on again.
//
//nolint:tparallel // the steps are one story
func TestMenusRoomsAndAgentsOverHTTP(t *testing.T) {
	t.Parallel()
	p := startPlatform(t)
	o := p.create("Harbour Rooms") // with every feature but AI agents
	front, user := o.phone("1001")
	carrier, trunk := o.carrier("127.0.0.23")
	room := o.add("/conferences", object{"name": "Morning round", "number": "5000", "pin": "4711", "max_members": 20})
	agent := o.add("/ai-agents", object{
		"name": "Night desk", "number": "4000", "protocol": "audiosocket", "address": "127.0.0.1:9092",
	})
	queue := o.add("/queues", object{
		"name": "Reservations", "number": "6000", "max_wait": 60, "overflow": object{"type": "ai_agent", "destination": "4000"},
	})
	menu := o.add("/ivrs", object{
		"name": "Main menu", "number": "7000", "greeting": "welcome",
		"options": object{
			"1": object{"type": "extension", "destination": "1001"}, "2": object{"type": "conference", "destination": "5000"},
		},
		"fallback": object{"type": "queue", "destination": "6000"},
	})
	sub := o.add("/ivrs", object{
		"name": "Sub menu", "number": "7001", "greeting": "more",
		"options": object{"*": object{"type": "ivr", "destination": "7000"}},
	})
	dids := map[string]object{}
	for kind, number := range map[string]string{"ivr": "7000", "conference": "5000", "ai_agent": "4000"} {
		dids[kind] = o.add("/dids", object{
			"number": "+4930123" + number, "trunk_id": trunk["id"], "routing_type": kind, "routing_destination": number,
		})
	}

	t.Run("the plan warns of what is switched off, and deploying keeps the warning", func(t *testing.T) {
		requireWarnings(t, o.api("GET", "/config/plan", nil, http.StatusOK),
			warning{"feature_off", "did", dids["ai_agent"]["id"], "routing_destination"},
			warning{"feature_off", "queue", queue["id"], "overflow.destination"},
			warning{"no_members", "queue", queue["id"], "members"},
			warning{"feature_off", "ai_agent", agent["id"], "number"},
		)
		o.api("POST", "/queues/"+queue["id"].(string)+"/members", object{"user_id": user["id"]}, http.StatusCreated)
		o.update(object{"settings": object{"features": object{"ai_agent": true}}})
		requireWarnings(t, o.api("GET", "/config/plan", nil, http.StatusOK))

		o.update(object{"settings": object{"features": object{"ivr": false, "conference": false}}})
		off := []warning{
			{"feature_off", "did", dids["ivr"]["id"], "routing_destination"},
			{"feature_off", "did", dids["conference"]["id"], "routing_destination"},
			{"feature_off", "ivr", menu["id"], "number"},
			{"feature_off", "ivr", menu["id"], "options.2.destination"},
			{"feature_off", "ivr", sub["id"], "number"},
			{"feature_off", "ivr", sub["id"], "options.*.destination"},
			{"feature_off", "conference", room["id"], "number"},
		}
		requireWarnings(t, o.api("GET", "/config/plan", nil, http.StatusOK), off...)
		requireWarnings(t, o.api("POST", "/config/deploy", nil, http.StatusOK), off...)
		history := o.api("GET", "/config/deployments?limit=1", nil, http.StatusOK)
		requireWarnings(t, history["items"].([]any)[0].(object), off...)
		o.update(object{"settings": object{"features": object{"ivr": true, "conference": true}}})
	})

	t.Run("a caller presses a key of the menu, and hears that it is switched off", func(t *testing.T) {
		toMenu := asterisktest.InboundCall{From: "+14155550100", To: "+49301237000"}
		call, err := carrier.Call(patience(t), p.pbx.SIPAddr(), toMenu)
		require.NoError(t, err)
		require.True(t, call.Answered(), "%d %s", call.StatusCode(), call.Reason())
		require.NoError(t, call.HeardAudio(patience(t), audible), "the greeting")
		require.NoError(t, call.SendDTMF(patience(t), "1"))
		answered, err := front.WaitIncoming(patience(t))
		require.NoError(t, err)
		requireTalk(t, call, answered)
		require.NoError(t, call.Hangup(patience(t)))
		require.NoError(t, answered.WaitDone(patience(t)))

		o.update(object{"settings": object{"features": object{"ivr": false}}})
		call, err = carrier.Call(patience(t), p.pbx.SIPAddr(), toMenu)
		require.NoError(t, err)
		require.False(t, call.Answered())
		require.GreaterOrEqual(t, call.Heard(), audible, "it is told")
		o.update(object{"settings": object{"features": object{"ivr": true}}})
	})

	t.Run("a ring is refused with the field named", func(t *testing.T) {
		back := object{"overflow": object{"type": "ivr", "destination": "7000"}}
		problem := o.api("PATCH", "/queues/"+queue["id"].(string), back, http.StatusUnprocessableEntity)
		broken := problem["errors"].([]any)[0].(object)
		require.Equal(t, "overflow.destination", broken["field"])
		require.Equal(t, "loop", broken["rule"])
	})

	t.Run("what calls lead to cannot be removed", func(t *testing.T) {
		for path, v := range map[string]object{"/ivrs/": menu, "/conferences/": room, "/ai-agents/": agent} {
			problem := o.api("DELETE", path+v["id"].(string), nil, http.StatusConflict)
			require.Equal(t, "in_use", problem["code"])
			require.NotEmpty(t, problem["used_by"])
		}
	})
}

// warning is what a plan warns of, without the text for people.
type warning struct {
	code, kind string
	id         any
	field      string
}

func requireWarnings(t *testing.T, answer object, want ...warning) {
	t.Helper()
	var got []warning
	for _, w := range answer["warnings"].([]any) {
		w := w.(object)
		require.NotEmpty(t, w["message"])
		got = append(got, warning{w["code"].(string), w["kind"].(string), w["id"], w["field"].(string)})
	}
	require.ElementsMatch(t, want, got)
}
