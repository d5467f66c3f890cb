package cdr

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/orgpbx/orgpbx/limits"
	"github.com/orgpbx/orgpbx/org/event"
)

// callData is what the event of a call says, in the words of the API.
type callData struct {
	ID            string      `json:"id"`
	Direction     Direction   `json:"direction"`
	Disposition   Disposition `json:"disposition"`
	Caller        string      `json:"caller"`
	CallerName    string      `json:"caller_name"`
	Called        string      `json:"called"`
	Endpoint      string      `json:"endpoint"`
	AnsweredBy    string      `json:"answered_by"`
	StartedAt     time.Time   `json:"started_at"`
	AnsweredAt    *time.Time  `json:"answered_at"`
	EndedAt       time.Time   `json:"ended_at"`
	BilledSeconds int         `json:"billed_seconds"`
	Emergency     bool        `json:"emergency"`
	DenialReason  string      `json:"denial_reason"`
	Recording     string      `json:"recording"`
	RelatedTo     string      `json:"related_to"`
}

// CallEvent returns the event of a call that was just saved: that it ended, or,
// when it was there before, that more of it is known.
func CallEvent(c Call, isNew bool) (event.Event, error) {
	kind := event.CallUpdated
	if isNew {
		kind = event.CallFinished
	}
	data := callData{
		ID: c.ID, Direction: c.Direction, Disposition: c.Disposition, Caller: c.Caller, CallerName: c.CallerName,
		Called: c.Called, Endpoint: c.Endpoint, AnsweredBy: c.AnsweredBy, StartedAt: c.StartedAt, EndedAt: c.EndedAt,
		BilledSeconds: c.BilledSeconds, Emergency: c.Emergency, DenialReason: c.Denial.Reason, Recording: c.Recording,
		RelatedTo: c.LinkedID,
	}
	if !c.AnsweredAt.IsZero() {
		data.AnsweredAt = &c.AnsweredAt
	}
	return event.New(kind, c.EndedAt, data)
}

// CallOf returns who took part in the call that an event of [CallEvent] tells of: its
// id, numbers, name and endpoints, and no more.
func CallOf(e event.Event) (Call, error) {
	var data callData
	if err := json.Unmarshal([]byte(e.Data), &data); err != nil {
		return Call{}, fmt.Errorf("read the event of a call: %w", err)
	}
	return Call{
		ID: data.ID, Caller: data.Caller, CallerName: data.CallerName, Called: data.Called,
		Endpoint: data.Endpoint, AnsweredBy: data.AnsweredBy,
	}, nil
}

// Event returns the event of a notice.
func (n Notice) Event(at time.Time) (event.Event, error) {
	kind := event.UsageNear
	if n.Percent >= 100 {
		kind = event.UsageOver
	}
	return event.New(kind, at, struct {
		Resource limits.Kind `json:"resource"`
		Month    string      `json:"month"`
		Percent  int         `json:"percent"`
	}{n.Kind, n.Month, n.Percent})
}
