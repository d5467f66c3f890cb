package asterisk

import (
	"maps"
	"slices"

	"github.com/orgpbx/orgpbx/resource"
)

// ivrTries is how often a caller is asked who presses no key, or a wrong one.
const ivrTries = 3

// ivr reaches a menu. One without keys is an announcement: nobody is asked.
func (r *renderer) ivr(i resource.IVR) application {
	tries := ivrTries
	if len(i.Options) == 0 {
		tries = 0
	}
	return gosub("orgpbx-ivr", r.prefix, digits(i.Number), class(i.Greeting), number(max(i.Timeout, 1)), number(tries))
}

// ivrContexts say where the keys of each menu lead.
func (r *renderer) ivrContexts() []Section {
	if !r.Organization.Settings.Features.IVR {
		return nil
	}
	var contexts []Section
	taken := map[safe]bool{"": true}
	for _, i := range r.IVRs {
		n := digits(i.Number)
		if taken[n] {
			continue
		}
		taken[n] = true
		if extensions := r.ivrExtensions(i); len(extensions) > 0 {
			contexts = append(contexts, r.contextSection("ivr-"+n, extensions...))
		}
	}
	return contexts
}

func (r *renderer) ivrExtensions(i resource.IVR) [][]Line {
	var extensions [][]Line
	for _, key := range slices.Sorted(maps.Keys(i.Options)) {
		if dial := dialled(key); len(key) == 1 && string(dial) == key && key != "+" {
			extensions = append(extensions, exten(dial, r.destination(i.Options[key])))
		}
	}
	if i.Fallback != nil {
		extensions = append(extensions, exten("fallback", r.destination(*i.Fallback)))
	}
	return extensions
}
