package guard

import (
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// Address returns the address that a request comes from, without its port. Of
// X-Forwarded-For it believes what trusted proxies added, from the end: what
// stands before that anybody can have written.
func (g *Guard) Address(r *http.Request) string {
	peer, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		peer = r.RemoteAddr
	}
	if !g.trusts(peer) {
		return peer
	}
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for _, hop := range slices.Backward(hops) {
		address, err := netip.ParseAddr(strings.TrimSpace(hop))
		if err != nil {
			return peer
		}
		peer = address.Unmap().String()
		if !g.trusts(peer) {
			return peer
		}
	}
	return peer
}

func (g *Guard) trusts(text string) bool {
	address, err := netip.ParseAddr(text)
	return err == nil && slices.ContainsFunc(g.proxies, func(p netip.Prefix) bool { return p.Contains(address.Unmap()) })
}

// network is what counts as one address: of IPv6 the 64 bits that one
// subscriber is given.
func network(text string) string {
	address, err := netip.ParseAddr(text)
	if err != nil || address.Unmap().Is4() {
		return text
	}
	prefix, err := address.WithZone("").Prefix(64)
	if err != nil {
		return text
	}
	return prefix.String()
}
