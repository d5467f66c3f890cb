package org

import "github.com/orgpbx/orgpbx/org/event"

// StatusEvent returns the event of an organisation that was suspended or
// resumed by a change, and false when it was neither.
func StatusEvent(before, after Organization) (e event.Event, changed bool, err error) {
	if before.Status == after.Status {
		return event.Event{}, false, nil
	}
	kind := event.OrganizationResumed
	if after.Status == Suspended {
		kind = event.OrganizationSuspended
	}
	e, err = event.New(kind, after.UpdatedAt, struct {
		ID     string `json:"id"`
		Status Status `json:"status"`
	}{after.ID, after.Status})
	return e, err == nil, err
}
