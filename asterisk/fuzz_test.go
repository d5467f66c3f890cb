package asterisk_test

import (
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/orgpbx/orgpbx/asterisk"
	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/resource"
)

func FuzzNoStringGetsOutOfItsPlace(f *testing.F) {
	for _, text := range hostileTexts() {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		requireHarmless(t, asterisk.Render(hostileSnapshot(text)))

		config := asterisk.Render(freeTextSnapshot(text))
		requireHarmless(t, config)
		require.Equal(t, structure(asterisk.Render(freeTextSnapshot(""))), structure(config))
	})
}

// freeTextSnapshot is the example with a text put where people type what they
// like, and where a password or the name of a music class is.
func freeTextSnapshot(text string) resource.Snapshot {
	s := placesSnapshot()
	s.Organization.Name += text
	for i := range s.Users {
		s.Users[i].FullName += text
		s.Users[i].Username += text
		s.Users[i].Email += text
		s.Users[i].SIP.Realm += text
	}
	for i := range s.Trunks {
		s.Trunks[i].Name += text
		s.Trunks[i].ContactUser += text
		s.Trunks[i].Host += text
	}
	for id, password := range s.TrunkPasswords {
		s.TrunkPasswords[id] = password + org.Secret(text)
	}
	for i := range s.DIDs {
		s.DIDs[i].Description += text
	}
	for i := range s.Queues {
		s.Queues[i].Name += text
		s.Queues[i].MusicOnHold += text
	}
	for i := range s.OutboundRoutes {
		s.OutboundRoutes[i].Name += text
	}
	for i := range s.IVRs {
		s.IVRs[i].Name += text
	}
	for i := range s.Conferences {
		s.Conferences[i].Name += text
	}
	for i := range s.AIAgents {
		s.AIAgents[i].Name += text
	}
	return s
}

// identifyHash is the end of an identify's name, which is of the host.
var identifyHash = regexp.MustCompile(`-[0-9a-f]{8}$`)

// structure is what of a configuration no free text may change: every section
// and key, and the whole dialplan.
func structure(c asterisk.Config) []string {
	var is []string
	for _, f := range c.Files {
		for _, s := range f.Sections {
			name := s.Name
			if s.Kind == asterisk.KindIdentify {
				name = identifyHash.ReplaceAllString(name, "")
			}
			is = append(is, f.Name+"["+name+"]"+s.Kind)
			for _, l := range s.Lines {
				is = append(is, l.Key)
				if f.Name == "extensions" {
					is = append(is, l.Value)
				}
			}
		}
	}
	return is
}

// requireHarmless checks that Asterisk reads from the files exactly the
// sections and settings of the configuration, that all of them belong to the
// organisation, and that the dialplan is made of what this package puts there.
func requireHarmless(t *testing.T, c asterisk.Config) {
	t.Helper()
	require.Regexp(t, `^[A-Za-z0-9_]{1,21}$`, c.Prefix)
	unique := map[string]bool{}
	for _, f := range c.Files {
		text := f.Bytes()
		require.True(t, utf8.Valid(text))
		sections, err := readAsAsterisk(text)
		require.NoError(t, err)
		require.Len(t, sections, len(f.Sections))
		for i, s := range f.Sections {
			object := f.Name + "[" + s.Name + "]" + s.Kind
			require.False(t, unique[object], object)
			unique[object] = true
			requireOwned(t, c.Prefix, s)
			require.Equal(t, s.Name, sections[i].name)
			require.Len(t, sections[i].lines, len(s.Lines))
			for j, l := range s.Lines {
				require.Equal(t, readLine{l.Key, l.Value, l.Arrow}, sections[i].lines[j])
				requireKnownLine(t, s.Kind, l)
			}
		}

		again, err := asterisk.ParseFile(f.Name, text)
		require.NoError(t, err)
		require.Equal(t, f, again)
	}
}

func requireOwned(t *testing.T, prefix string, s asterisk.Section) {
	t.Helper()
	switch s.Kind {
	case asterisk.KindGlobals:
		require.Equal(t, "globals", s.Name)
	case asterisk.KindDIDs:
		require.Regexp(t, `^orgpbx-dids-[0-9]{1,3}$`, s.Name)
	case asterisk.KindMailboxes:
		require.Equal(t, prefix, s.Name)
		require.NotContains(t, []string{"general", "default", "zonemessages"}, strings.ToLower(s.Name))
	default:
		require.Regexp(t, `^[A-Za-z0-9_.+-]{1,79}$`, s.Name)
		require.True(t, strings.HasPrefix(s.Name, prefix+"-"), s.Name)
	}
}

// The parts of the dialplan, as they may look and no other way.
const (
	dialArgument = `(?:[A-Za-z0-9_.+@*#:-]*(?:\$\{EXTEN(?::[0-9]+)?\})?|\$\{FILTER\(0-9(?:\*#\+)?,\$\{EXTEN\}\)\})`
	dialStep     = `(?:Gosub\(orgpbx-[a-z-]+,[A-Za-z0-9_.+-]+,1(?:\(` + dialArgument + `(?:,` + dialArgument + `)*\))?\)` +
		`|Goto\([A-Za-z0-9_-]+,` + dialArgument + `,1\)|Park\([A-Za-z0-9_]+,c\(orgpbx-unparked,s,1\)\)|Hangup\(\)|Return\(\))`
	endpoint      = `[A-Za-z0-9_.+-]+`
	dialExtension = `(?:_[0-9XxZzNn*#+.!\[\]-]+|[0-9*]+|#|i|fallback|` + endpoint + `)`
)

var (
	firstStep = regexp.MustCompile(`^` + dialExtension + `,(?:1,` + dialStep +
		`|hint,(?:(?:PJSIP/` + endpoint + `&)?Custom:` + endpoint + `|park:\$\{EXTEN:1\}@[A-Za-z0-9_]+-parking))$`)
	nextStep   = regexp.MustCompile(`^n,` + dialStep + `$`)
	globalName = regexp.MustCompile(`^ORGPBX_[A-Za-z0-9_]+_(STATUS|CALLS|CHANNELS)$`)
	globalIs   = regexp.MustCompile(`^(active|suspended|\d+)$`)
	member     = regexp.MustCompile(`^Local/` + endpoint + `@[A-Za-z0-9_]+-agents/n,[0-9]+,[^,;"\\()\[\]{}$]+,` +
		`(?:PJSIP/|Custom:)` + endpoint + `$`)
	mailbox   = regexp.MustCompile(`^-closed,[^,;"\\()\[\]{}$|]*$`)
	lowerCase = regexp.MustCompile(`^[a-z_]+$`)
)

func requireKnownLine(t *testing.T, kind string, l asterisk.Line) {
	t.Helper()
	switch {
	case kind == asterisk.KindGlobals:
		require.Regexp(t, globalName, l.Key)
		require.Regexp(t, globalIs, l.Value)
	case l.Key == "exten":
		require.Regexp(t, firstStep, l.Value)
	case l.Key == "same":
		require.Regexp(t, nextStep, l.Value)
	case l.Key == "member":
		require.Regexp(t, member, l.Value)
	case kind == asterisk.KindMailboxes:
		require.Regexp(t, `^[0-9]+$`, l.Key)
		require.Regexp(t, mailbox, l.Value)
	default:
		require.Regexp(t, lowerCase, l.Key)
		require.NotContains(t, []string{asterisk.KindContext, asterisk.KindDIDs}, kind)
	}
}

func TestWriterKeepsTheStructureOfAnyFile(t *testing.T) {
	t.Parallel()
	text := rapid.OneOf(rapid.String(), rapid.SampledFrom(hostileTexts()))
	line := rapid.Custom(func(t *rapid.T) asterisk.Line {
		return asterisk.Line{Key: text.Draw(t, "key"), Value: text.Draw(t, "value"), Arrow: rapid.Bool().Draw(t, "arrow")}
	})
	section := rapid.Custom(func(t *rapid.T) asterisk.Section {
		return asterisk.Section{
			Name: text.Draw(t, "name"), Kind: text.Draw(t, "kind"), Lines: rapid.SliceOfN(line, 0, 3).Draw(t, "lines"),
		}
	})
	rapid.Check(t, func(t *rapid.T) {
		f := asterisk.File{
			Name: "pjsip", OrganizationID: text.Draw(t, "id"), Sections: rapid.SliceOfN(section, 0, 3).Draw(t, "sections"),
		}
		written := f.Bytes()
		sections, err := readAsAsterisk(written)
		require.NoError(t, err)
		require.Len(t, sections, len(f.Sections))

		read, err := asterisk.ParseFile("pjsip", written)
		require.NoError(t, err)
		require.Equal(t, string(written), string(read.Bytes()))
		for i, s := range sections {
			require.Len(t, s.lines, len(f.Sections[i].Lines))
			require.Equal(t, read.Sections[i].Name, s.name)
			for j, l := range s.lines {
				require.Equal(t, readLine{read.Sections[i].Lines[j].Key, read.Sections[i].Lines[j].Value, f.Sections[i].Lines[j].Arrow}, l)
			}
		}
	})
}
