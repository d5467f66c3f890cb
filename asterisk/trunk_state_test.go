package asterisk_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/asterisk"
	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/resource"
)

func TestTheStateOfTrunksIsReadFromWhatAsteriskShows(t *testing.T) {
	t.Parallel()
	registrations, contacts := asterisk.TrunkQueries("aaaa1111")
	require.Equal(t, "pjsip show registrations like ^aaaa1111-trunk-", registrations)
	require.Equal(t, "pjsip show aors like ^aaaa1111-(trunk|in)-", contacts)

	yes, no := true, false
	for name, tc := range map[string]struct {
		kind                  resource.TrunkType
		registration, contact string
		want                  resource.TrunkState
	}{
		"registered":          {resource.OutboundTrunk, "Registered        (exp. 3589s)", "Avail        11.362", resource.TrunkState{Line: resource.LineRegistered, Answers: &yes, NextTry: 3589 * time.Second}},
		"registered, unasked": {resource.OutboundTrunk, "Registered        (exp. 12s)", "NonQual        -nan", resource.TrunkState{Line: resource.LineRegistered, NextTry: 12 * time.Second}},
		"registered, silent":  {resource.OutboundTrunk, "Registered        (exp. 12s)", "Unavail         nan", resource.TrunkState{Line: resource.LineRegistered, Answers: &no, NextTry: 12 * time.Second}},
		"rejected":            {resource.OutboundTrunk, "Rejected          (exp. 57s)", "Avail        11.362", resource.TrunkState{Line: resource.LineRejected, Answers: &yes, NextTry: 57 * time.Second}},
		"nobody there":        {resource.OutboundTrunk, "Rejected          (exp. 57s)", "Unavail        -nan", resource.TrunkState{Line: resource.LineUnreachable, Answers: &no, NextTry: 57 * time.Second}},
		"trying":              {resource.OutboundTrunk, "Unregistered      (exp. 31s ago)", "Unknown        -nan", resource.TrunkState{Line: resource.LineUnregistered}},
		"of an older version": {resource.OutboundTrunk, "Registered", "Avail        11.362", resource.TrunkState{Line: resource.LineRegistered, Answers: &yes}},
		"inbound":             {resource.InboundTrunk, "", "Avail        12.506", resource.TrunkState{Line: resource.LineRegistered, Answers: &yes}},
		"inbound, unasked":    {resource.InboundTrunk, "", "NonQual        -nan", resource.TrunkState{Line: resource.LineRegistered}},
		"inbound, gone":       {resource.InboundTrunk, "", "Unavail        -nan", resource.TrunkState{Line: resource.LineUnreachable, Answers: &no}},
		"inbound, never":      {resource.InboundTrunk, "", "", resource.TrunkState{Line: resource.LineUnregistered}},
		"peer":                {resource.PeerToPeerTrunk, "", "Avail         2.252", resource.TrunkState{Line: resource.LineReachable, Answers: &yes}},
		"peer, gone":          {resource.PeerToPeerTrunk, "", "Unavail        -nan", resource.TrunkState{Line: resource.LineUnreachable, Answers: &no}},
		"peer, unasked":       {resource.PeerToPeerTrunk, "", "NonQual        -nan", resource.TrunkState{Line: resource.LineUnknown}},
	} {
		trunk := resource.Trunk{Meta: resource.Meta{ID: "0198f2a0-0000-7000-8000-0000000000b1"}, Type: tc.kind}
		endpoint := "aaaa1111-trunk-0000000000b1"
		if tc.kind == resource.InboundTrunk {
			trunk.SIPUsername = "aaaa1111-in-branch"
			endpoint = trunk.SIPUsername
		}
		s := resource.Snapshot{Organization: org.Organization{ContextPrefix: "aaaa1111"}, Trunks: []resource.Trunk{trunk}}
		registrations := " <Registration/ServerURI..............................>  <Auth....................>  <Status.......>\n"
		if tc.registration != "" {
			registrations += " " + endpoint + "/sip:127.0.0.1:19001    " + endpoint + "   " + tc.registration + "\n\nObjects found: 1\n"
		}
		contacts := "      Aor:  <Aor..............................................>  <MaxContact>\n" +
			"    Contact:  <Aor/ContactUri............................> <Hash....> <Status> <RTT(ms)..>\n\n" +
			"      Aor:  " + endpoint + "                                    0\n"
		if tc.contact != "" {
			contacts += "    Contact:  " + endpoint + "/sip:127.0.0.1:19001        c05e96af6c " + tc.contact + "\n"
		}
		require.Equal(t, map[string]resource.TrunkState{trunk.ID: tc.want}, asterisk.TrunkStates(s, registrations, contacts), name)

		s.Organization.ContextPrefix = "bbbb2222" // what it has is named otherwise
		s.Trunks[0].SIPUsername = "bbbb2222-in-branch"
		require.Empty(t, asterisk.TrunkStates(s, registrations, contacts), name)
		require.Empty(t, asterisk.TrunkStates(s, "", ""), name)
	}
}
