package asterisk_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/asterisk/asterisktest"
	"github.com/orgpbx/orgpbx/resource"
)

// waits says yes to a notification of a mailbox with so many new messages.
func waits(messages string) func(asterisktest.Notification) bool {
	return func(n asterisktest.Notification) bool {
		return n.Event == "message-summary" && strings.Contains(n.Body, "Voice-Message: "+messages+"/")
	}
}

func TestAMessageIsLeftShownAndHeard(t *testing.T) {
	t.Parallel()
	p := startPBX(t, "127.0.0.65", nil)
	first, second := p.phone(t, "aaaa1111", 1), p.phone(t, "aaaa1111", 2)
	_, err := first.WaitNotification(patient(t), waits("0"))
	require.NoError(t, err)

	first.OnIncoming(asterisktest.Busy)
	caller, err := second.Call(patient(t), "1001")
	require.NoError(t, err)
	require.True(t, caller.Answered())
	press(t, caller, "#") // not to hear the greeting to its end
	require.NoError(t, caller.SendTone(patient(t), 440, 4*time.Second))
	require.NoError(t, caller.Hangup(patient(t)))
	_, err = first.WaitNotification(patient(t), waits("1"))
	require.NoError(t, err)

	listen, err := first.Call(patient(t), "*97")
	require.NoError(t, err)
	require.True(t, listen.Answered())
	require.NoError(t, listen.HeardAudio(patient(t), time.Second))
	before := listen.Heard()
	require.NoError(t, listen.SendDTMF(patient(t), "1"))
	require.NoError(t, listen.HeardAudio(patient(t), before+4*time.Second), "the message")
	require.NoError(t, listen.SendDTMF(patient(t), "7")) // delete it
	require.NoError(t, listen.HeardAudio(patient(t), listen.Heard()+500*time.Millisecond))
	require.NoError(t, listen.Hangup(patient(t)))
	_, err = p.phone(t, "aaaa1111", 1).WaitNotification(patient(t), waits("0"))
	require.NoError(t, err)
}

func TestWithoutVoicemailNothingIsLeft(t *testing.T) {
	t.Parallel()
	p := startPBX(t, "127.0.0.66", func(_ string, s *resource.Snapshot) {
		s.Organization.Settings.Features.Voicemail = false
	})
	first, second := p.phone(t, "aaaa1111", 1), p.phone(t, "aaaa1111", 2)
	first.OnIncoming(asterisktest.Busy)
	requireStatus(t, second, "1001", 486)
	require.NoError(t, first.Unregister(patient(t)))
	requireStatus(t, second, "1001", 480)
	require.Contains(t, p.cli(t, "voicemail show users for aaaa1111"), "no voicemail users")

	requireRefused(t, p, second, "feature_off", 403, "*97")
	refused := p.call(t, "+15550101003")
	require.Equal(t, 403, refused.StatusCode())
	require.True(t, refused.EarlyMedia())
}
