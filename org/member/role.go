package member

import "slices"

// Role is what a member is in the organisation.
type Role string

// The roles, from most to least. Only owners make owners.
const (
	Owner      Role = "owner"
	Admin      Role = "admin"
	Supervisor Role = "supervisor"
	Agent      Role = "agent"
	Viewer     Role = "viewer"
)

// Roles returns every role, from most to least.
func Roles() []Role { return []Role{Owner, Admin, Supervisor, Agent, Viewer} }

// manages reports whether a member of this role may invite, edit and remove
// members of the other one.
func (r Role) manages(other Role) bool {
	return r == Owner || r == Admin && other != Owner
}

// Permission is something that roles may do. Operations of an interface ask
// for one permission each.
type Permission string

// The permissions.
const (
	ReadDirectory   Permission = "directory:read"
	ReadSetup       Permission = "setup:read"
	ReadCalls       Permission = "calls:read"
	RevealCalls     Permission = "calls:reveal"
	ReadRecordings  Permission = "recordings:read"
	WriteSetup      Permission = "setup:write"
	StaffQueues     Permission = "queues:staff"
	WriteCompliance Permission = "compliance:write"
	Deploy          Permission = "config:deploy"
	ReadPeople      Permission = "people:read"
	WritePeople     Permission = "people:write"
	ReadAudit       Permission = "audit:read"
	ReadWebhooks    Permission = "webhooks:read"
	WriteWebhooks   Permission = "webhooks:write"
	ReadAPIKeys     Permission = "api-keys:read" //nolint:gosec // the name of a permission
	WriteAPIKeys    Permission = "api-keys:write"
	ReadLegalHolds  Permission = "legal-holds:read"
	WriteLegalHolds Permission = "legal-holds:write"
	// ReadSubjectRequests and the next are about what people ask about themselves.
	ReadSubjectRequests  Permission = "subject-requests:read"
	WriteSubjectRequests Permission = "subject-requests:write"

	Self Permission = "self"
)

// Grant is a line of the table of permissions.
type Grant struct {
	Permission Permission
	About      string // for people
	Roles      []Role
}

// Grants returns the table of permissions: the one place that says which role
// may do what.
func Grants() []Grant {
	everybody := Roles()
	return []Grant{
		{ReadDirectory, "See the users, the queues with their members, and the IVRs, conferences and AI agents.", everybody},
		{ReadSetup, "See everything else of the phone system: trunks, numbers, routes, compliance, usage, deployments.", []Role{Owner, Admin, Supervisor, Viewer}},
		{ReadCalls, "See who called whom.", []Role{Owner, Admin, Supervisor}},
		{RevealCalls, "See the numbers and the name of one call that are masked, with a reason that the trail keeps; switch masking off.", []Role{Owner}},
		{ReadRecordings, "Listen to recorded calls, and read how somebody consented; the trail keeps each time.", []Role{Owner, Admin, Supervisor}},
		{StaffQueues, "Put users into queues and take them out.", []Role{Owner, Admin, Supervisor}},
		{WriteSetup, "Change users, trunks, numbers, queues, routes, IVRs, conferences and AI agents.", []Role{Owner, Admin}},
		{Deploy, "Deploy the configuration to the PBX, and roll it back.", []Role{Owner, Admin}},
		{WriteCompliance, "Change how calls are recorded, kept and shown.", []Role{Owner, Admin}},
		{ReadPeople, "See who may sign in.", []Role{Owner, Admin}},
		{WritePeople, "Invite, edit and remove people; owners only by owners.", []Role{Owner, Admin}},
		{ReadAudit, "See who changed what, and check and export that trail.", []Role{Owner, Admin}},
		{ReadWebhooks, "See the webhooks and what they were told.", []Role{Owner, Admin}},
		{WriteWebhooks, "Set webhooks up, test them, and replay what they were told.", []Role{Owner, Admin}},
		{ReadAPIKeys, "See the named API keys, without their secrets.", []Role{Owner, Admin}},
		{WriteAPIKeys, "Make, rotate and revoke named API keys that may do no more than oneself.", []Role{Owner, Admin}},
		{ReadLegalHolds, "See the legal holds.", []Role{Owner, Admin}},
		{WriteLegalHolds, "Place and release legal holds.", []Role{Owner, Admin}},
		{ReadSubjectRequests, "See what people asked about themselves, and what came of it.", []Role{Owner, Admin}},
		{WriteSubjectRequests, "Find, export and erase what is kept of a phone number, and fetch the export, with recordings.", []Role{Owner, Admin}},
		{Self, "Read oneself, change the own password and second factor, sign out everywhere, leave.", everybody},
	}
}

// Roles returns the roles that have the permission; none for one that is not
// in the table.
func (p Permission) Roles() []Role {
	for _, g := range Grants() {
		if g.Permission == p {
			return g.Roles
		}
	}
	return nil
}

// May reports whether the role has the permission.
func (r Role) May(p Permission) bool { return slices.Contains(p.Roles(), r) }

// Permissions returns what the role may do, in the order of the table.
func (r Role) Permissions() []Permission {
	var list []Permission
	for _, g := range Grants() {
		if slices.Contains(g.Roles, r) {
			list = append(list, g.Permission)
		}
	}
	return list
}
