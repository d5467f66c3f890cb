package resource

import (
	"net"
	"regexp"
	"strconv"
	"strings"

	"github.com/orgpbx/orgpbx/org"
)

// AIAgent is a program somewhere else that answers calls.
type AIAgent struct {
	Meta
	Name string `json:"name" validate:"required,label"` // unique in the organisation, ignoring case
	// Number is what to dial: 2 to 6 digits, unique among everything of the
	// organisation that can be dialled.
	Number   string          `json:"number" validate:"required,extension"`
	Protocol AIAgentProtocol `json:"protocol" validate:"required,oneof=audiosocket sip"`
	// Address is "host:port" for AudioSocket, and a URI such as
	// "sip:agent@ai.example.com:5060;transport=tcp" for SIP: see
	// [CheckAgentAddress].
	Address string `json:"address" validate:"required"`
}

// AIAgentProtocol is how Asterisk hands a call to an AI agent.
type AIAgentProtocol string

// The protocols.
const (
	// AudioSocket is a TCP connection that carries the sound of one call.
	AudioSocket AIAgentProtocol = "audiosocket"
	// AgentSIP is a SIP call to the address.
	AgentSIP AIAgentProtocol = "sip"
)

// agentURI has the host, and the port if there is one.
var agentURI = regexp.MustCompile(
	`^sip:[A-Za-z0-9+][A-Za-z0-9._+-]{0,63}@(\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9.-]{1,253})(?::(\d{1,5}))?(?:;transport=(?:udp|tcp|tls))?$`)

// CheckAgentAddress reports whether an AI agent can be reached at an address:
// host:port for [AudioSocket], and for [AgentSIP] sip:user@host, with a port
// and ;transport=udp, tcp or tls if wanted. A host is a name or an IP address,
// one of IPv6 in brackets. The user has letters, digits and ._+- only.
func CheckAgentAddress(protocol AIAgentProtocol, address string) bool {
	switch protocol {
	case AudioSocket:
		host, port, err := net.SplitHostPort(address)
		return err == nil && net.JoinHostPort(host, port) == address && org.IsHost(host) && isPort(port)
	case AgentSIP:
		part := agentURI.FindStringSubmatch(address)
		if part == nil {
			return false
		}
		host := strings.Trim(part[1], "[]")
		bracketed := host != part[1]
		return org.IsHost(host) && bracketed == strings.Contains(host, ":") && (part[2] == "" || isPort(part[2]))
	default:
		return false
	}
}

func isPort(s string) bool {
	port, err := strconv.ParseUint(s, 10, 16)
	return err == nil && port > 0
}

func checkAgentAddress(a *AIAgent) error {
	switch {
	case a.Address == "" || CheckAgentAddress(a.Protocol, a.Address):
	case a.Protocol == AudioSocket:
		return org.Invalid("address", "hostport", "must be host:port for audiosocket")
	case a.Protocol == AgentSIP:
		return org.Invalid("address", "sipuri", "must be sip:user@host for sip, with :port and ;transport=udp, tcp or tls if wanted")
	}
	return nil
}
