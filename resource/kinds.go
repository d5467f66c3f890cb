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
		if err := org.Validate(*u); err != nil {
			return err
		}
		return checkNumberFree(ctx, tx, organizationID, "extension", u.Extension, Ref{KindUser, u.ID})
	},
	keep: func(old User, edited *User) (lost []Destination) {
		edited.SIP = old.SIP
		if edited.Extension != old.Extension {
			lost = append(lost, Destination{ToExtension, old.Extension})
		}
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
	keep: func(old Queue, edited *Queue) (lost []Destination) {
		if edited.Number != old.Number {
			lost = append(lost, Destination{ToQueue, old.Number})
		}
		return lost
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
	return checkNumberFree(ctx, tx, organizationID, "number", q.Number, Ref{KindQueue, q.ID})
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
	if *q.Overflow == (Destination{ToQueue, q.Number}) {
		return org.Invalid("overflow.destination", "loop", "must not be the queue itself")
	}
	return checkDestination(ctx, tx, organizationID, *q.Overflow, "overflow.type", "overflow.destination")
}

// checkNumberFree makes sure that no user or queue but self has the number.
func checkNumberFree(ctx context.Context, tx Tx, organizationID, field, number string, self Ref) error {
	holder, err := tx.Holder(ctx, organizationID, number)
	if errors.Is(err, org.ErrNotFound) || err == nil && holder == self {
		return nil
	}
	if err != nil {
		return err
	}
	return &org.DuplicateError{Field: field}
}

func checkTrunk(ctx context.Context, tx Tx, organizationID, id string) error {
	_, err := tx.Trunks().Get(ctx, organizationID, id)
	return mustExist(err, "trunk_id", "must be a trunk of this organisation")
}

// checkDestination makes sure that a call sent to d arrives somewhere.
func checkDestination(ctx context.Context, tx Tx, organizationID string, d Destination, typeField, numberField string) error {
	if d.Type == "" || d.Number == "" {
		return org.JoinInvalid(checkGiven(typeField, string(d.Type)), checkGiven(numberField, d.Number))
	}
	missing := func(what string) error {
		return org.Invalid(numberField, "exists", "must be "+what+" of this organisation")
	}
	switch d.Type {
	case ToExternal:
		if !org.IsPhone(d.Number) {
			return org.Invalid(numberField, "phone", "must be a phone number in E.164 form")
		}
		return nil
	case ToExtension, ToVoicemail, ToQueue:
	case ToIVR, ToConference, ToAIAgent:
		// Nothing of these kinds can be made in this version.
		return missing("an existing " + string(d.Type))
	default:
		return org.Invalid(typeField, "oneof", "must be one of extension, queue, ivr, voicemail, conference, external, ai_agent")
	}

	holder, err := tx.Holder(ctx, organizationID, d.Number)
	if err != nil && !errors.Is(err, org.ErrNotFound) {
		return err
	}
	switch {
	case d.Type == ToQueue && holder.Kind != KindQueue:
		return missing("the number of a queue")
	case d.Type != ToQueue && holder.Kind != KindUser:
		return missing("the extension of a user")
	case d.Type == ToVoicemail:
		u, err := tx.Users().Get(ctx, organizationID, holder.ID)
		if err == nil && !u.VoicemailEnabled {
			return missing("the extension of a user with voicemail")
		}
		return err
	}
	return nil
}

func checkGiven(field, value string) error {
	if value == "" {
		return org.Invalid(field, "required", "is required")
	}
	return nil
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
