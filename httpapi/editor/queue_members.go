package editor

import (
	"cmp"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/resource"
)

// What a form says of members beside "members", which is their extensions.
const (
	memberPenalties = "members.penalty" // as many, in the same order
	memberToAdd     = "members.add"     // an extension
	memberMove      = "move"            // the button that was pressed: "up 1001", "down 1001", "remove 1001", "add"
)

// members are read as extensions in their order, each with its penalty behind a
// colon where it has one: "1001 1002:5".
func members(s resource.Snapshot) input[resource.Queue] {
	ids, extensions := map[string]string{}, map[string]string{}
	var choices []string
	names := map[string]string{}
	for _, u := range s.Users {
		ids[u.Extension], extensions[u.ID] = u.ID, u.Extension
		choices = append(choices, u.Extension)
		names[u.Extension] = strings.TrimSpace(u.Extension + " " + u.FullName)
	}
	slices.Sort(choices)
	return input[resource.Queue]{
		name: "members", kind: membersInput, choices: choices, names: names,
		read: func(q *resource.Queue) string {
			var list []string
			for _, m := range q.Members {
				list = append(list, queueMember{Extension: extensions[m.UserID], Penalty: strconv.Itoa(m.Penalty)}.String())
			}
			return strings.Join(list, " ")
		},
		write: func(q *resource.Queue, given string) error {
			q.Members = nil
			for _, m := range parseMembers(given) {
				n, err := strconv.Atoi(m.Penalty)
				if ids[m.Extension] == "" || err != nil {
					return org.Invalid("members", "exists", "must be users of this organisation, each with a penalty from 0 to 10")
				}
				q.Members = append(q.Members, resource.QueueMember{UserID: ids[m.Extension], Penalty: n})
			}
			return nil
		},
	}
}

// queueMember is one as a form has it.
type queueMember struct {
	Extension string
	Penalty   string // what somebody typed
}

// String is what it is in the value of a field.
func (m queueMember) String() string {
	if m.Penalty == "0" {
		return m.Extension
	}
	return m.Extension + ":" + m.Penalty
}

// penalty is the number, 0 where it is none.
func (m queueMember) penalty() int {
	n, _ := strconv.Atoi(m.Penalty) // the service has the last word on it
	return n
}

// parseMembers reads the value of a field.
func parseMembers(value string) []queueMember {
	var list []queueMember
	for _, one := range strings.FieldsFunc(value, func(r rune) bool { return r == ',' || r == ' ' }) {
		extension, penalty, _ := strings.Cut(one, ":")
		list = append(list, queueMember{extension, cmp.Or(penalty, "0")})
	}
	return list
}

// givenMembers is what a form says of them.
func givenMembers(form url.Values) string {
	var list []string
	for i, extension := range form["members"] {
		if penalties := form[memberPenalties]; i < len(penalties) {
			extension = queueMember{extension, cmp.Or(strings.ReplaceAll(penalties[i], " ", ""), "0")}.String()
		}
		list = append(list, extension)
	}
	return strings.Join(append(list, form.Get(memberToAdd)), " ")
}

// moveMembers does what a button asked for with the members of a form. The list
// is in the order in which they are asked: whoever is moved past somebody with
// another penalty gets that one.
func moveMembers(form url.Values) {
	list := askedInTurn(parseMembers(givenMembers(form)))
	action, extension, _ := strings.Cut(form.Get(memberMove), " ")
	at := slices.IndexFunc(list, func(m queueMember) bool { return m.Extension == extension })
	switch {
	case action == "up" && at > 0:
		list[at-1], list[at] = list[at], list[at-1]
		if moved, passed := &list[at-1], list[at]; moved.penalty() > passed.penalty() {
			moved.Penalty = passed.Penalty
		}
	case action == "down" && at >= 0 && at < len(list)-1:
		list[at+1], list[at] = list[at], list[at+1]
		if moved, passed := &list[at+1], list[at]; moved.penalty() < passed.penalty() {
			moved.Penalty = passed.Penalty
		}
	case action == "remove" && at >= 0:
		list = slices.Delete(list, at, at+1)
	}
	form.Del(memberToAdd)
	form.Del("members")
	form.Del(memberPenalties)
	for _, m := range list {
		form.Add("members", m.Extension)
		form.Add(memberPenalties, m.Penalty)
	}
}

// askedInTurn sorts members by penalty, and those of the same as they are.
func askedInTurn(list []queueMember) []queueMember {
	slices.SortStableFunc(list, func(a, b queueMember) int { return cmp.Compare(a.penalty(), b.penalty()) })
	return list
}

// Members are those of the value, in the order in which they are asked.
func (f field) Members() []queueMember { return askedInTurn(parseMembers(f.Value)) }

// Strangers are the choices that are no members.
func (f field) Strangers() []string {
	list := f.Members()
	return slices.DeleteFunc(slices.Clone(f.Choices), func(extension string) bool {
		return slices.ContainsFunc(list, func(m queueMember) bool { return m.Extension == extension })
	})
}
