package asterisk

import (
	"cmp"
	"slices"
	"strings"

	"github.com/orgpbx/orgpbx/resource"
)

// extensions renders the organisation's contexts. What they do is in the
// subroutines of the base dialplan; here is who and what it is done with.
func (r *renderer) extensions() []Section {
	sections := []Section{r.globals()}
	sections = append(sections,
		r.phonesContext(),
		r.internalContext(),
		r.inboundContext(),
	)
	if lines := r.didLines(); len(lines) > 0 {
		sections = append(sections, Section{Name: "orgpbx-dids", Kind: KindDIDs, Lines: lines})
	}
	return append(sections, r.outboundContexts()...)
}

// phonesContext is where every call of a phone starts. Of what the phone sent
// nothing gets further than the characters that can be dialled.
func (r *renderer) phonesContext() Section {
	return r.contextSection("phones",
		exten("_[0-9*#+]!", gosub("orgpbx-phone", r.prefix, "${FILTER(0-9*#+,${EXTEN})}")))
}

// internalContext holds the extensions and the queues.
func (r *renderer) internalContext() Section {
	var extensions [][]Line
	taken := map[safe]bool{"": true}
	for _, p := range r.phones {
		extension := digits(p.Extension)
		if taken[extension] {
			continue
		}
		taken[extension] = true
		var ring safe
		if p.RingTarget == resource.RingPhone {
			ring = dialled(p.PhoneNumber)
		}
		extensions = append(extensions, exten(extension, gosub("orgpbx-user", r.prefix, p.endpoint, p.mailbox, ring)))
	}
	for _, q := range r.Queues {
		extension := digits(q.Number)
		if taken[extension] {
			continue
		}
		taken[extension] = true
		after := call("Hangup")
		if q.Overflow != nil {
			after = r.destination(*q.Overflow)
		}
		extensions = append(extensions, exten(extension,
			gosub("orgpbx-queue", r.queueName(q), number(max(q.MaxWait, 1))), after))
	}
	if len(r.boxes) > 0 {
		extensions = append(extensions, exten("*97", gosub("orgpbx-listen")))
	}
	return r.contextSection("internal", extensions...)
}

// inboundContext holds the organisation's DIDs, as digits. A call over a trunk
// that registers with us starts here, any other comes from orgpbx-dids.
func (r *renderer) inboundContext() Section {
	extensions := [][]Line{exten("_+X!", jump(r.context("inbound"), "${FILTER(0-9,${EXTEN})}"))}
	for _, d := range r.uniqueDIDs() {
		var key safe
		if t := r.trunkOf[d.TrunkID]; t != nil {
			key = t.key
		}
		extensions = append(extensions, exten(digits(d.Number),
			gosub("orgpbx-arrive", r.prefix, key), r.destination(d.Routing)))
	}
	extensions = append(extensions, exten("i", jump("orgpbx-refuse", "unknown")))
	return r.contextSection("inbound", extensions...)
}

// didLines are what the organisation adds to the context that knows the DIDs
// of all organisations.
func (r *renderer) didLines() []Line {
	var lines []Line
	for _, d := range r.uniqueDIDs() {
		lines = append(lines, exten(digits(d.Number), jump(r.context("inbound"), digits(d.Number)))...)
	}
	return lines
}

func (r *renderer) uniqueDIDs() []resource.DID {
	taken := map[safe]bool{"": true}
	return slices.DeleteFunc(slices.Clone(r.DIDs), func(d resource.DID) bool {
		was := taken[digits(d.Number)]
		taken[digits(d.Number)] = true
		return was
	})
}

// outboundContexts are one context that tries the routes in order, and one for
// the pattern of each. They are apart because Asterisk would choose among
// patterns of one context by how exact they are, not by priority.
func (r *renderer) outboundContexts() []Section {
	var tries []application
	var contexts []Section
	taken := map[safe]bool{}
	for _, route := range r.sortedRoutes() {
		name := "route-" + tail(route.ID)
		t := r.trunkOf[route.TrunkID]
		if t == nil || taken[name] || !resource.CheckPattern(route.DialPattern) {
			continue
		}
		taken[name] = true
		tries = append(tries, gosub("orgpbx-route", r.context(name), "${EXTEN}"))
		contexts = append(contexts, r.contextSection(name, r.routeExtension(route, t)))
	}
	if len(tries) == 0 {
		return nil
	}
	tries = append(tries, call("Return"))
	return append([]Section{r.contextSection("outbound", exten("_[0-9*#+]!", tries...))}, contexts...)
}

func (r *renderer) sortedRoutes() []resource.OutboundRoute {
	routes := slices.Clone(r.OutboundRoutes)
	slices.SortStableFunc(routes, func(a, b resource.OutboundRoute) int { return cmp.Compare(a.Priority, b.Priority) })
	return routes
}

func (r *renderer) routeExtension(route resource.OutboundRoute, t *trunk) []Line {
	// The pattern was checked: it has no comma and its brackets are closed.
	pattern := safe("_" + strings.TrimPrefix(route.DialPattern, "_"))
	called := dialled(route.PrependDigits) + "${EXTEN}"
	if route.StripDigits > 0 {
		called = dialled(route.PrependDigits) + "${EXTEN:" + number(route.StripDigits) + "}"
	}
	caller := r.ownNumber(route.CallerID)
	if caller == "" && len(r.DIDs) > 0 {
		caller = dialled(r.DIDs[0].Number)
	}
	return exten(pattern, gosub("orgpbx-trunk", r.prefix, t.key, t.endpoint, called, caller), call("Return"))
}

// destination sends a call where a DID or a full queue points. What is not
// there is answered by a prompt.
func (r *renderer) destination(d resource.Destination) application {
	n := digits(d.Number)
	switch {
	case d.Type == resource.ToExternal && dialled(d.Number) != "":
		return gosub("orgpbx-external", r.prefix, dialled(d.Number))
	case d.Type == resource.ToVoicemail && r.boxes[string(n)]:
		return gosub("orgpbx-voicemail", r.mailbox(n))
	case (d.Type == resource.ToExtension || d.Type == resource.ToQueue) && n != "" && r.numbers[string(n)]:
		return jump(r.context("internal"), n)
	default:
		return jump("orgpbx-refuse", "noservice")
	}
}

// ownNumber returns a caller id if it is a DID of the organisation, and ""
// otherwise: nobody calls under a number that is not his.
func (r *renderer) ownNumber(callerID string) safe {
	if !r.dids[callerID] {
		return ""
	}
	return dialled(callerID)
}

func (r *renderer) contextSection(name safe, extensions ...[]Line) Section {
	return Section{Name: string(r.context(name)), Kind: KindContext, Lines: slices.Concat(extensions...)}
}
