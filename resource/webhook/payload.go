package webhook

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/org/event"
	"github.com/orgpbx/orgpbx/org/mask"
	"github.com/orgpbx/orgpbx/resource/cdr"
)

// payload is the body of a request.
type payload struct {
	ID             string          `json:"id"`
	Type           event.Type      `json:"type"`
	Timestamp      time.Time       `json:"timestamp"`
	OrganizationID string          `json:"organization_id"`
	Data           json.RawMessage `json:"data"`
}

// body is what a receiver reads of an event, and the one place through which
// everything passes that leaves the platform in a webhook. What the organisation
// wants to be masked now is masked, whenever the event was.
func body(ctx context.Context, numbers mask.Numbers, o org.Organization, e event.Event) ([]byte, error) {
	e, err := cdr.MaskEvent(ctx, numbers, o, e)
	if err != nil {
		return nil, err
	}
	text, err := json.Marshal(payload{
		ID: e.ID, Type: e.Type, Timestamp: e.At, OrganizationID: o.ID, Data: json.RawMessage(e.Data),
	})
	if err != nil {
		return nil, fmt.Errorf("write the payload of a webhook: %w", err)
	}
	return text, nil
}
