package httpapi

import (
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/resource"
)

type queueMemberRequest struct {
	UserID  field[string] `json:"user_id" doc:"A user of the organisation." example:"01998f3a-7c1e-7d2b-9a41-3f5b8c2d1e07"`
	Penalty field[int]    `json:"penalty" minimum:"0" maximum:"10" doc:"Members with a lower one are asked first; 0 when left out." example:"0"`
}

type queueMemberResponse struct {
	UserID  string       `json:"user_id" example:"01998f3a-7c1e-7d2b-9a41-3f5b8c2d1e07"`
	Penalty int          `json:"penalty" example:"0"`
	Config  *configState `json:"config,omitempty" doc:"How far the PBX is. Only in the answer to a write."`
}

const membersPath = basePath + "/queues/{id}/members"

func (a *API) registerQueueMembers() {
	shared := "The members have the version of their queue."
	register(a, operation{
		id: "list-queue-members", method: http.MethodGet, path: membersPath, access: organizations,
		tag: "Queues", summary: "List the members of a queue", description: "In order of user id. " + shared,
		query: pageParams(), etag: true,
	}, a.listQueueMembers)
	register(a, operation{
		id: "add-queue-member", method: http.MethodPost, path: membersPath, access: organizations,
		tag: "Queues", summary: "Add a member to a queue", description: shared,
		status: http.StatusCreated, required: []string{"user_id"}, ifMatch: true, etag: true,
		problems: []int{http.StatusConflict},
	}, a.addQueueMember)
	register(a, operation{
		id: "remove-queue-member", method: http.MethodDelete, path: membersPath + "/{user_id}", access: organizations,
		tag: "Queues", summary: "Take a member out of a queue", description: shared,
		status: http.StatusNoContent, ifMatch: true,
	}, a.removeQueueMember)
}

func (a *API) listQueueMembers(c *call, _ nothing) (reply[page[queueMemberResponse]], error) {
	var none reply[page[queueMemberResponse]]
	asked, err := c.page()
	if err != nil {
		return none, err
	}
	id, err := c.pathID("id")
	if err != nil {
		return none, err
	}
	queue, err := a.config.Resources.Queues().Get(c.ctx(), c.organizationID, id)
	if err != nil {
		return none, err
	}
	read := func(p org.Page) ([]resource.QueueMember, error) { return membersAfter(queue.Members, p), nil }
	userID := func(m resource.QueueMember) string { return m.UserID }
	out, err := pageOf(asked, read, userID, showQueueMember)
	return reply[page[queueMemberResponse]]{body: out, version: queue.Version}, err
}

// membersAfter returns a page of members in order of user id, which, unlike
// their order in the queue, stays when members come and go.
func membersAfter(members []resource.QueueMember, p org.Page) []resource.QueueMember {
	sorted := slices.SortedFunc(slices.Values(members), func(a, b resource.QueueMember) int {
		return strings.Compare(a.UserID, b.UserID)
	})
	first := slices.IndexFunc(sorted, func(m resource.QueueMember) bool { return m.UserID > p.After })
	if first < 0 {
		return nil
	}
	return sorted[first:min(first+p.Limit, len(sorted))]
}

func showQueueMember(m resource.QueueMember) queueMemberResponse {
	return queueMemberResponse{UserID: m.UserID, Penalty: m.Penalty}
}

func (a *API) addQueueMember(c *call, req queueMemberRequest) (reply[queueMemberResponse], error) {
	id, version, err := c.target()
	if err != nil {
		return reply[queueMemberResponse]{}, err
	}
	var added resource.QueueMember
	req.UserID.into(&added.UserID)
	req.Penalty.into(&added.Penalty)
	queue, err := a.config.Resources.Queues().Update(c.ctx(), c.organizationID, id, version, func(q *resource.Queue) error {
		q.Members = append(q.Members, added)
		return nil
	})
	if err != nil {
		return reply[queueMemberResponse]{}, aboutMember(err)
	}
	shown := showQueueMember(added)
	shown.Config = c.settle(c.organizationID)
	return reply[queueMemberResponse]{body: shown, version: queue.Version}, nil
}

func (a *API) removeQueueMember(c *call, _ nothing) (reply[nothing], error) {
	id, version, err := c.target()
	if err != nil {
		return reply[nothing]{}, err
	}
	userID, err := c.pathID("user_id")
	if err != nil {
		return reply[nothing]{}, err
	}
	_, err = a.config.Resources.Queues().Update(c.ctx(), c.organizationID, id, version, func(q *resource.Queue) error {
		before := len(q.Members)
		q.Members = slices.DeleteFunc(q.Members, func(m resource.QueueMember) bool { return m.UserID == userID })
		if len(q.Members) == before {
			return org.ErrNotFound
		}
		return nil
	})
	if err != nil {
		return reply[nothing]{}, err
	}
	c.settle(c.organizationID)
	return reply[nothing]{}, nil
}

// aboutMember renames the fields of an error about a queue to those of the
// request about one member: "members[3].penalty" is its "penalty".
func aboutMember(err error) error {
	var broken *org.InvalidError
	var taken *org.DuplicateError
	switch {
	case errors.As(err, &broken):
		return &org.InvalidError{Fields: renamed(broken.Fields, afterMember)}
	case errors.As(err, &taken):
		return &org.DuplicateError{Field: afterMember(taken.Field)}
	}
	return err
}

func afterMember(field string) string {
	if _, name, found := strings.Cut(field, "]."); found {
		return name
	}
	return field
}

// renamed returns a copy of fields under other names.
func renamed(fields []org.FieldError, rename func(string) string) []org.FieldError {
	fields = slices.Clone(fields)
	for i := range fields {
		fields[i].Field = rename(fields[i].Field)
	}
	return fields
}
