package resource

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/orgpbx/orgpbx/limits"
	"github.com/orgpbx/orgpbx/org"
)

var userKind = kind[User]{
	name:   KindUser,
	quota:  limits.Users,
	finder: Store.Users,
	table:  Tx.Users,
	meta:   func(u *User) *Meta { return &u.Meta },
	check: func(ctx context.Context, tx Tx, organizationID string, u *User) error {
		if err := org.JoinInvalid(org.Validate(*u), checkPhoneNumber(ctx, tx, organizationID, u)); err != nil {
			return err
		}
		return checkNumber(ctx, tx, organizationID, "extension", u.Extension, Ref{KindUser, u.ID})
	},
	keep: func(old User, edited *User) (lost []Destination) {
		edited.SIP = old.SIP
		lost = lostNumber(ToExtension, old.Extension, edited.Extension)
		if old.VoicemailEnabled && (edited.Extension != old.Extension || !edited.VoicemailEnabled) {
			lost = append(lost, Destination{ToVoicemail, old.Extension})
		}
		return lost
	},
}

var trunkKind = kind[Trunk]{
	name:   KindTrunk,
	quota:  limits.Trunks,
	finder: Store.Trunks,
	table:  Tx.Trunks,
	meta:   func(t *Trunk) *Meta { return &t.Meta },
	check: func(ctx context.Context, tx Tx, organizationID string, t *Trunk) error {
		if err := org.JoinInvalid(org.Validate(*t), checkRegistration(t)); err != nil {
			return err
		}
		return nameInbound(ctx, tx, organizationID, t)
	},
}

var didKind = kind[DID]{
	name:   KindDID,
	quota:  limits.DIDs,
	finder: Store.DIDs,
	table:  Tx.DIDs,
	meta:   func(d *DID) *Meta { return &d.Meta },
	check: func(ctx context.Context, tx Tx, organizationID string, d *DID) error {
		return org.JoinInvalid(
			org.Validate(*d),
			checkTrunk(ctx, tx, organizationID, d.TrunkID),
			checkNoLoop(ctx, tx, organizationID, "routing_destination", Destination{ToExternal, d.Number}, d.Routing,
				func(s *Snapshot) { s.DIDs = with(s.DIDs, *d) }),
			checkDestination(ctx, tx, organizationID, d.Routing, "routing_type", "routing_destination"),
		)
	},
}

var queueKind = kind[Queue]{
	name:   KindQueue,
	quota:  limits.Queues,
	finder: Store.Queues,
	table:  Tx.Queues,
	meta:   func(q *Queue) *Meta { return &q.Meta },
	check:  checkQueue,
	keep: func(old Queue, edited *Queue) []Destination {
		return lostNumber(ToQueue, old.Number, edited.Number)
	},
}

var routeKind = kind[OutboundRoute]{
	name:   KindOutboundRoute,
	finder: Store.OutboundRoutes,
	table:  Tx.OutboundRoutes,
	meta:   func(r *OutboundRoute) *Meta { return &r.Meta },
	check: func(ctx context.Context, tx Tx, organizationID string, r *OutboundRoute) error {
		return org.JoinInvalid(org.Validate(*r), checkPattern(r.DialPattern), checkTrunk(ctx, tx, organizationID, r.TrunkID))
	},
}

var ivrKind = kind[IVR]{
	name:   KindIVR,
	finder: Store.IVRs,
	table:  Tx.IVRs,
	meta:   func(i *IVR) *Meta { return &i.Meta },
	check:  checkIVR,
	keep: func(old IVR, edited *IVR) []Destination {
		return lostNumber(ToIVR, old.Number, edited.Number)
	},
}

var conferenceKind = kind[Conference]{
	name:    KindConference,
	finder:  Store.Conferences,
	table:   Tx.Conferences,
	secrets: []string{"pin"},
	meta:    func(c *Conference) *Meta { return &c.Meta },
	check: func(ctx context.Context, tx Tx, organizationID string, c *Conference) error {
		if err := org.Validate(*c); err != nil {
			return err
		}
		return checkNumber(ctx, tx, organizationID, "number", c.Number, Ref{KindConference, c.ID})
	},
	keep: func(old Conference, edited *Conference) []Destination {
		return lostNumber(ToConference, old.Number, edited.Number)
	},
}

var agentKind = kind[AIAgent]{
	name:   KindAIAgent,
	finder: Store.AIAgents,
	table:  Tx.AIAgents,
	meta:   func(a *AIAgent) *Meta { return &a.Meta },
	check: func(ctx context.Context, tx Tx, organizationID string, a *AIAgent) error {
		if err := org.JoinInvalid(org.Validate(*a), checkAgentAddress(a)); err != nil {
			return err
		}
		return checkNumber(ctx, tx, organizationID, "number", a.Number, Ref{KindAIAgent, a.ID})
	},
	keep: func(old AIAgent, edited *AIAgent) []Destination {
		return lostNumber(ToAIAgent, old.Number, edited.Number)
	},
}

// checkPhoneNumber makes sure that the number which rings for a user does not
// lead back to his extension.
func checkPhoneNumber(ctx context.Context, tx Tx, organizationID string, u *User) error {
	if u.RingTarget != RingPhone {
		return nil
	}
	return checkNoLoop(ctx, tx, organizationID, "phone_number",
		Destination{ToExtension, u.Extension}, Destination{ToExternal, u.PhoneNumber},
		func(s *Snapshot) { s.Users = with(s.Users, *u) })
}

func checkQueue(ctx context.Context, tx Tx, organizationID string, q *Queue) error {
	err := org.JoinInvalid(
		org.Validate(*q),
		checkMembers(ctx, tx, organizationID, q.Members),
		checkOverflow(ctx, tx, organizationID, q),
	)
	if err != nil {
		return err
	}
	if err := checkMembersDiffer(q.Members); err != nil {
		return err
	}
	return checkNumber(ctx, tx, organizationID, "number", q.Number, Ref{KindQueue, q.ID})
}

func checkMembers(ctx context.Context, tx Tx, organizationID string, members []QueueMember) error {
	strangers := make([]error, len(members))
	for i, m := range members {
		_, err := tx.Users().Get(ctx, organizationID, m.UserID)
		strangers[i] = mustExist(err, memberField(i), "must be a user of this organisation")
	}
	return org.JoinInvalid(strangers...)
}

func checkMembersDiffer(members []QueueMember) error {
	for i, m := range members {
		sameUser := func(other QueueMember) bool { return other.UserID == m.UserID }
		if slices.ContainsFunc(members[:i], sameUser) {
			return &org.DuplicateError{Field: memberField(i)}
		}
	}
	return nil
}

func memberField(i int) string { return fmt.Sprintf("members[%d].user_id", i) }

func checkOverflow(ctx context.Context, tx Tx, organizationID string, q *Queue) error {
	if q.Overflow == nil {
		return nil
	}
	return org.JoinInvalid(
		checkNoLoop(ctx, tx, organizationID, "overflow.destination", Destination{ToQueue, q.Number}, *q.Overflow,
			func(s *Snapshot) { s.Queues = with(s.Queues, *q) }),
		checkDestination(ctx, tx, organizationID, *q.Overflow, "overflow.type", "overflow.destination"),
	)
}

func checkTrunk(ctx context.Context, tx Tx, organizationID, id string) error {
	_, err := tx.Trunks().Get(ctx, organizationID, id)
	return mustExist(err, "trunk_id", "must be a trunk of this organisation")
}

func checkPattern(pattern string) error {
	if !CheckPattern(pattern) {
		return org.Invalid("dial_pattern", "pattern",
			"must be an Asterisk pattern of digits, X, Z, N and [sets], ended at most by one . or !")
	}
	return nil
}

// mustExist turns ErrNotFound into a broken rule of the field.
func mustExist(err error, field, message string) error {
	if errors.Is(err, org.ErrNotFound) {
		return org.Invalid(field, "exists", message)
	}
	return err
}
