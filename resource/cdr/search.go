package cdr

import (
	"strings"

	"github.com/orgpbx/orgpbx/org"
)

// SearchText is what [Filter.Query] is looked for in, as [SearchKey] makes it.
func (c Call) SearchText() string {
	return SearchKey(c.Caller + "\n" + c.Called + "\n" + c.CallerName)
}

// SearchKey is a text as it is compared: without regard to case.
func SearchKey(s string) string { return org.NameKey(s) }

func (c Call) matches(query string) bool {
	return query == "" || strings.Contains(c.SearchText(), SearchKey(query))
}
