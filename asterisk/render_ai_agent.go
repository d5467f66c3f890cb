package asterisk

import (
	"net"
	"net/netip"
	"strconv"
	"strings"

	"github.com/orgpbx/orgpbx/resource"
)

// aiAgent hands a call to an AI agent, or refuses it where the address cannot
// be one.
func (r *renderer) aiAgent(a resource.AIAgent) application {
	switch a.Protocol {
	case resource.AudioSocket:
		if address := hostPort(a.Address); address != "" {
			return gosub("orgpbx-audiosocket", r.prefix, address)
		}
	case resource.AgentSIP:
		if _, ok := parseAgentURI(a.Address); ok {
			return gosub("orgpbx-sip-agent", r.prefix, r.agentEndpoint(a))
		}
	}
	return jump("orgpbx-refuse", "no_route")
}

// sipAgents render an endpoint for each agent that is called by SIP. Calls go
// to it and none come from it: nothing identifies it, and its context has no
// extensions.
func (r *renderer) sipAgents() []Section {
	if !r.Organization.Settings.Features.AIAgent {
		return nil
	}
	var sections []Section
	taken := map[safe]bool{}
	for _, a := range r.AIAgents {
		name := r.agentEndpoint(a)
		uri, ok := parseAgentURI(a.Address)
		if a.Protocol != resource.AgentSIP || !ok || taken[name] {
			continue
		}
		taken[name] = true
		sections = append(sections,
			pjsipSection(name, KindEndpoint, append(r.endpointLines("orgpbx-nothing"),
				set("transport", transport(uri.transport)),
				set("aors", string(name)),
				// There is no identify for it, so no address is the agent's.
				set("identify_by", "ip"),
				set("allow_transfer", "no"),
				noDiversion())...),
			aorSection(name, set("contact", uri.String())))
	}
	return sections
}

func (r *renderer) agentEndpoint(a resource.AIAgent) safe { return r.prefix + "-ai-" + tail(a.ID) }

// hostPort keeps an address such as "agent.example.com:9092" or "[::1]:9092". It
// is empty when s is none.
func hostPort(s string) safe {
	name, port, err := net.SplitHostPort(s)
	if err != nil || !isPort(port) || !isHost(name) {
		return ""
	}
	// The brackets are those of an IPv6 address, closed and without a "$".
	return safe(host(name) + ":" + port)
}

// agentURI is the SIP URI of an agent in its parts.
type agentURI struct {
	user, host string
	port       string // "" for the transport's own
	transport  resource.Transport
}

// parseAgentURI reads "sip:user@host:port;transport=tcp", of which user, port
// and transport may be missing. It reports false for anything else.
func parseAgentURI(s string) (agentURI, bool) {
	rest, ok := strings.CutPrefix(s, "sip:")
	if !ok {
		return agentURI{}, false
	}
	uri := agentURI{transport: resource.UDP}
	rest, parameter, _ := strings.Cut(rest, ";")
	switch parameter {
	case "", "transport=udp":
	case "transport=tcp":
		uri.transport = resource.TCP
	case "transport=tls":
		uri.transport = resource.TLS
	default:
		return agentURI{}, false
	}
	if at := strings.LastIndexByte(rest, '@'); at >= 0 {
		uri.user, rest = rest[:at], rest[at+1:]
		if uri.user == "" || sipUser(uri.user) != uri.user {
			return agentURI{}, false
		}
	}
	uri.host = rest
	if name, port, err := net.SplitHostPort(rest); err == nil {
		uri.host, uri.port = name, port
		if !isPort(port) {
			return agentURI{}, false
		}
	}
	uri.host = strings.Trim(uri.host, "[]")
	return uri, isHost(uri.host)
}

// String writes the URI as an AOR's contact.
func (u agentURI) String() string {
	uri := "sip:"
	if u.user != "" {
		uri += uriUser(u.user) + "@"
	}
	uri += host(u.host)
	if u.port != "" {
		uri += ":" + u.port
	}
	return uri + transportParameter(u.transport)
}

// isHost reports whether s is a host name, an IPv4 address or an IPv6 address
// without brackets.
func isHost(s string) bool {
	if strings.Contains(s, ":") {
		address, err := netip.ParseAddr(s)
		return err == nil && address.Zone() == ""
	}
	return s != "" && host(s) == s
}

func isPort(s string) bool {
	n, err := strconv.ParseUint(s, 10, 16)
	return err == nil && n > 0 && strconv.FormatUint(n, 10) == s
}
