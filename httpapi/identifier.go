package httpapi

import (
	"regexp"

	"github.com/orgpbx/orgpbx/org"
)

var identifier = regexp.MustCompile(`^[\x21-\x7e]{1,128}$`)

// isID reports whether s can be an id at all. What cannot is kept from the
// store, some of which choke on bytes they cannot hold.
func isID(s string) bool { return identifier.MatchString(s) }

// storable returns a key that is safe to look up: s, or one nobody has.
func storable(s string) string {
	if isID(s) {
		return s
	}
	return ""
}

// pathID returns an id of the path, or [org.ErrNotFound] when it cannot be one.
func (c *call) pathID(name string) (string, error) {
	id := c.r.PathValue(name)
	if !isID(id) {
		return "", org.ErrNotFound
	}
	return id, nil
}
