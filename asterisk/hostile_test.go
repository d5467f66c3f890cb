package asterisk_test

import (
	"strings"

	"github.com/orgpbx/orgpbx/limits"
	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/resource"
)

// hostileExample is put into every string of a snapshot for a golden file.
const hostileExample = "x\r\n[evil]\nexten => s,1,System(id) ;--\\\"${SHELL(id)}$[1],)&|=>\u2028\u0085\x00]#include </etc/passwd>"

// hostileSnapshot is the example with the text put into every string of it,
// unchecked by any rule.
func hostileSnapshot(text string) resource.Snapshot {
	s := placesSnapshot()
	o := &s.Organization
	for _, p := range []*string{&o.ID, &o.Name, &o.ContextPrefix, &o.Contact.Email, &o.Contact.Phone, (*string)(&o.Status)} {
		*p += text
	}
	for i := range s.Users {
		u := &s.Users[i]
		for _, p := range []*string{
			&u.ID, &u.Extension, &u.Username, &u.Email, &u.FullName, &u.Role, &u.PhoneNumber,
			&u.OutboundCallerID, &u.SIP.Username, &u.SIP.Realm,
		} {
			*p += text
		}
	}
	s.TrunkPasswords = map[string]org.Secret{}
	for i := range s.Trunks {
		t := &s.Trunks[i]
		for _, p := range []*string{
			&t.ID, &t.Name, &t.Host, (*string)(&t.Transport), &t.Username, &t.SIPUsername, &t.ContactUser, &t.FromDomain,
		} {
			*p += text
		}
		t.MaxChannels = limits.AtMost(1)
		s.TrunkPasswords[t.ID] = org.Secret("p" + text)
	}
	for i := range s.DIDs {
		d := &s.DIDs[i]
		for _, p := range []*string{
			&d.ID, &d.Number, &d.TrunkID, &d.Description, (*string)(&d.Routing.Type), &d.Routing.Number,
		} {
			*p += text
		}
	}
	for i := range s.Queues {
		q := &s.Queues[i]
		for _, p := range []*string{&q.ID, &q.Name, &q.Number, (*string)(&q.Strategy), &q.MusicOnHold, &q.Overflow.Number} {
			*p += text
		}
		for j := range q.Members {
			q.Members[j].UserID += text
		}
	}
	for i := range s.OutboundRoutes {
		r := &s.OutboundRoutes[i]
		for _, p := range []*string{&r.ID, &r.Name, &r.TrunkID, &r.PrependDigits, &r.CallerID} {
			*p += text
		}
		// A bad pattern makes the whole route go, so only one has it.
		if i == 0 {
			r.DialPattern += text
		}
	}
	hostilePlaces(&s, text)
	return s
}

func hostilePlaces(s *resource.Snapshot, text string) {
	for i := range s.IVRs {
		menu := &s.IVRs[i]
		for _, p := range []*string{&menu.ID, &menu.Name, &menu.Number, &menu.Greeting} {
			*p += text
		}
		options := map[string]resource.Destination{}
		for key, to := range menu.Options {
			options[key+text] = to
			options[key] = resource.Destination{Type: to.Type, Number: to.Number + text}
		}
		menu.Options = options
		if menu.Fallback != nil {
			menu.Fallback.Number += text
		}
	}
	for i := range s.Conferences {
		c := &s.Conferences[i]
		for _, p := range []*string{&c.ID, &c.Name, &c.Number, &c.PIN} {
			*p += text
		}
	}
	for i := range s.AIAgents {
		a := &s.AIAgents[i]
		for _, p := range []*string{&a.ID, &a.Name, &a.Number, &a.Address} {
			*p += text
		}
	}
}

// hostileTexts begin the search for a text that gets out of its place.
func hostileTexts() []string {
	return []string{
		"", " ", ";", `\;`, `\\;`, ";--", "--;", `\`, `\\`, "\n", "\r\n[x]\n", "\nexten => s,1,System(id)\n",
		"\x00", "\x7f", "\u0085", "\u2028[x]", "\u2029", "\xff\xfe", "]", "[", "](+)", "=>", "= >", "+=", "#include x", "#exec id",
		"${SHELL(id)}", "$[1+1]", "${EXTEN}", "),System(id", ",2,System(id)", "&Local/1@x", "|", "'", `"`, "<1>", "/x", "@x",
		"%0a", "٣٤", "¹²", "\ufeff", "\u202e", "general", "globals", strings.Repeat("a", 9000), strings.Repeat("é;", 5000),
		strings.Repeat(`\;`, 4096), strings.Repeat("[", 300), hostileExample,
	}
}
