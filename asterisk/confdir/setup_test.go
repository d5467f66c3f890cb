package confdir_test

import (
	"crypto/sha256"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/asterisk"
	"github.com/orgpbx/orgpbx/asterisk/confdir"
	"github.com/orgpbx/orgpbx/resource"
)

// organization is a configuration with a phone, a trunk, a DID, a queue and a
// mailbox.
func organization(prefix string) asterisk.Config {
	number := strings.Map(func(r rune) rune { return '0' + (r % 10) }, prefix)
	return asterisk.Config{Prefix: prefix, Files: []asterisk.File{
		{Name: "pjsip", Sections: []asterisk.Section{
			section(prefix+"u1", asterisk.KindEndpoint, "type=endpoint", "context="+prefix+"-internal", "auth="+prefix+"u1", "aors="+prefix+"u1",
				`callerid="One" <1001>`, "direct_media=no", "allow=!all,ulaw", "set_var=ORG="+prefix),
			section(prefix+"u1", asterisk.KindAuth, "type=auth", "auth_type=md5", "username="+prefix+"u1", "realm=asterisk", "md5_cred=0123456789abcdef0123456789abcdef"),
			section(prefix+"u1", asterisk.KindAOR, "type=aor", "max_contacts=5", "remove_existing=yes", "qualify_timeout=10"),
			section(prefix+"t1", asterisk.KindEndpoint, "type=endpoint", "context="+prefix+"-inbound", "outbound_auth="+prefix+"t1", "aors="+prefix+"t1"),
			section(prefix+"t1", asterisk.KindAuth, "type=auth", "auth_type=userpass", "username=carrier", "password=a;b=c"),
			section(prefix+"t1", asterisk.KindAOR, "type=aor", "contact=sip:127.0.0.1:9"),
			section(prefix+"t1", asterisk.KindIdentify, "type=identify", "endpoint="+prefix+"t1", "match=127.0.0.9"),
			section(prefix+"t1", asterisk.KindRegistration, "type=registration", "server_uri=sip:127.0.0.1:9", "client_uri=sip:carrier@127.0.0.1:9",
				"outbound_auth="+prefix+"t1", "retry_interval=60", "expiration=3600"),
		}},
		{Name: "extensions", Sections: []asterisk.Section{
			section("globals", asterisk.KindGlobals, "LIMIT_"+prefix+"=5", "STATUS_"+prefix+"=active"),
			section("orgpbx-dids-"+number[len(number)-3:], asterisk.KindDIDs, "exten=+"+number+",1,Goto("+prefix+"-internal,1001,1)"),
			section(prefix+"-internal", asterisk.KindContext, "exten=1001,1,Dial(PJSIP/"+prefix+"u1,20)", "exten=1001,2,Hangup()"),
		}},
		{Name: "queues", Sections: []asterisk.Section{
			section(prefix+"-600", asterisk.KindQueue, "strategy=rrmemory", "timeout=15", "member=PJSIP/"+prefix+"u1,2"),
		}},
		{Name: "voicemail", Sections: []asterisk.Section{
			section(prefix, asterisk.KindMailboxes, "1001=1234,One,one@example.com"),
		}},
	}}
}

func section(name, kind string, settings ...string) asterisk.Section {
	s := asterisk.Section{Name: name, Kind: kind}
	for _, setting := range settings {
		key, value, _ := strings.Cut(setting, "=")
		s.Lines = append(s.Lines, asterisk.Line{Key: key, Value: value, Arrow: kind == asterisk.KindMailboxes || key == "member"})
	}
	return s
}

// set changes one setting of a configuration, or adds it.
func set(c asterisk.Config, kind, name, key, value string) asterisk.Config {
	for f := range c.Files {
		for i := range c.Files[f].Sections {
			s := &c.Files[f].Sections[i]
			if s.Kind != kind || s.Name != name {
				continue
			}
			for l := range s.Lines {
				if s.Lines[l].Key == key {
					s.Lines[l].Value = value
					return c
				}
			}
			s.Lines = append(s.Lines, asterisk.Line{Key: key, Value: value})
			return c
		}
	}
	panic("no such section: " + kind + " " + name)
}

// without takes a section out of a configuration.
func without(c asterisk.Config, kind, name string) asterisk.Config {
	for f := range c.Files {
		var kept []asterisk.Section
		for _, s := range c.Files[f].Sections {
			if s.Kind != kind || s.Name != name {
				kept = append(kept, s)
			}
		}
		c.Files[f].Sections = kept
	}
	return c
}

func newPBX(tb testing.TB, dir string, conn confdir.AMI) *confdir.PBX {
	tb.Helper()
	p, err := confdir.New(confdir.Config{
		Dir: dir, AMI: conn, VerifyTimeout: 200 * time.Millisecond, Logger: slog.New(slog.NewTextHandler(tb.Output(), nil)),
	})
	require.NoError(tb, err)
	return p
}

// hashes returns the SHA-256 of all files below a folder by their name. Of
// those that lock and note it returns that they are there.
func hashes(tb testing.TB, dir string) map[string]string {
	tb.Helper()
	sums := map[string]string{}
	require.NoError(tb, filepath.WalkDir(dir, func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		name, _ := filepath.Rel(dir, path)
		sums[name] = fmt.Sprintf("%x", sha256.Sum256(text))
		return err
	}))
	return sums
}

func change(action resource.ChangeAction, object, name string) resource.Change {
	return resource.Change{Action: action, Object: object, Name: name}
}
