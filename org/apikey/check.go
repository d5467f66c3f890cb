package apikey

import (
	"slices"
	"time"

	"golang.org/x/text/unicode/norm"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/org/member"
)

// Scopes returns what a key may have: every permission but those of a person
// over himself.
func Scopes() []string {
	var scopes []string
	for _, g := range member.Grants() {
		if g.Permission != member.Self {
			scopes = append(scopes, string(g.Permission))
		}
	}
	return scopes
}

// check brings a draft into its form, or returns an [*org.InvalidError].
func (d *Draft) check(now time.Time) error {
	d.Name = norm.NFC.String(d.Name)
	named := struct {
		Name string `json:"name" validate:"required,label"`
	}{d.Name}
	var late error
	if !d.ExpiresAt.IsZero() {
		d.ExpiresAt = d.ExpiresAt.UTC().Truncate(time.Microsecond)
		if !now.Before(d.ExpiresAt) {
			late = org.Invalid("expires_at", "future", "must be in the future")
		}
	}
	return org.JoinInvalid(org.Validate(named), org.InvalidChoices("scopes", d.Scopes, Scopes(), "must be a permission that a key can have"), late)
}

// covers reports whether somebody has all of these permissions himself.
func (may May) covers(scopes []string) bool {
	return !slices.ContainsFunc(scopes, func(s string) bool { return !may(member.Permission(s)) })
}
