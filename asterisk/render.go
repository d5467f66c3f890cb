package asterisk

import (
	"strings"

	"github.com/orgpbx/orgpbx/limits"
	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/resource"
)

// Render returns everything that Asterisk must have to obey the snapshot. It
// is pure: the same snapshot gives the same configuration, and none makes it
// fail. What cannot be rendered safely, such as a phone without a credential,
// is left out.
//
// The snapshot must have been unsealed: a trunk that needs a password is left
// out without one.
func Render(s resource.Snapshot) Config {
	r := newRenderer(s)
	c := Config{Prefix: string(r.prefix)}
	sections := map[string][]Section{
		"pjsip":      r.pjsip(),
		"extensions": r.extensions(),
		"queues":     r.queues(),
		"voicemail":  r.voicemail(),
	}
	for _, file := range FileNames() {
		c.Files = append(c.Files, File{
			Name:           file,
			OrganizationID: organizationID(s.Organization.ID),
			Sections:       sections[file],
		})
	}
	return c
}

// renderer is a snapshot with what every file asks of it: which objects there
// are and what each is called in Asterisk.
type renderer struct {
	resource.Snapshot
	prefix safe
	phones []phone
	trunks []trunk

	phoneOf map[string]*phone             // by user id
	trunkOf map[string]*trunk             // by trunk id
	boxes   map[string]bool               // the extensions that have a mailbox
	members map[safe]bool                 // the endpoints that a queue calls
	places  map[resource.Destination]bool // where a call can be sent inside
	dids    map[string]bool               // the numbers, as stored
}

// phone is a user with the names of his objects.
type phone struct {
	resource.User
	endpoint safe // "" when he has no credential to register with
	mailbox  safe // "" when he has none
}

// ring is the phone number that rings instead of the registered phone, or "".
func (p phone) ring() safe {
	if p.RingTarget != resource.RingPhone {
		return ""
	}
	return dialled(p.PhoneNumber)
}

// trunk is a trunk with the names of its objects.
type trunk struct {
	resource.Trunk
	endpoint safe
	// key counts its channels: it names a group and a global variable.
	key      safe
	password string
}

func newRenderer(s resource.Snapshot) *renderer {
	r := &renderer{
		Snapshot: s,
		prefix:   contextPrefix(s.Organization.ContextPrefix),
		phoneOf:  map[string]*phone{},
		trunkOf:  map[string]*trunk{},
		boxes:    map[string]bool{},
		members:  map[safe]bool{},
		places:   map[resource.Destination]bool{},
		dids:     map[string]bool{},
	}
	r.namePhones()
	r.nameTrunks()
	r.notePlaces()
	r.noteMembers()
	for _, d := range s.DIDs {
		r.dids[d.Number] = true
	}
	return r
}

// namePhones gives every user the names of his objects. No two get the same:
// one object that is there twice makes Asterisk refuse the objects of all
// organisations.
func (r *renderer) namePhones() {
	taken := map[safe]bool{}
	r.phones = make([]phone, len(r.Users))
	for i, u := range r.Users {
		p := phone{User: u}
		suffix := strings.TrimPrefix(u.SIP.Username, string(r.prefix)+"-")
		endpoint := r.prefix + "-" + word(suffix)
		if suffix != "" && isMD5(u.SIP.MD5) && !taken[endpoint] {
			taken[endpoint] = true
			p.endpoint = endpoint
		}
		extension := digits(u.Extension)
		if extension != "" && u.VoicemailEnabled && r.Organization.Settings.Features.Voicemail && !r.boxes[string(extension)] {
			r.boxes[string(extension)] = true
			p.mailbox = r.mailbox(extension)
		}
		r.phones[i] = p
		if r.phoneOf[u.ID] == nil {
			r.phoneOf[u.ID] = &r.phones[i]
		}
	}
}

// nameTrunks gives every trunk that can work the names of its objects, no two
// the same. One that registers with us is named for the SIP user name it was
// given, because Asterisk looks an endpoint up by what it says in From and in
// Authorization.
func (r *renderer) nameTrunks() {
	taken := map[safe]bool{}
	r.trunks = make([]trunk, 0, len(r.Trunks))
	for _, t := range r.Trunks {
		id := tail(t.ID)
		named := trunk{
			Trunk:    t,
			endpoint: trunkEndpoint(r.prefix, t),
			key:      r.prefix + "_trunk_" + id,
			password: text(r.TrunkPasswords[t.ID].Reveal()),
		}
		if taken[named.endpoint] || taken[named.key] || !named.works() {
			continue
		}
		taken[named.endpoint], taken[named.key] = true, true
		r.trunks = append(r.trunks, named)
		r.trunkOf[t.ID] = &r.trunks[len(r.trunks)-1]
	}
}

// trunkEndpoint names what a trunk is in Asterisk.
func trunkEndpoint(prefix safe, t resource.Trunk) safe {
	if t.Type == resource.InboundTrunk {
		return prefix + "-in-" + word(strings.TrimPrefix(t.SIPUsername, string(prefix)+"-in-"))
	}
	return prefix + "-trunk-" + tail(t.ID)
}

// works reports whether there is enough to make the trunk of. One that
// registers with us without a password would let everybody in.
func (t trunk) works() bool {
	switch t.Type {
	case resource.InboundTrunk:
		return t.SIPUsername != "" && t.password != ""
	case resource.OutboundTrunk:
		return sipUser(t.Username) != "" && t.password != "" && host(t.Host) != ""
	default:
		return host(t.Host) != ""
	}
}

// context names one of the organisation's contexts.
func (r *renderer) context(name safe) safe { return r.prefix + "-" + name }

func (r *renderer) mailbox(extension safe) safe { return extension + "@" + r.prefix }

// globals are what may change without a new dialplan: AMI's Setvar changes
// them at once, and the file keeps them for the next start.
func (r *renderer) globals() Section {
	status, calls := string(org.Suspended), string(number(0))
	if r.Organization.Status == org.Active {
		status, calls = string(org.Active), limitValue(r.Organization.Limits.ConcurrentCalls)
	}
	s := Section{Name: "globals", Kind: KindGlobals, Lines: []Line{
		{Key: "ORGPBX_" + string(r.prefix) + "_STATUS", Value: status},
		{Key: "ORGPBX_" + string(r.prefix) + "_CALLS", Value: calls},
	}}
	for _, t := range r.trunks {
		s.Lines = append(s.Lines, Line{Key: "ORGPBX_" + string(t.key) + "_CHANNELS", Value: limitValue(t.MaxChannels)})
	}
	return s
}

// noLimit is more calls than any Asterisk has, so that the dialplan need not ask
// whether there is a limit.
const noLimit = 1_000_000_000

func limitValue(l limits.Limit) string {
	if n, limited := l.Value(); limited {
		return string(number(n))
	}
	return string(number(noLimit))
}

// isMD5 reports whether s is an MD5 sum in hex.
func isMD5(s string) bool { return len(s) == 32 && ofHex.hasAll(s) }
