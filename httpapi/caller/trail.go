package caller

import "github.com/orgpbx/orgpbx/org/audit"

// AuditActor is the caller as the trail names him.
func (c Caller) AuditActor() audit.Actor {
	switch {
	case c.Platform:
		return audit.Actor{Kind: audit.Administrator}
	case c.Member != nil:
		return audit.Actor{Kind: audit.Member, ID: c.Member.ID}
	case c.Named != nil:
		return audit.Actor{Kind: audit.APIKey, ID: c.Named.ID}
	case c.Organization.ID != "":
		return audit.Actor{Kind: audit.Organization, ID: c.Organization.ID}
	default:
		return audit.Actor{Kind: audit.Anonymous}
	}
}

// Identify tells the trail who calls. administrator is the name of the
// platform's. It tells nothing of who is nobody yet.
func (c Caller) Identify(record *audit.Record, administrator string) {
	var name string
	switch {
	case c.Platform:
		name = administrator
	case c.Member != nil:
		name = c.Member.Email
	case c.Named != nil:
		name = c.Named.Name
	case c.Organization.ID != "":
		name = c.Organization.APIKey
	default:
		return
	}
	record.Identify(c.AuditActor(), name)
}
