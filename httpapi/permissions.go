package httpapi

import (
	"net/http"
	"strings"

	"github.com/orgpbx/orgpbx/org/member"
)

// asked says which permission the operations of a tag ask of a member: those
// that read, and those that write. What is in none of the two tables here
// cannot be registered.
var asked = map[string]struct{ read, write member.Permission }{
	organizationsTag:   {read: member.ReadSetup}, // the writes are the administrator's
	"Users":            {member.ReadDirectory, member.WriteSetup},
	"Trunks":           {member.ReadSetup, member.WriteSetup},
	"DIDs":             {member.ReadSetup, member.WriteSetup},
	"Queues":           {member.ReadDirectory, member.WriteSetup},
	"Outbound routes":  {member.ReadSetup, member.WriteSetup},
	"IVRs":             {member.ReadDirectory, member.WriteSetup},
	"Conferences":      {member.ReadDirectory, member.WriteSetup},
	"AI agents":        {member.ReadDirectory, member.WriteSetup},
	"Compliance":       {member.ReadSetup, member.WriteCompliance},
	"Usage":            {read: member.ReadSetup},
	callsTag:           {read: member.ReadCalls}, // the one write is in askedBy
	recordingsTag:      {read: member.ReadRecordings},
	"Configuration":    {member.ReadSetup, member.Deploy},
	auditTag:           {read: member.ReadAudit},
	webhooksTag:        {member.ReadWebhooks, member.WriteWebhooks},
	apiKeysTag:         {member.ReadAPIKeys, member.WriteAPIKeys},
	legalHoldsTag:      {member.ReadLegalHolds, member.WriteLegalHolds},
	subjectRequestsTag: {member.ReadSubjectRequests, member.WriteSubjectRequests},
	peopleTag:          {member.ReadPeople, member.WritePeople},
}

// askedBy is the permission of operations that ask for another one than the
// rest of their tag.
var askedBy = map[string]member.Permission{
	"add-queue-member":    member.StaffQueues,
	"remove-queue-member": member.StaffQueues,
	"reveal-call":         member.RevealCalls,
	// It is all there is of somebody, recordings too.
	"fetch-subject-export": member.WriteSubjectRequests,
}

// permission returns what the operation asks of a member; "" where members
// have no business, and where everybody may call.
func (op operation) permission() member.Permission {
	switch {
	case op.access == members:
		return member.Self
	case op.access != organizations:
		return ""
	case askedBy[op.id] != "":
		return askedBy[op.id]
	case op.method == http.MethodGet:
		return asked[op.tag].read
	default:
		return asked[op.tag].write
	}
}

// roles lists the roles that may call the operation, for people.
func (op operation) roles() string {
	var names []string
	for _, r := range op.permission().Roles() {
		names = append(names, string(r))
	}
	return strings.Join(names, ", ")
}
