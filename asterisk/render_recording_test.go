package asterisk_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/asterisk"
	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/resource"
)

// recordedEverywhere is the example with recording switched on at every line.
func recordedEverywhere() resource.Snapshot {
	s := exampleSnapshot()
	s.Organization.Settings.RecordingEnabled = true
	s.Organization.Settings.Features.CallRecording = true
	s.Organization.Compliance.RecordingConsent = org.OptOut
	for i := range s.DIDs {
		s.DIDs[i].RecordingEnabled = true
	}
	for i := range s.Queues {
		s.Queues[i].RecordingEnabled = true
	}
	for i := range s.OutboundRoutes {
		s.OutboundRoutes[i].RecordingEnabled = true
	}
	return s
}

// dialplanOf is the organisation's dialplan as it is written.
func dialplanOf(s resource.Snapshot) string { return string(asterisk.Render(s).Files[1].Bytes()) }

func TestNothingIsRecordedUnlessEverySwitchIsOn(t *testing.T) {
	t.Parallel()
	require.Contains(t, dialplanOf(recordedEverywhere()), "opt_out")
	for name, off := range map[string]func(*resource.Snapshot){
		"the feature":               func(s *resource.Snapshot) { s.Organization.Settings.Features.CallRecording = false },
		"the organisation's switch": func(s *resource.Snapshot) { s.Organization.Settings.RecordingEnabled = false },
		"the lines": func(s *resource.Snapshot) {
			s.DIDs[0].RecordingEnabled, s.DIDs[1].RecordingEnabled, s.DIDs[2].RecordingEnabled = false, false, false
			s.DIDs[3].RecordingEnabled, s.Queues[0].RecordingEnabled = false, false
			for i := range s.OutboundRoutes {
				s.OutboundRoutes[i].RecordingEnabled = false
			}
		},
	} {
		s := recordedEverywhere()
		off(&s)
		require.NotContains(t, dialplanOf(s), "opt_out", name)
	}
}

func TestAModeThatNobodyKnowsIsTheStrictest(t *testing.T) {
	t.Parallel()
	for _, mode := range []org.Consent{"", "canary", "announcement,1)\n", org.ExplicitOptIn} {
		s := recordedEverywhere()
		s.Organization.Compliance.RecordingConsent = mode
		require.Contains(t, dialplanOf(s), "Gosub(orgpbx-record,s,1(k3v9x2m4,explicit_opt_in))")
		require.NotContains(t, dialplanOf(s), "canary")
	}
}

// Whoever is told that his call cannot be is not asked for consent before.
func TestACallThatIsRefusedIsNotRecorded(t *testing.T) {
	t.Parallel()
	s := recordedEverywhere()
	nowhere := s.DIDs[0]
	nowhere.ID, nowhere.Number, nowhere.Routing = "0198f2a4-0000-7000-8000-0000000000cf", "+15550100009",
		resource.Destination{Type: resource.ToExtension, Number: "9999"}
	s.DIDs = append(s.DIDs, nowhere)
	_, steps, found := strings.Cut(dialplanOf(s), "exten => 15550100009,1,")
	require.True(t, found)
	steps, _, _ = strings.Cut(steps, "exten =>")
	require.Contains(t, steps, "Goto(orgpbx-refuse,")
	require.NotContains(t, steps, "orgpbx-record")
}
