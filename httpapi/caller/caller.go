package caller

import (
	"slices"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/org/member"
)

// Caller is who a request comes from.
type Caller struct {
	Platform     bool             // the administrator
	Organization org.Organization // whose credential it is, when not Platform
	Named        *org.APIKey      // the credential, when it is a named key
	Member       *member.Member   // who signed in, when it is a person's
	Token        org.Secret       // of the session, when it was one
}

// OfKey returns the caller that an organisation's main or named key is.
func OfKey(c org.Credential) Caller { return Caller{Organization: c.Organization, Named: c.Named} }

// May reports whether the caller has a permission. An organisation's main
// credential and the administrator have them all, a named key its scopes.
func (c Caller) May(p member.Permission) bool {
	switch {
	case c.Member != nil:
		return c.Member.Role.May(p)
	case c.Named != nil:
		return slices.Contains(c.Named.Scopes, string(p))
	default:
		return true
	}
}

// Actor returns the caller as one who manages people. An organisation's main
// credential and the administrator have an owner's rights.
func (c Caller) Actor() member.Actor {
	switch {
	case c.Member != nil:
		return member.ActorOf(*c.Member)
	case c.Named != nil:
		return member.ScopedRights(c.Named.Scopes)
	default:
		return member.OwnersRights()
	}
}

// Key names the credential that requests are counted by: the administrator's,
// a main or named API key and its tokens, or a person's sessions.
func (c Caller) Key() string {
	switch {
	case c.Platform:
		return "administrator"
	case c.Member != nil:
		return c.Member.ID
	case c.Named != nil:
		return c.Named.Key
	default:
		return c.Organization.APIKey
	}
}

// MemberID names the person in the log; empty for other callers.
func (c Caller) MemberID() string {
	if c.Member == nil {
		return ""
	}
	return c.Member.ID
}
