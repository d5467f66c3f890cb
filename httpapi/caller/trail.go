package caller

import "github.com/orgpbx/orgpbx/org/audit"

// Identify tells the trail who calls. administrator is the name of the
// platform's. It tells nothing of who is nobody yet.
func (c Caller) Identify(record *audit.Record, administrator string) {
	switch {
	case c.Platform:
		record.Identify(audit.Actor{Kind: audit.Administrator}, administrator)
	case c.Member != nil:
		record.Identify(audit.Actor{Kind: audit.Member, ID: c.Member.ID}, c.Member.Email)
	case c.Named != nil:
		record.Identify(audit.Actor{Kind: audit.APIKey, ID: c.Named.ID}, c.Named.Name)
	case c.Organization.ID != "":
		record.Identify(audit.Actor{Kind: audit.Organization, ID: c.Organization.ID}, c.Organization.APIKey)
	}
}
