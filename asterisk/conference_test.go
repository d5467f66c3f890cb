package asterisk_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/resource"
)

func TestARoomIsForItsOrganizationOnly(t *testing.T) {
	t.Parallel()
	p := startPlaces(t, "127.0.0.61", func(_ string, s *resource.Snapshot) {
		s.DIDs[4].Routing = resource.Destination{Type: resource.ToConference, Number: "4002"}
	})
	first := answered(t, p.phone(t, "aaaa1111", 1), "4002")
	require.NoError(t, first.HeardAudio(patient(t), time.Second), "alone in a room there is music")
	second := answered(t, p.phone(t, "aaaa1111", 2), "4002")
	requireBoth(t, first, second)

	stranger := answered(t, p.phone(t, "bbbb2222", 1), "4002")
	outside := p.call(t, "+15550102005")
	require.True(t, outside.Answered())
	before := first.HeardVoice() + second.HeardVoice()
	requireBoth(t, stranger, outside)
	// A frame of what the two said before may have been under way; of a stranger there would be ten.
	require.Less(t, first.HeardVoice()+second.HeardVoice()-before, 100*time.Millisecond, "another organisation is heard in the room")
	rooms := p.cli(t, "confbridge list")
	require.Regexp(t, `aaaa1111-4002 +2 `, rooms)
	require.Regexp(t, `bbbb2222-4002 +2 `, rooms)
}

func TestARoomWithAPINLetsInWhoKnowsIt(t *testing.T) {
	t.Parallel()
	p := startPlaces(t, "127.0.0.62", func(_ string, s *resource.Snapshot) {
		s.DIDs[4].Routing = resource.Destination{Type: resource.ToConference, Number: "4001"}
	})
	first := answered(t, p.phone(t, "aaaa1111", 1), "4001")
	p.awaitSteps(t, "ReadExten", 1)
	require.NoError(t, first.SendDTMF(patient(t), "5#"))
	p.awaitSteps(t, "ReadExten", 2)
	require.NoError(t, first.SendDTMF(patient(t), "471100#"))
	p.awaitSteps(t, "ConfBridge", 1)

	// A pause ends it too.
	second := answered(t, p.phone(t, "aaaa1111", 2), "4001")
	p.awaitSteps(t, "ReadExten", 3)
	require.NoError(t, second.SendDTMF(patient(t), "471100"))
	p.awaitSteps(t, "ConfBridge", 2)
	requireBoth(t, first, second)

	outside := p.callFrom(t, "+15557000001", "+15550101005")
	require.True(t, outside.Answered())
	for i, wrong := range []string{"47110#", "4711001#", "#"} {
		p.awaitSteps(t, "ReadExten", 4+i)
		require.NoError(t, outside.SendDTMF(patient(t), wrong))
	}
	require.NoError(t, outside.WaitDone(patient(t)))
	require.NotEqual(t, "ConfBridge", p.recordOf(t, "+15557000001")["lastapp"])
	require.NotContains(t, p.cli(t, "dialplan show bbbb2222-pin-4001"), "There is no existence")
	require.NotContains(t, p.Log(), "471100")
}

func TestAFullRoomTakesNobodyElse(t *testing.T) {
	t.Parallel()
	p := startPlaces(t, "127.0.0.63", func(_ string, s *resource.Snapshot) { s.Conferences[1].MaxMembers = 1 })
	first := answered(t, p.phone(t, "aaaa1111", 1), "4002")
	p.awaitSteps(t, "ConfBridge", 1)
	require.NoError(t, first.HeardAudio(patient(t), time.Second))
	refused, err := p.phone(t, "aaaa1111", 2).Call(patient(t), "4002")
	require.NoError(t, err)
	require.Equal(t, 486, refused.StatusCode())
	require.True(t, refused.EarlyMedia(), "the caller hears why")
	require.True(t, answered(t, p.phone(t, "bbbb2222", 1), "4002").Answered(), "another organisation's room is another one")
	require.NoError(t, first.Hangup(patient(t)))
	require.Eventually(t, func() bool {
		call, err := p.phone(t, "aaaa1111", 2).Call(patient(t), "4002")
		return err == nil && call.Answered()
	}, patience, 50*time.Millisecond, "the place is free again")
}
