package apikey

import (
	"fmt"
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
	return org.JoinInvalid(org.Validate(named), checkScopes(d.Scopes), late)
}

func checkScopes(scopes []string) error {
	var wrong []error
	known := Scopes()
	for i, s := range scopes {
		field := fmt.Sprintf("scopes[%d]", i)
		switch {
		case !slices.Contains(known, s):
			wrong = append(wrong, org.Invalid(field, "oneof", "must be a permission that a key can have"))
		case slices.Contains(scopes[:i], s):
			wrong = append(wrong, org.Invalid(field, "unique", "must be named once"))
		}
		if len(wrong) > len(known) {
			break
		}
	}
	return org.JoinInvalid(wrong...)
}

// covers reports whether somebody has all of these permissions himself.
func (may May) covers(scopes []string) bool {
	return !slices.ContainsFunc(scopes, func(s string) bool { return !may(member.Permission(s)) })
}
