package httpapi

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/org/event"
	"github.com/orgpbx/orgpbx/resource/webhook"
)

func TestADeliveryThatWasNeverTriedIsDueSinceItsEvent(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, time.January, 5, 9, 30, 0, 0, time.UTC)
	d := webhook.NewDelivery("d", "w", event.Event{At: at})
	require.Equal(t, at, *showDelivery(d).NextAttemptAt)
	d.Attempts, d.Due = 1, at.Add(time.Minute)
	require.Equal(t, d.Due, *showDelivery(d).NextAttemptAt)
	d.State = webhook.Delivered
	require.Nil(t, showDelivery(d).NextAttemptAt)
}
