package resource

import (
	"errors"
	"net"
	"strconv"
	"strings"

	"github.com/orgpbx/orgpbx/org"
)

// SIPDomain is where phones register: a host name or an address, and a port if
// need be. [OrganizationMark] in it stands for an organisation's context prefix:
// then each organisation has a name of its own in the DNS, which can be pointed
// to another PBX without touching its phones.
type SIPDomain string

// OrganizationMark is what stands for the context prefix in a [SIPDomain], such
// as "{organization}.sip.example.com".
const OrganizationMark = "{organization}"

// longestPrefix is as long as a context prefix may be.
const longestPrefix = "abcdefghijklmnopqrstuvwxyz012345"

// Check returns an error, which does not repeat the domain, for one that is none
// once the context prefix is in it.
func (d SIPDomain) Check() error {
	text := d.For(longestPrefix)
	if !strings.Contains(text, ":") || strings.HasSuffix(text, "]") {
		text += ":5060"
	}
	host, port, err := net.SplitHostPort(text)
	number, notNumber := strconv.ParseUint(port, 10, 16)
	bracketed, isIPv6 := strings.HasPrefix(text, "["), strings.Contains(host, ":")
	if err != nil || notNumber != nil || number == 0 || bracketed != isIPv6 || !org.IsHost(host) {
		return errors.New("must be a host name or an address, with :PORT if need be; " +
			OrganizationMark + " is the only thing that may stand in braces")
	}
	return nil
}

// For returns the domain of one organisation.
func (d SIPDomain) For(contextPrefix string) string {
	return strings.ReplaceAll(string(d), OrganizationMark, contextPrefix)
}
