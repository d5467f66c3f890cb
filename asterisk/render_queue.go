package asterisk

import "github.com/orgpbx/orgpbx/resource"

// queues renders a section for each queue. A member rings at one registered
// phone: Asterisk takes the newest contact of an endpoint.
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
			lines = append(lines, memberLine(p, m.Penalty))
		}
	}
	return lines
}

func memberLine(p *phone, penalty int) Line {
	device := "PJSIP/" + string(p.endpoint)
	name := displayName(p.FullName)
	if name == "" {
		name = string(digits(p.Extension))
	}
	return Line{Key: "member", Value: device + "," + string(number(penalty)) + "," + name + "," + device, Arrow: true}
}

// afterQueue is where a caller goes whom nobody answered for as long as he may
// wait.
func (r *renderer) afterQueue(q resource.Queue) application {
	if q.Overflow == nil {
		return gosub("orgpbx-unserved", r.prefix)
	}
	return r.destination(*q.Overflow)
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
