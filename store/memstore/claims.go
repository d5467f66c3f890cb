package memstore

import (
	"maps"

	"github.com/orgpbx/orgpbx/org"
)

// claim is a value that only one organisation of the platform may have, such
// as a phone number.
type claim struct {
	field string // the field's name in the API
	value string
}

// claims holds the id of the organisation that owns each claim.
type claims map[claim]string

// check returns an [*org.DuplicateError] when another organisation has one of
// the claims.
func (c claims) check(organizationID string, wanted []claim) error {
	for _, w := range wanted {
		if owner, taken := c[w]; taken && owner != organizationID {
			return &org.DuplicateError{Field: w.field}
		}
	}
	return nil
}

// swap gives released up and takes made, or returns an [*org.DuplicateError]
// and does neither.
func (c claims) swap(organizationID string, released, made []claim) error {
	if err := c.check(organizationID, made); err != nil {
		return err
	}
	for _, r := range released {
		delete(c, r)
	}
	for _, m := range made {
		c[m] = organizationID
	}
	return nil
}

func (c claims) drop(organizationID string) {
	maps.DeleteFunc(c, func(_ claim, owner string) bool { return owner == organizationID })
}

func organizationClaims(o org.Organization) []claim {
	return []claim{
		{"name", org.NameKey(o.Name)},
		{"api_key", o.APIKey},
		{"context_prefix", o.ContextPrefix},
	}
}
