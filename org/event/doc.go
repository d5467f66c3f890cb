// Package event names what an organisation's own systems are told of when it
// happens: a closed list of types, and the event itself. Services make events,
// and a store saves them in the transaction of the change that they tell of;
// package resource/webhook delivers them.
//
//	e, err := event.New(event.OrganizationSuspended, now, map[string]string{"id": o.ID})
package event
