package memstore

import (
	"bytes"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/resource"
)

// kind is what is different between the kinds of resource.
type kind[T any] struct {
	id     func(*T) string
	clone  func(T) T // a copy that shares no memory
	rows   func(*state) *rows[T]
	unique []unique[T]
}

// unique is a value that no two rows of an organisation share, unless empty.
type unique[T any] struct {
	field    string // the field's name in the API
	value    func(*T) string
	platform bool // no other organisation may have it either
}

var userKind = kind[resource.User]{
	id:    func(u *resource.User) string { return u.ID },
	clone: func(u resource.User) resource.User { return u },
	rows:  func(s *state) *rows[resource.User] { return &s.users },
	unique: []unique[resource.User]{
		{field: "extension", value: func(u *resource.User) string { return u.Extension }},
		{field: "username", value: func(u *resource.User) string { return u.Username }},
		{field: "sip_username", value: func(u *resource.User) string { return u.SIP.Username }, platform: true},
	},
}

var trunkKind = kind[resource.Trunk]{
	id: func(t *resource.Trunk) string { return t.ID },
	clone: func(t resource.Trunk) resource.Trunk {
		t.Password = bytes.Clone(t.Password)
		return t
	},
	rows: func(s *state) *rows[resource.Trunk] { return &s.trunks },
	unique: []unique[resource.Trunk]{
		{field: "name", value: func(t *resource.Trunk) string { return org.NameKey(t.Name) }},
	},
}

var didKind = kind[resource.DID]{
	id:    func(d *resource.DID) string { return d.ID },
	clone: func(d resource.DID) resource.DID { return d },
	rows:  func(s *state) *rows[resource.DID] { return &s.dids },
	unique: []unique[resource.DID]{
		{field: "number", value: func(d *resource.DID) string { return d.Number }, platform: true},
	},
}

var queueKind = kind[resource.Queue]{
	id:    func(q *resource.Queue) string { return q.ID },
	clone: resource.Queue.Clone,
	rows:  func(s *state) *rows[resource.Queue] { return &s.queues },
	unique: []unique[resource.Queue]{
		{field: "name", value: func(q *resource.Queue) string { return org.NameKey(q.Name) }},
		{field: "number", value: func(q *resource.Queue) string { return q.Number }},
	},
}

var ivrKind = kind[resource.IVR]{
	id:    func(i *resource.IVR) string { return i.ID },
	clone: resource.IVR.Clone,
	rows:  func(s *state) *rows[resource.IVR] { return &s.ivrs },
	unique: []unique[resource.IVR]{
		{field: "name", value: func(i *resource.IVR) string { return org.NameKey(i.Name) }},
		{field: "number", value: func(i *resource.IVR) string { return i.Number }},
	},
}

var conferenceKind = kind[resource.Conference]{
	id:    func(c *resource.Conference) string { return c.ID },
	clone: func(c resource.Conference) resource.Conference { return c },
	rows:  func(s *state) *rows[resource.Conference] { return &s.conferences },
	unique: []unique[resource.Conference]{
		{field: "name", value: func(c *resource.Conference) string { return org.NameKey(c.Name) }},
		{field: "number", value: func(c *resource.Conference) string { return c.Number }},
	},
}

var agentKind = kind[resource.AIAgent]{
	id:    func(a *resource.AIAgent) string { return a.ID },
	clone: func(a resource.AIAgent) resource.AIAgent { return a },
	rows:  func(s *state) *rows[resource.AIAgent] { return &s.agents },
	unique: []unique[resource.AIAgent]{
		{field: "name", value: func(a *resource.AIAgent) string { return org.NameKey(a.Name) }},
		{field: "number", value: func(a *resource.AIAgent) string { return a.Number }},
	},
}

var routeKind = kind[resource.OutboundRoute]{
	id:    func(r *resource.OutboundRoute) string { return r.ID },
	clone: func(r resource.OutboundRoute) resource.OutboundRoute { return r },
	rows:  func(s *state) *rows[resource.OutboundRoute] { return &s.routes },
	unique: []unique[resource.OutboundRoute]{
		{field: "name", value: func(r *resource.OutboundRoute) string { return org.NameKey(r.Name) }},
	},
}
