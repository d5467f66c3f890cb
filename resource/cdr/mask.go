package cdr

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/org/event"
	"github.com/orgpbx/orgpbx/org/mask"
)

// mask hides who called whom in calls that leave the service, where the
// organisation has masking on.
func (s *Service) mask(ctx context.Context, o org.Organization, calls ...*Call) error {
	if !o.Compliance.PIIMasking {
		return nil
	}
	numbers := make([]string, 0, 2*len(calls))
	for _, c := range calls {
		numbers = append(numbers, c.Caller, c.Called)
	}
	own, err := mask.OwnOf(ctx, s.store, o, numbers...)
	if err != nil {
		return err
	}
	for _, c := range calls {
		maskParties(own, c.Direction, &c.Caller, &c.CallerName, &c.Called)
	}
	return nil
}

// maskParties hides numbers that are not the organisation's own. A name stays beside
// an own number only, where it is that of a colleague: a caller from outside may show
// any number.
func maskParties(own mask.Own, d Direction, caller, name, called *string) {
	if d == In || !own.Has(*caller) {
		*name = mask.Text(*name)
	}
	*caller, *called = own.Number(*caller), own.Number(*called)
}

// maskFilter keeps a search from telling what is masked: whoever could look for a
// part of a number would find it digit by digit, and for a whole one by trying all that
// a mask leaves, or a list of people. So only own numbers can be looked for, as a whole.
func (s *Service) maskFilter(ctx context.Context, o org.Organization, f *Filter) error {
	if !o.Compliance.PIIMasking || f.Query == "" {
		return nil
	}
	own, err := mask.OwnOf(ctx, s.store, o, f.Query)
	if err != nil {
		return err
	}
	if !own.Has(f.Query) {
		return org.Invalid("q", "masked", "must be a whole extension or DID of the organization: its calls are masked")
	}
	f.Numbers, f.Query = mask.Forms(f.Query), ""
	return nil
}

// TellsOfCall reports whether an event is one that [CallEvent] makes.
func TellsOfCall(e event.Event) bool {
	return slices.Contains([]event.Type{event.CallFinished, event.CallUpdated}, e.Type)
}

// MaskEvent returns an event as it may leave the platform: that of a call is masked
// where the organisation has masking on now. It returns errors of the store.
func MaskEvent(ctx context.Context, numbers mask.Numbers, o org.Organization, e event.Event) (event.Event, error) {
	if !o.Compliance.PIIMasking || !TellsOfCall(e) {
		return e, nil
	}
	var data callData
	if err := json.Unmarshal([]byte(e.Data), &data); err != nil {
		return event.Event{}, fmt.Errorf("mask the event of a call: %w", err)
	}
	own, err := mask.OwnOf(ctx, numbers, o, data.Caller, data.Called)
	if err != nil {
		return event.Event{}, err
	}
	maskParties(own, data.Direction, &data.Caller, &data.CallerName, &data.Called)
	text, err := json.Marshal(data)
	if err != nil {
		return event.Event{}, fmt.Errorf("mask the event of a call: %w", err)
	}
	e.Data = string(text)
	return e, nil
}
