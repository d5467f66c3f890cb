package storetest

import (
	"strings"

	"github.com/orgpbx/orgpbx/limits"
	"github.com/orgpbx/orgpbx/resource"
	"github.com/orgpbx/orgpbx/store"
)

// kind is what is different between the kinds of resource.
type kind[T any] struct {
	finder func(store.Store) resource.Finder[T]
	table  func(resource.Tx) resource.Table[T]
	meta   func(*T) *resource.Meta
	sample func(n int) T
	quota  limits.Kind // "" for kinds that are not counted
	// bare makes every field that may be empty so.
	bare func(*T)
	// unique is, by the field's name in the API, what gives one row a value
	// of another.
	unique map[string]func(to *T, from T)
	// platform are those of unique that other organisations must not have
	// either.
	platform map[string]bool
	// name is the field that is compared without case; nil where none is.
	name func(*T) *string
}

var users = kind[resource.User]{
	finder: store.Store.Users,
	table:  resource.Tx.Users,
	meta:   func(u *resource.User) *resource.Meta { return &u.Meta },
	sample: sampleUser,
	quota:  limits.Users,
	bare: func(u *resource.User) {
		*u = resource.User{Meta: u.Meta, Extension: u.Extension, SIP: resource.SIPCredential{Username: u.SIP.Username}}
	},
	unique: map[string]func(to *resource.User, from resource.User){
		"extension":    func(to *resource.User, from resource.User) { to.Extension = from.Extension },
		"username":     func(to *resource.User, from resource.User) { to.Username = from.Username },
		"sip_username": func(to *resource.User, from resource.User) { to.SIP.Username = from.SIP.Username },
	},
	platform: map[string]bool{"sip_username": true},
}

var trunks = kind[resource.Trunk]{
	finder: store.Store.Trunks,
	table:  resource.Tx.Trunks,
	meta:   func(t *resource.Trunk) *resource.Meta { return &t.Meta },
	sample: sampleTrunk,
	quota:  limits.Trunks,
	bare: func(t *resource.Trunk) {
		*t = resource.Trunk{Meta: t.Meta, Name: t.Name, MaxChannels: limits.Unlimited()}
	},
	unique: map[string]func(to *resource.Trunk, from resource.Trunk){
		"name": func(to *resource.Trunk, from resource.Trunk) { to.Name = strings.ToUpper(from.Name) },
	},
	name: func(t *resource.Trunk) *string { return &t.Name },
}

var dids = kind[resource.DID]{
	finder: store.Store.DIDs,
	table:  resource.Tx.DIDs,
	meta:   func(d *resource.DID) *resource.Meta { return &d.Meta },
	sample: sampleDID,
	quota:  limits.DIDs,
	bare:   func(d *resource.DID) { *d = resource.DID{Meta: d.Meta, Number: d.Number} },
	unique: map[string]func(to *resource.DID, from resource.DID){
		"number": func(to *resource.DID, from resource.DID) { to.Number = from.Number },
	},
	platform: map[string]bool{"number": true},
}

var queues = kind[resource.Queue]{
	finder: store.Store.Queues,
	table:  resource.Tx.Queues,
	meta:   func(q *resource.Queue) *resource.Meta { return &q.Meta },
	sample: sampleQueue,
	quota:  limits.Queues,
	bare: func(q *resource.Queue) {
		*q = resource.Queue{Meta: q.Meta, Name: q.Name, Number: q.Number, Members: []resource.QueueMember{{UserID: "a"}}}
	},
	unique: map[string]func(to *resource.Queue, from resource.Queue){
		"name":   func(to *resource.Queue, from resource.Queue) { to.Name = strings.ToLower(from.Name) },
		"number": func(to *resource.Queue, from resource.Queue) { to.Number = from.Number },
	},
	name: func(q *resource.Queue) *string { return &q.Name },
}

var routes = kind[resource.OutboundRoute]{
	finder: store.Store.OutboundRoutes,
	table:  resource.Tx.OutboundRoutes,
	meta:   func(r *resource.OutboundRoute) *resource.Meta { return &r.Meta },
	sample: sampleRoute,
	bare:   func(r *resource.OutboundRoute) { *r = resource.OutboundRoute{Meta: r.Meta, Name: r.Name} },
	unique: map[string]func(to *resource.OutboundRoute, from resource.OutboundRoute){
		"name": func(to *resource.OutboundRoute, from resource.OutboundRoute) { to.Name = strings.ToUpper(from.Name) },
	},
	name: func(r *resource.OutboundRoute) *string { return &r.Name },
}

var ivrs = kind[resource.IVR]{
	finder: store.Store.IVRs,
	table:  resource.Tx.IVRs,
	meta:   func(i *resource.IVR) *resource.Meta { return &i.Meta },
	sample: sampleIVR,
	bare:   func(i *resource.IVR) { *i = resource.IVR{Meta: i.Meta, Name: i.Name, Number: i.Number} },
	unique: map[string]func(to *resource.IVR, from resource.IVR){
		"name":   func(to *resource.IVR, from resource.IVR) { to.Name = strings.ToLower(from.Name) },
		"number": func(to *resource.IVR, from resource.IVR) { to.Number = from.Number },
	},
	name: func(i *resource.IVR) *string { return &i.Name },
}

var conferences = kind[resource.Conference]{
	finder: store.Store.Conferences,
	table:  resource.Tx.Conferences,
	meta:   func(c *resource.Conference) *resource.Meta { return &c.Meta },
	sample: sampleConference,
	bare: func(c *resource.Conference) {
		*c = resource.Conference{Meta: c.Meta, Name: c.Name, Number: c.Number}
	},
	unique: map[string]func(to *resource.Conference, from resource.Conference){
		"name":   func(to *resource.Conference, from resource.Conference) { to.Name = strings.ToLower(from.Name) },
		"number": func(to *resource.Conference, from resource.Conference) { to.Number = from.Number },
	},
	name: func(c *resource.Conference) *string { return &c.Name },
}

var agents = kind[resource.AIAgent]{
	finder: store.Store.AIAgents,
	table:  resource.Tx.AIAgents,
	meta:   func(a *resource.AIAgent) *resource.Meta { return &a.Meta },
	sample: sampleAIAgent,
	bare:   func(a *resource.AIAgent) { *a = resource.AIAgent{Meta: a.Meta, Name: a.Name, Number: a.Number} },
	unique: map[string]func(to *resource.AIAgent, from resource.AIAgent){
		"name":   func(to *resource.AIAgent, from resource.AIAgent) { to.Name = strings.ToUpper(from.Name) },
		"number": func(to *resource.AIAgent, from resource.AIAgent) { to.Number = from.Number },
	},
	name: func(a *resource.AIAgent) *string { return &a.Name },
}
