package asterisk

import (
	"crypto/md5" //nolint:gosec // the digest of RFC 2617, which SIP speaks
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"

	"github.com/orgpbx/orgpbx/resource"
)

const (
	codecs = "ulaw,alaw,g722"
	// qualifySeconds is how often a contact is asked whether it is still
	// there, which also keeps the way through a NAT open.
	qualifySeconds = "60"
	// qualifyPatience is how many seconds it has to answer, by when it was asked
	// four times. Asterisk's own 3 are too few while it starts: it asks before it
	// listens, and then calls nobody there until it asks again.
	qualifyPatience = "10"
	// phoneContacts is how many devices may register as one user.
	phoneContacts = "5"
	// registrationTries is as good as for ever: Asterisk gives up for good
	// after them.
	registrationTries = "100000"
)

func (r *renderer) pjsip() []Section {
	var sections []Section
	for _, p := range r.phones {
		if p.endpoint != "" {
			sections = append(sections, r.phoneSections(p)...)
		}
	}
	for _, t := range r.trunks {
		switch t.Type {
		case resource.InboundTrunk:
			sections = append(sections, r.inboundTrunk(t)...)
		case resource.OutboundTrunk:
			sections = append(sections, r.addressedTrunk(t)...)
			sections = append(sections, registration(t))
		default:
			sections = append(sections, r.addressedTrunk(t)...)
		}
	}
	return append(sections, r.sipAgents()...)
}

// phoneSections let a user's phones register and call. Only the digest of the
// password is there, and only MD5 digests are offered, whatever the operator's
// default is: another one cannot be checked with it.
func (r *renderer) phoneSections(p phone) []Section {
	endpoint := string(p.endpoint)
	lines := append(r.endpointLines(r.context("phones")),
		set("auth", endpoint),
		set("aors", endpoint),
		set("identify_by", "username,auth_username"),
		set("callerid", callerID(p)),
		set("allow_transfer", yesNo(r.Organization.Settings.Features.CallTransfer)),
		set("rewrite_contact", "yes"),
		set("subscribe_context", string(r.context("internal"))),
	)
	if p.mailbox != "" {
		lines = append(lines, set("mailboxes", string(p.mailbox)))
	}
	if number := r.ownNumber(p.OutboundCallerID); number != "" {
		// The tag stays inside Asterisk: the dialplan reads it when a call goes
		// out. A second set_var would do as well, but a backend that writes
		// objects as JSON has each key once.
		lines = append(lines, set("callerid_tag", string(number)))
	}
	return []Section{
		pjsipSection(p.endpoint, KindEndpoint, lines...),
		digestAuth(p.endpoint, text(p.SIP.Realm), p.SIP.MD5),
		aorSection(p.endpoint,
			set("max_contacts", phoneContacts),
			// A device that changed its address takes the place of its own
			// dead contact instead of being refused.
			set("remove_unavailable", "yes")),
	}
}

// inboundTrunk lets the other side register. Two organisations may give their
// trunks the same user name, so what it registers as has the prefix in front.
func (r *renderer) inboundTrunk(t trunk) []Section {
	endpoint := string(t.endpoint)
	realm := string(r.prefix)
	sum := md5.Sum([]byte(endpoint + ":" + realm + ":" + t.password)) //nolint:gosec // see the import
	lines := append(r.endpointLines(r.context("inbound")),
		set("auth", endpoint),
		set("aors", endpoint),
		// From holds the caller's number in many of their calls.
		set("identify_by", "username,auth_username"),
		set("allow_transfer", "no"),
		noDiversion(),
		set("allow_subscribe", "no"),
		set("rewrite_contact", "yes"),
	)
	return []Section{
		pjsipSection(t.endpoint, KindEndpoint, lines...),
		digestAuth(t.endpoint, realm, hex.EncodeToString(sum[:])),
		aorSection(t.endpoint,
			set("max_contacts", "1"),
			set("remove_existing", "yes")),
	}
}

// addressedTrunk is a trunk whose other side is known by its address. It is
// identified by that alone: it has no password for calls to us, so the name in
// From must not be enough.
func (r *renderer) addressedTrunk(t trunk) []Section {
	endpoint := string(t.endpoint)
	lines := append(r.endpointLines("orgpbx-inbound"),
		set("transport", transport(t.Transport)),
		set("aors", endpoint),
		set("identify_by", "ip"),
		set("allow_transfer", "no"),
		noDiversion(),
		set("allow_subscribe", "no"),
	)
	withAuth := sipUser(t.Username) != "" && t.password != ""
	if withAuth {
		lines = append(lines, set("outbound_auth", endpoint))
	}
	if domain := host(t.FromDomain); domain != "" {
		lines = append(lines, set("from_domain", domain))
	}
	sections := []Section{pjsipSection(t.endpoint, KindEndpoint, lines...)}
	if withAuth {
		sections = append(sections, pjsipSection(t.endpoint, KindAuth,
			set("auth_type", "digest"),
			set("username", sipUser(t.Username)),
			set("password", t.password)))
	}
	return append(sections,
		aorSection(t.endpoint,
			set("contact", serverURI(t))),
		identify(t))
}

// identify knows the other side by its address. Its name changes with the
// address: Asterisk silently keeps an identify as it was when the new host name
// does not resolve, which would look as if it had taken it.
func identify(t trunk) Section {
	address := strings.Trim(host(t.Host), "[]")
	sum := sha256.Sum256([]byte(address))
	return pjsipSection(t.endpoint+"-"+safe(hex.EncodeToString(sum[:4])), KindIdentify,
		set("endpoint", string(t.endpoint)),
		set("match", address))
}

func registration(t trunk) Section {
	domain := host(t.FromDomain)
	if domain == "" {
		domain = host(t.Host)
	}
	contact := sipUser(t.ContactUser)
	if contact == "" {
		contact = sipUser(t.Username)
	}
	retry := string(number(t.RetryInterval))
	return pjsipSection(t.endpoint, KindRegistration,
		set("transport", transport(t.Transport)),
		set("outbound_auth", string(t.endpoint)),
		set("server_uri", serverURI(t)),
		set("client_uri", "sip:"+uriUser(t.Username)+"@"+domain),
		set("contact_user", strings.ReplaceAll(contact, "@", "%40")),
		set("expiration", string(number(t.Expiration))),
		set("retry_interval", retry),
		set("forbidden_retry_interval", retry),
		set("max_retries", registrationTries),
		set("auth_rejection_permanent", "no"))
}

// endpointLines are the settings of every endpoint, whose calls start in the
// context.
func (r *renderer) endpointLines(start safe) []Line {
	lines := make([]Line, 0, 20) // room for what the caller adds
	return append(lines,
		set("context", string(start)),
		// A text message runs through the dialplan like a call, so it gets a
		// context where nothing is.
		set("message_context", "orgpbx-nothing"),
		set("disallow", "all"),
		set("allow", codecs),
		// A number that nobody has is refused at once, instead of being waited
		// on for more digits.
		set("allow_overlap", "no"),
		set("direct_media", "no"),
		set("rtp_symmetric", "yes"),
		set("force_rport", "yes"),
		set("accountcode", string(r.prefix)),
		set("set_var", "ORGPBX="+string(r.prefix)),
	)
}

// noDiversion keeps what a phone said in Diversion from the carrier, who would
// take any number in it for one of the organisation.
func noDiversion() Line { return set("send_diversion", "no") }

// digestAuth checks a password by its MD5 digest.
func digestAuth(name safe, realm, sum string) Section {
	return pjsipSection(name, KindAuth,
		set("auth_type", "digest"),
		set("username", string(name)),
		set("realm", realm),
		set("password_digest", "MD5:"+sum),
		set("supported_algorithms_uas", "MD5"),
		set("supported_algorithms_uac", "MD5"))
}

func callerID(p phone) string {
	number := "<" + string(digits(p.Extension)) + ">"
	if name := displayName(p.FullName); name != "" {
		return `"` + name + `" ` + number
	}
	return number
}

// transport names the operator's transport.
func transport(t resource.Transport) string {
	switch t {
	case resource.TCP:
		return "transport-tcp"
	case resource.TLS:
		return "transport-tls"
	default:
		return "transport-udp"
	}
}

func serverURI(t trunk) string { return "sip:" + serverAddress(t) }

// serverAddress is the other side of a trunk as a URI has it behind the "@".
func serverAddress(t trunk) string {
	return host(t.Host) + ":" + strconv.Itoa(t.Port) + transportParameter(t.Transport)
}

// transportParameter says in a URI what it is reached by.
func transportParameter(t resource.Transport) string {
	switch t {
	case resource.TCP:
		return ";transport=tcp"
	case resource.TLS:
		return ";transport=tls"
	default:
		return ""
	}
}

// uriUser writes a user name as the user part of a SIP URI.
func uriUser(s string) string { return strings.ReplaceAll(sipUser(s), "@", "%40") }

func pjsipSection(name safe, kind string, lines ...Line) Section {
	all := make([]Line, 0, 1+len(lines))
	all = append(all, set("type", kind))
	return Section{Name: string(name), Kind: kind, Lines: append(all, lines...)}
}

// aorSection is where an endpoint is found, and how it is asked whether it is
// there.
func aorSection(name safe, lines ...Line) Section {
	return pjsipSection(name, KindAOR, append(lines,
		set("qualify_frequency", qualifySeconds),
		set("qualify_timeout", qualifyPatience))...)
}

func set(key, value string) Line { return Line{Key: key, Value: value} }

func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}
