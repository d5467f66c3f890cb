package asterisk

import (
	"cmp"
	"slices"

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
	sections = append(sections, r.transferContexts()...)
	sections = append(sections, r.agentsContexts()...)
	sections = append(sections, r.didSections()...)
	if extensions := r.emergencyExtensions(); len(extensions) > 0 {
		sections = append(sections, r.contextSection("emergency", extensions...))
	}
	sections = append(sections, r.ivrContexts()...)
	sections = append(sections, r.pinContexts()...)
	return append(sections, r.outboundContexts()...)
}

// phonesContext is where every call of a phone starts. Of what the phone sent
// nothing gets further than the characters that can be dialled.
func (r *renderer) phonesContext() Section {
	return r.contextSection("phones", r.fromPhone("_[0-9*#+]!"))
}

// fromPhone is what a phone dials.
func (r *renderer) fromPhone(pattern safe) []Line {
	return exten(pattern, gosub("orgpbx-phone", r.prefix, "${FILTER(0-9*#+,${EXTEN})}"))
}

// internalContext holds what can be dialled inside the organisation, the codes
// of features that it has not bought, and what a phone may watch.
func (r *renderer) internalContext() Section {
	var extensions [][]Line
	taken := map[safe]bool{"": true}
	for _, p := range r.phones {
		extension := digits(p.Extension)
		if taken[extension] {
			continue
		}
		taken[extension] = true
		extensions = append(extensions, exten(extension, r.user(p)))
	}
	for _, q := range r.Queues {
		extension := digits(q.Number)
		if taken[extension] {
			continue
		}
		taken[extension] = true
		extensions = append(extensions, exten(extension, append(r.record(q.RecordingEnabled),
			gosub("orgpbx-queue", r.queueName(q), number(max(q.MaxWait, 1))), r.afterQueue(q))...))
	}
	extensions = append(extensions, r.featureExtensions(taken)...)
	extensions = append(extensions, r.refusedCodes()...)
	extensions = append(extensions, r.hints()...)
	return r.contextSection("internal", extensions...)
}

// user rings a user, and does what he has chosen where nobody answers.
func (r *renderer) user(p phone) application {
	if p.endpoint == "" {
		return gosubAt("orgpbx-user", "none", cmp.Or(p.ring(), "-"), p.mailbox)
	}
	if p.ring() != "" {
		return gosubAt("orgpbx-user", p.endpoint, p.ring(), p.mailbox)
	}
	return gosubAt("orgpbx-user", p.endpoint)
}

// noTrunk is counted where a DID's trunk is none that works.
const noTrunk safe = "-"

// inboundContext holds the organisation's DIDs, as digits. A call over a trunk
// that registers with us starts here, any other comes from the
// contexts of didSections.
func (r *renderer) inboundContext() Section {
	extensions := [][]Line{exten("_+X!", jump(r.context("inbound"), "${FILTER(0-9,${EXTEN})}"))}
	for _, d := range r.uniqueDIDs() {
		key := noTrunk
		if t := r.trunkOf[d.TrunkID]; t != nil {
			key = t.key
		}
		steps := []application{gosubAt("orgpbx-admit", "in", r.prefix, key, dialled(d.Number))}
		destination := r.destination(d.Routing)
		if !destination.refuses() {
			steps = append(steps, r.record(d.RecordingEnabled)...)
		}
		extensions = append(extensions, exten(digits(d.Number), append(steps, destination)...))
	}
	extensions = append(extensions, exten("i", jump("orgpbx-unknown", "s")))
	return r.contextSection("inbound", extensions...)
}

// didSections are what the organisation adds to the contexts that know the
// DIDs of all organisations.
func (r *renderer) didSections() []Section {
	var sections []Section
	at := map[string]int{}
	for _, d := range r.uniqueDIDs() {
		number := digits(d.Number)
		name := didContext(number)
		if _, there := at[name]; !there {
			at[name] = len(sections)
			sections = append(sections, Section{Name: name, Kind: KindDIDs})
		}
		s := &sections[at[name]]
		s.Lines = append(s.Lines, exten(number, jump(r.context("inbound"), number))...)
	}
	return sections
}

// didContext is the context that knows a DID. Asterisk looks through a context
// from its start, so all DIDs in one would make each call slower with each
// organisation.
func didContext(number safe) string {
	return DIDContexts + string(number[max(0, len(number)-3):])
}

func (r *renderer) uniqueDIDs() []resource.DID {
	taken := map[safe]bool{"": true}
	return slices.DeleteFunc(slices.Clone(r.DIDs), func(d resource.DID) bool {
		was := taken[digits(d.Number)]
		taken[digits(d.Number)] = true
		return was
	})
}

func (r *renderer) contextSection(name safe, extensions ...[]Line) Section {
	return Section{Name: string(r.context(name)), Kind: KindContext, Lines: slices.Concat(extensions...)}
}
