package asterisk

import "github.com/orgpbx/orgpbx/resource"

// Render returns everything that Asterisk must have to obey the snapshot. It
// is pure: the same snapshot gives the same configuration, and none makes it
// fail. What cannot be rendered safely, such as a phone without a credential,
// is left out.
//
// The snapshot must have been unsealed: a trunk that needs a password is left
// out without one.
func Render(s resource.Snapshot) Config {
	prefix := contextPrefix(s.Organization.ContextPrefix)
	c := Config{Prefix: prefix}
	for _, name := range FileNames() {
		c.Files = append(c.Files, File{Name: name, OrganizationID: organizationID(s.Organization.ID)})
	}
	return c
}
