package asterisk_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/asterisk"
	"github.com/orgpbx/orgpbx/limits"
	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/resource"
)

var update = flag.Bool("update", false, "write the golden files anew")

func TestRenderedFilesAreTheGoldenOnes(t *testing.T) {
	t.Parallel()
	for name, snapshot := range map[string]resource.Snapshot{
		"example":   exampleSnapshot(),
		"suspended": suspendedSnapshot(),
		"empty":     emptySnapshot(),
		"unlimited": unlimitedSnapshot(),
		"hostile":   hostileSnapshot(hostileExample),
		"recorded":  recordedEverywhere(),
		"places":    placesSnapshot(),
		"off":       featurelessSnapshot(),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			config := asterisk.Render(snapshot)
			require.Len(t, config.Files, 4)
			for _, f := range config.Files {
				requireGolden(t, filepath.Join("testdata", name, f.Name+".conf"), f.Bytes())
			}
		})
	}
}

func TestSharedFilesAreTheGoldenOnes(t *testing.T) {
	t.Parallel()
	files, err := asterisk.BaseFiles(asterisk.BaseOptions{Dir: "/etc/asterisk/orgpbx"})
	require.NoError(t, err)
	require.Len(t, files, 4)
	for _, f := range files {
		requireGolden(t, filepath.Join("testdata", "shared", f.Path), f.Text)
	}
}

func requireGolden(t *testing.T, path string, got []byte) {
	t.Helper()
	if *update {
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o750))
		require.NoError(t, os.WriteFile(path, got, 0o600))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, string(want), string(got))
}

func suspendedSnapshot() resource.Snapshot {
	s := exampleSnapshot()
	s.Organization.Status = org.Suspended
	return s
}

func emptySnapshot() resource.Snapshot {
	s := exampleSnapshot()
	return resource.Snapshot{Organization: s.Organization}
}

// unlimitedSnapshot has no limits, and the features that render anything are
// off.
func unlimitedSnapshot() resource.Snapshot {
	s := exampleSnapshot()
	s.Organization.Limits.ConcurrentCalls = limits.Unlimited()
	s.Organization.Settings.Features = org.Features{}
	for i := range s.Trunks {
		s.Trunks[i].MaxChannels = limits.Unlimited()
	}
	return s
}

func TestRenamedOrganizationRendersTheSameBytes(t *testing.T) {
	t.Parallel()
	before := asterisk.Render(exampleSnapshot())
	renamed := exampleSnapshot()
	renamed.Organization.Name = "Somebody-Else"
	renamed.Organization.Version++
	renamed.Organization.Config.Raise()
	after := asterisk.Render(renamed)

	require.Equal(t, before, after)
	require.Empty(t, asterisk.Diff(before, after))
	for i, f := range after.Files {
		require.True(t, bytes.Equal(before.Files[i].Bytes(), f.Bytes()))
		require.NotContains(t, string(f.Bytes()), "Somebody")
	}
}

func TestRenderDoesNotTouchItsSnapshot(t *testing.T) {
	t.Parallel()
	s := exampleSnapshot()
	asterisk.Render(s)
	require.Equal(t, exampleSnapshot(), s)
}

func TestWhatCannotWorkIsLeftOut(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		edit func(*resource.Snapshot)
		gone string // in no file
		was  string // in a file of the unchanged example
	}{
		"a phone without a credential": {
			func(s *resource.Snapshot) { s.Users[0].SIP = resource.SIPCredential{} },
			"[k3v9x2m4-a7b2c3d4]", "[k3v9x2m4-a7b2c3d4]",
		},
		"a trunk that would register with us without a password": {
			func(s *resource.Snapshot) { delete(s.TrunkPasswords, inboundTrunk) },
			"[k3v9x2m4-in-branch]", "[k3v9x2m4-in-branch]",
		},
		"a trunk that registers without a password": {
			func(s *resource.Snapshot) { s.TrunkPasswords = nil },
			"type = registration", "type = registration",
		},
		"a route over a trunk that is not there": {
			func(s *resource.Snapshot) { s.OutboundRoutes[0].TrunkID = "another" },
			"route-0000000000d1", "route-0000000000d1",
		},
		"a pattern that Asterisk cannot read": {
			func(s *resource.Snapshot) { s.OutboundRoutes[0].DialPattern = "_[1" },
			"route-0000000000d1", "route-0000000000d1",
		},
		"a caller id that is not the organisation's": {
			func(s *resource.Snapshot) { s.Users[0].OutboundCallerID = "+15557777777" },
			"callerid_tag", "callerid_tag",
		},
		"a mailbox where the organisation has no voicemail": {
			func(s *resource.Snapshot) { s.Organization.Settings.Features.Voicemail = false },
			"1001@k3v9x2m4", "1001@k3v9x2m4",
		},
		"a member who is not a user": {
			func(s *resource.Snapshot) { s.Queues[0].Members[0].UserID = "another" },
			"member => Local/k3v9x2m4-a7b2c3d4@", "member => Local/k3v9x2m4-a7b2c3d4@",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Contains(t, allText(asterisk.Render(exampleSnapshot())), test.was)
			s := exampleSnapshot()
			test.edit(&s)
			require.NotContains(t, allText(asterisk.Render(s)), test.gone)
		})
	}
}

func TestObjectsThatWouldBeThereTwiceAreRenderedOnce(t *testing.T) {
	t.Parallel()
	s := placesSnapshot()
	s.Users = append(s.Users, s.Users...)
	s.Trunks = append(s.Trunks, s.Trunks...)
	s.Queues = append(s.Queues, s.Queues...)
	s.DIDs = append(s.DIDs, s.DIDs...)
	s.OutboundRoutes = append(s.OutboundRoutes, s.OutboundRoutes...)
	s.IVRs = append(s.IVRs, s.IVRs...)
	s.Conferences = append(s.Conferences, s.Conferences...)
	s.AIAgents = append(s.AIAgents, s.AIAgents...)
	require.Equal(t, allText(asterisk.Render(placesSnapshot())), allText(asterisk.Render(s)))
}

func allText(c asterisk.Config) string {
	var b strings.Builder
	for _, f := range c.Files {
		b.Write(f.Bytes())
	}
	return b.String()
}

func BenchmarkRender(b *testing.B) {
	s := fullSnapshot()
	for b.Loop() {
		for _, f := range asterisk.Render(s).Files {
			if len(f.Bytes()) == 0 {
				b.Fatal("an empty file")
			}
		}
	}
}

// fullSnapshot has 50 users, 10 DIDs and 10 queues of five members.
func fullSnapshot() resource.Snapshot {
	s := exampleSnapshot()
	users, dids, queues := s.Users, s.DIDs, s.Queues
	s.Users, s.DIDs, s.Queues = nil, nil, nil
	for i := range 50 {
		u := users[i%2]
		suffix := string(rune('a'+i/10)) + string(rune('0'+i%10))
		u.ID += suffix
		u.Extension = "1" + string(rune('0'+i/10)) + string(rune('0'+i%10))
		u.SIP.Username = "k3v9x2m4-abcdef" + suffix
		s.Users = append(s.Users, u)
	}
	for i := range 10 {
		d, q := dids[i%5], queues[0].Clone()
		d.ID, q.ID = d.ID+string(rune('0'+i)), q.ID+string(rune('0'+i))
		d.Number = "+1555010100" + string(rune('0'+i))
		q.Number = "20" + string(rune('0'+i))
		q.Members = nil
		for _, u := range s.Users[i*5 : i*5+5] {
			q.Members = append(q.Members, resource.QueueMember{UserID: u.ID})
		}
		s.DIDs, s.Queues = append(s.DIDs, d), append(s.Queues, q)
	}
	return s
}
