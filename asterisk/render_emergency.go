package asterisk

import "github.com/orgpbx/orgpbx/resource"

// emergencyExtensions are the organisation's emergency numbers and the trunks
// that each is tried over. Nothing else is in their context: what is dialled
// must be the number, not start with it.
func (r *renderer) emergencyExtensions() [][]Line {
	var extensions [][]Line
	taken := map[safe]bool{"": true}
	for _, n := range r.Organization.EmergencyNumbers {
		extension := digits(n)
		if taken[extension] {
			continue
		}
		taken[extension] = true
		steps := append([]application{gosub("orgpbx-emergency", r.prefix)}, r.emergencyTries(extension)...)
		extensions = append(extensions, exten(extension, append(steps, gosub("orgpbx-emergency-end"))...))
	}
	return extensions
}

// emergencyTries call the number over the trunks of the routes that have it,
// in their order, and then over every other trunk. The number goes out as it
// was dialled, unless the route is made for this very number: one that takes
// the first digit off all numbers would call another one.
//
// Then all are tried again by their addresses: Asterisk calls nobody who did not
// answer when it last asked, which was up to a minute ago, and some carriers
// never answer that.
func (r *renderer) emergencyTries(extension safe) []application {
	type attempt struct {
		trunk  *trunk
		called safe
	}
	var attempts []attempt
	for _, route := range r.sortedRoutes() {
		t := r.trunkOf[route.TrunkID]
		if t == nil || !resource.MatchPattern(route.DialPattern, string(extension)) {
			continue
		}
		called := extension
		if resource.IsNumber(route.DialPattern) {
			called = dialled(route.PrependDigits) + extension[min(route.StripDigits, len(extension)):]
		}
		attempts = append(attempts, attempt{t, called})
	}
	for i := range r.trunks {
		attempts = append(attempts, attempt{&r.trunks[i], extension})
	}
	var tries, byAddress []application
	tried := map[attempt]bool{}
	for _, a := range attempts {
		if tried[a] || a.called == "" {
			continue
		}
		tried[a] = true
		tries = append(tries, r.over(a.trunk, "orgpbx-emergency-try", a.called, r.firstDID()))
		if a.trunk.Type != resource.InboundTrunk {
			byAddress = append(byAddress, r.over(a.trunk, "orgpbx-emergency-try", a.called, r.firstDID(), safe(serverAddress(*a.trunk))))
		}
	}
	return append(tries, byAddress...)
}
