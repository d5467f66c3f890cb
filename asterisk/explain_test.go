package asterisk_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/asterisk"
	"github.com/orgpbx/orgpbx/limits"
	"github.com/orgpbx/orgpbx/resource"
)

func TestExplainTellsWhichSettingsChange(t *testing.T) {
	t.Parallel()
	modify := func(object, name string, settings ...resource.SettingChange) resource.ObjectChange {
		return resource.ObjectChange{Change: resource.Change{Action: resource.Modify, Object: object, Name: name}, Settings: settings}
	}
	for name, test := range map[string]struct {
		edit func(*resource.Snapshot)
		want []resource.ObjectChange
	}{
		"nothing": {func(*resource.Snapshot) {}, nil},
		"a limit has both values": {
			func(s *resource.Snapshot) { s.Organization.Limits.ConcurrentCalls = limits.AtMost(7) },
			[]resource.ObjectChange{modify("global", "ORGPBX_k3v9x2m4_CALLS",
				resource.SettingChange{Action: resource.Modify, Name: "ORGPBX_k3v9x2m4_CALLS", Old: "30", New: "7"})},
		},
		"a digest is a secret": {
			func(s *resource.Snapshot) { s.Users[0].SIP.MD5 = "00000000000000000000000000000000" },
			[]resource.ObjectChange{modify("auth", "k3v9x2m4-a7b2c3d4",
				resource.SettingChange{Action: resource.Modify, Name: "password_digest", Secret: true})},
		},
		"a member who is asked later has both lines": {
			func(s *resource.Snapshot) { s.Queues[0].Members[0].Penalty = 3 },
			[]resource.ObjectChange{modify("queue", "k3v9x2m4-2001",
				resource.SettingChange{
					Action: resource.Modify, Name: "member",
					Old: memberLine(t, 0), New: strings.Replace(memberLine(t, 0), ",0,", ",3,", 1),
				})},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := exampleSnapshot()
			test.edit(&s)
			require.Equal(t, test.want, asterisk.Explain(asterisk.Render(exampleSnapshot()), asterisk.Render(s)))
		})
	}
}

// memberLine is what the nth member of the example's queue is in Asterisk.
func memberLine(t *testing.T, n int) string {
	t.Helper()
	for o := range asterisk.Render(exampleSnapshot()).Objects() {
		for _, l := range o.Lines {
			if o.Kind != asterisk.KindQueue || l.Key != "member" {
				continue
			}
			if n == 0 {
				return l.Value
			}
			n--
		}
	}
	require.Fail(t, "no such member")
	return ""
}

func TestExplainNamesTheObjectsThatDiffNames(t *testing.T) {
	t.Parallel()
	config := asterisk.Render(exampleSnapshot())
	for _, c := range [][2]asterisk.Config{{{}, config}, {config, {}}} {
		explained, diff := asterisk.Explain(c[0], c[1]), asterisk.Diff(c[0], c[1])
		require.Len(t, explained, len(diff))
		for i, change := range explained {
			require.Equal(t, diff[i], change.Change)
			require.NotEmpty(t, change.Settings)
			for _, s := range change.Settings {
				require.Equal(t, change.Action, s.Action)
			}
		}
	}
}

func TestExplainShowsNoSecretOfTheExample(t *testing.T) {
	t.Parallel()
	s := exampleSnapshot()
	secrets := []string{}
	for _, u := range s.Users {
		secrets = append(secrets, u.SIP.MD5)
	}
	for _, p := range s.TrunkPasswords {
		secrets = append(secrets, p.Reveal())
	}
	require.NotEmpty(t, s.TrunkPasswords)
	config := asterisk.Render(s)
	text := fmt.Sprintf("%+v%+v", asterisk.Explain(asterisk.Config{}, config), asterisk.Explain(config, asterisk.Config{}))
	for _, secret := range secrets {
		require.NotContains(t, text, secret)
	}
}

func TestExplainKeepsLinesThatStayedInTheMiddle(t *testing.T) {
	t.Parallel()
	config := func(lines ...string) asterisk.Config {
		section := asterisk.Section{Name: "a", Kind: asterisk.KindContext}
		for _, l := range lines {
			section.Lines = append(section.Lines, asterisk.Line{Key: "exten", Value: l})
		}
		return asterisk.Config{Prefix: "a", Files: []asterisk.File{{Name: "extensions", Sections: []asterisk.Section{section}}}}
	}
	var edits []string
	for _, s := range asterisk.Explain(config("a", "b", "c", "d", "e"), config("a", "x", "c", "y", "z", "e"))[0].Settings {
		edits = append(edits, string(s.Action)+" "+s.Old+s.New)
	}
	require.Equal(t, "delete b, add x, delete d, add y, add z", strings.Join(edits, ", "))

	large := make([]string, 3000)
	for i := range large {
		large[i] = fmt.Sprint(i)
	}
	other := make([]string, 3000)
	for i := range other {
		other[i] = fmt.Sprint(-i - 1)
	}
	require.Len(t, asterisk.Explain(config(large...), config(other...))[0].Settings, 6000)
}
