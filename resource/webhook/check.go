package webhook

import (
	"fmt"
	"net/netip"
	"net/url"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/org/event"
)

// maxURL is how long a URL may be.
const maxURL = 2048

// check returns an [*org.InvalidError] that lists the broken rules.
func (s *Service) check(w *Webhook) error {
	return org.JoinInvalid(s.checkURL(w.URL), checkEvents(w.Events))
}

// checkURL refuses what can never be called. Whether a host name leads to an
// address that may be called is seen when it is.
func (s *Service) checkURL(text string) error {
	invalid := func(rule, message string) error { return org.Invalid("url", rule, message) }
	if text == "" {
		return invalid("required", "is required")
	}
	if len(text) > maxURL {
		return invalid("max", fmt.Sprintf("must have at most %d characters", maxURL))
	}
	u, err := url.Parse(text)
	switch {
	case err != nil, u.Opaque != "", !org.IsHost(u.Hostname()):
		return invalid("url", "must be a URL with a host")
	case u.Scheme != "https" && (!s.opts.AllowPrivate || u.Scheme != "http"):
		return invalid("https", "must begin with https://")
	case u.User != nil:
		return invalid("userinfo", "must not have a user or a password")
	case u.Fragment != "":
		return invalid("fragment", "must not have a part after #")
	}
	if addr, err := netip.ParseAddr(u.Hostname()); err == nil && !s.opts.AllowPrivate && !isPublic(addr) {
		return invalid("public", "must not lead to a private or reserved address")
	}
	return nil
}

func checkEvents(types []event.Type) error {
	if len(types) == 0 {
		return org.Invalid("events", "required", "must name at least one type of events")
	}
	return org.InvalidChoices("events", types, event.Types(), "must be a type of events")
}
