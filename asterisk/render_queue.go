package asterisk

import "github.com/orgpbx/orgpbx/resource"

// queues renders a section for each queue.
func (r *renderer) queues() []Section {
	var sections []Section
	taken := map[safe]bool{}
	for _, q := range r.Queues {
		name := r.queueName(q)
		if digits(q.Number) == "" || taken[name] {
			continue
		}
		taken[name] = true
		sections = append(sections, Section{Name: string(name), Kind: KindQueue, Lines: r.queueLines(q)})
	}
	return sections
}

func (r *renderer) queueLines(q resource.Queue) []Line {
	lines := []Line{
		set("strategy", string(strategy(q.Strategy))),
		set("timeout", string(number(q.Timeout))),
		// Asterisk takes 0 for its default of five.
		set("retry", string(number(max(q.Retry, 1)))),
		set("musicclass", string(class(q.MusicOnHold))),
		set("autofill", "yes"),
		set("ringinuse", "no"),
		// A queue whose phones are all away still lets callers wait: they may
		// come back before MaxWait.
		set("joinempty", "yes"),
		set("leavewhenempty", "no"),
		set("setinterfacevar", "yes"),
		set("setqueuevar", "yes"),
		set("setqueueentryvar", "yes"),
	}
	for _, m := range q.Members {
		if p := r.phoneOf[m.UserID]; p != nil && p.endpoint != "" {
			lines = append(lines, r.memberLine(p, m.Penalty))
		}
	}
	return lines
}

// memberLine has the queue call a member through the dialplan, because it would
// ring but one of his devices itself. The line stays between them for the whole
// call (n): it is what is counted where his phone number rings over a trunk.
// Whether he is free is told by his phone, or by his log-in alone where another
// number rings.
func (r *renderer) memberLine(p *phone, penalty int) Line {
	member := "Local/" + string(p.endpoint) + "@" + string(r.context("agents")) + "/n"
	device := "PJSIP/" + string(p.endpoint)
	if p.ring() != "" {
		device = "Custom:" + string(p.endpoint) + "-out"
	}
	name := displayName(p.FullName)
	if name == "" {
		name = string(digits(p.Extension))
	}
	return Line{Key: "member", Value: member + "," + string(number(penalty)) + "," + name + "," + device, Arrow: true}
}

// afterQueue is where a caller goes whom nobody answered for as long as he may
// wait.
func (r *renderer) afterQueue(q resource.Queue) application {
	if q.Overflow == nil {
		return gosub("orgpbx-unserved", r.prefix)
	}
	return r.destination(*q.Overflow)
}

// noteMembers notes the phones that some queue calls.
func (r *renderer) noteMembers() {
	for _, q := range r.Queues {
		for _, m := range q.Members {
			if p := r.phoneOf[m.UserID]; p != nil && p.endpoint != "" {
				r.members[p.endpoint] = true
			}
		}
	}
}

func (r *renderer) queueName(q resource.Queue) safe { return r.prefix + "-" + digits(q.Number) }

func strategy(s resource.Strategy) resource.Strategy {
	switch s {
	case resource.LeastRecent, resource.FewestCalls, resource.Random, resource.RRMemory, resource.Linear:
		return s
	default:
		return resource.RingAll
	}
}
