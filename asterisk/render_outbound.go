package asterisk

import (
	"cmp"
	"slices"
	"strings"

	"github.com/orgpbx/orgpbx/resource"
)

// outboundContexts are one context that tries the routes in order, and one for
// the pattern of each. They are apart because Asterisk would choose among
// patterns of one context by how exact they are, not by priority.
func (r *renderer) outboundContexts() []Section {
	var tries []application
	var contexts []Section
	var patterns []safe
	taken := map[safe]bool{}
	for _, route := range r.sortedRoutes() {
		name := "route-" + tail(route.ID)
		t := r.trunkOf[route.TrunkID]
		if t == nil || taken[name] || !resource.CheckPattern(route.DialPattern) {
			continue
		}
		taken[name] = true
		tries = append(tries, gosub("orgpbx-route", r.context(name), "${EXTEN}"))
		patterns = append(patterns, dialPattern(route))
		contexts = append(contexts, r.contextSection(name, r.routeExtension(route, t)))
	}
	if len(tries) == 0 {
		return nil
	}
	tries = append(tries, call("Return"))
	outbound := r.contextSection("outbound", exten("_[0-9*#+]!", tries...))
	return append([]Section{outbound, r.reachContext(patterns)}, contexts...)
}

// reachContext is asked whether any route has a number. No call goes there.
func (r *renderer) reachContext(patterns []safe) Section {
	var extensions [][]Line
	for i, pattern := range patterns {
		if !slices.Contains(patterns[:i], pattern) {
			extensions = append(extensions, exten(pattern, call("Return")))
		}
	}
	return r.contextSection("reach", extensions...)
}

func (r *renderer) sortedRoutes() []resource.OutboundRoute {
	routes := slices.Clone(r.OutboundRoutes)
	slices.SortStableFunc(routes, func(a, b resource.OutboundRoute) int { return cmp.Compare(a.Priority, b.Priority) })
	return routes
}

func (r *renderer) routeExtension(route resource.OutboundRoute, t *trunk) []Line {
	called := dialled(route.PrependDigits) + "${EXTEN}"
	if route.StripDigits > 0 {
		called = dialled(route.PrependDigits) + "${EXTEN:" + number(route.StripDigits) + "}"
	}
	caller := r.ownNumber(route.CallerID)
	if caller == "" {
		caller = r.firstDID()
	}
	return exten(dialPattern(route), r.over(t, "orgpbx-trunk", called, caller, r.consent(route.RecordingEnabled)), call("Return"))
}

// dialPattern is the pattern of a route, which was checked: it has no comma and
// its brackets are closed.
func dialPattern(route resource.OutboundRoute) safe {
	return safe("_" + strings.TrimPrefix(route.DialPattern, "_"))
}

// over calls a number over a trunk by one of the subroutines for it.
func (r *renderer) over(t *trunk, subroutine, called, caller safe, more ...safe) application {
	return gosub(subroutine, append([]safe{r.prefix, t.key, t.endpoint, called, caller}, more...)...)
}

// firstDID is shown where nothing else is to be.
func (r *renderer) firstDID() safe {
	if len(r.DIDs) == 0 {
		return ""
	}
	return dialled(r.DIDs[0].Number)
}

// ownNumber returns a caller id if it is a DID of the organisation, and ""
// otherwise: nobody calls under a number that is not his.
func (r *renderer) ownNumber(callerID string) safe {
	if !r.dids[callerID] {
		return ""
	}
	return dialled(callerID)
}
