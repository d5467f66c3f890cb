package asterisk

import "github.com/orgpbx/orgpbx/resource"

// conference reaches a room. Whether there is a PIN is said here, and which in
// a context of its own, because Asterisk logs what a subroutine is called with.
func (r *renderer) conference(c resource.Conference) application {
	var pin safe
	if c.PIN != "" {
		pin = "pin"
	}
	return gosub("orgpbx-conference", r.prefix, digits(c.Number), number(c.MaxMembers), pin)
}

// pinContexts hold the PIN of each room that has one, as an extension. A PIN
// that has no digits can be entered by nobody.
func (r *renderer) pinContexts() []Section {
	if !r.Organization.Settings.Features.Conference {
		return nil
	}
	var contexts []Section
	taken := map[safe]bool{"": true}
	for _, c := range r.Conferences {
		n, pin := digits(c.Number), digits(c.PIN)
		if taken[n] {
			continue
		}
		taken[n] = true
		if pin != "" {
			contexts = append(contexts, r.contextSection("pin-"+n, exten(pin, call("Return"))))
		}
	}
	return contexts
}
