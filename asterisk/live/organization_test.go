package live_test

import (
	"fmt"
	"strings"

	"github.com/orgpbx/orgpbx/asterisk"
)

// organization is a configuration with phones, a trunk, a DID, a queue and
// mailboxes. number tells its DID from those of others.
func organization(prefix string, number, phones int) asterisk.Config {
	trunk := prefix + "-trunk"
	pjsip := []asterisk.Section{
		section(trunk, asterisk.KindEndpoint, "type=endpoint", "context=orgpbx-inbound", "outbound_auth="+trunk, "aors="+trunk),
		section(trunk, asterisk.KindAuth, "type=auth", "auth_type=userpass", "username=carrier", "password=a;b=c"),
		section(trunk, asterisk.KindAOR, "type=aor", "contact=sip:127.0.0.1:9", "qualify_frequency=60", "qualify_timeout=10"),
		section(trunk, asterisk.KindIdentify, "type=identify", "endpoint="+trunk, "match=127.0.0.9"),
		section(trunk, asterisk.KindRegistration, "type=registration", "server_uri=sip:127.0.0.1:9",
			"client_uri=sip:carrier@127.0.0.1:9", "outbound_auth="+trunk, "retry_interval=60", "expiration=3600"),
	}
	internal := asterisk.Section{Name: prefix + "-internal", Kind: asterisk.KindContext}
	boxes := asterisk.Section{Name: prefix, Kind: asterisk.KindMailboxes}
	for i := range phones {
		phone, extension := fmt.Sprintf("%s-p%d", prefix, i), fmt.Sprint(1000+i)
		pjsip = append(pjsip,
			section(phone, asterisk.KindEndpoint, "type=endpoint", "context="+prefix+"-internal", "disallow=all", "allow=ulaw,alaw",
				"auth="+phone, "aors="+phone, `callerid="One" <`+extension+`>`, "direct_media=no", "set_var=ORG="+prefix),
			section(phone, asterisk.KindAuth, "type=auth", "auth_type=md5", "username="+phone, "realm=asterisk",
				"md5_cred=0123456789abcdef0123456789abcdef"),
			section(phone, asterisk.KindAOR, "type=aor", "max_contacts=5", "qualify_frequency=60"))
		internal.Lines = append(internal.Lines,
			asterisk.Line{Key: "exten", Value: extension + ",1,Dial(PJSIP/" + phone + ",20)", Arrow: true},
			asterisk.Line{Key: "same", Value: "n,Hangup()", Arrow: true})
		boxes.Lines = append(boxes.Lines, asterisk.Line{Key: extension, Value: "-closed,One", Arrow: true})
	}
	return asterisk.Config{Prefix: prefix, Files: []asterisk.File{
		{Name: "pjsip", Sections: pjsip},
		{Name: "extensions", Sections: []asterisk.Section{
			section("globals", asterisk.KindGlobals, "ORGPBX_"+prefix+"_STATUS=active", "ORGPBX_"+prefix+"_CALLS=5"),
			internal,
			section(fmt.Sprintf("orgpbx-dids-%03d", number%1000), asterisk.KindDIDs, fmt.Sprintf("exten=1555%07d,1,Goto(%s-internal,1000,1)", number, prefix)),
		}},
		{Name: "queues", Sections: []asterisk.Section{
			section(prefix+"-600", asterisk.KindQueue, "strategy=rrmemory", "timeout=15", "member=PJSIP/"+prefix+"-p0,2"),
		}},
		{Name: "voicemail", Sections: []asterisk.Section{boxes}},
	}}
}

func section(name, kind string, settings ...string) asterisk.Section {
	s := asterisk.Section{Name: name, Kind: kind}
	for _, text := range settings {
		key, value, _ := strings.Cut(text, "=")
		s.Lines = append(s.Lines, asterisk.Line{Key: key, Value: value, Arrow: key == "member" || key == "exten"})
	}
	return s
}

// set returns a configuration with one setting of a section changed or added.
func set(c asterisk.Config, kind, name, key, value string) asterisk.Config {
	for _, f := range c.Files {
		for i := range f.Sections {
			s := &f.Sections[i]
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
