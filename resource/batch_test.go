package resource_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/limits"
	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/resource"
)

func TestARangeOfNumbers(t *testing.T) {
	t.Parallel()
	numbers, err := resource.NumberRange("+914440001098", "+914440001101")
	require.NoError(t, err)
	require.Equal(t, []string{"+914440001098", "+914440001099", "+914440001100", "+914440001101"}, numbers)
	for name, tc := range map[string][3]string{
		"no number":    {"1", "x", "first must be a phone number in E.164 form, such as +919944421125; last must be"},
		"zero":         {"+0914440001000", "+0914440001001", "first must be a phone number"},
		"longer":       {"+999", "+1000", "last must be as long"},
		"backwards":    {"+914440001001", "+914440001000", "last must not be lower"},
		"many":         {"+914440001000", "+914440001100", "last must leave a range of at most 100"},
		"sixteen":      {"+9144400010001234", "+9144400010001234", "first must be a phone number"},
		"not a number": {"+91+4440001", "+914440001000", "first must be a phone number"},
	} {
		_, err := resource.NumberRange(tc[0], tc[1])
		require.ErrorContains(t, err, tc[2], name)
	}
}

func TestSeveralAreAddedInOneChangeOrNone(t *testing.T) {
	t.Parallel()
	f := newFixture(t, func(p *org.Profile) { p.Settings.MaxDIDs = limits.AtMost(4) })
	o, trunk := f.org, f.trunk(t, "carrier-a")
	did := func(number string) resource.DID {
		return resource.DID{Number: number, TrunkID: trunk.ID, Routing: resource.Destination{Type: resource.ToExternal, Number: "+914440009999"}}
	}
	require.NoError(t, f.DIDs().Try(t.Context(), o.ID, did("+914440001000")))
	before, err := f.orgs.Get(t.Context(), o.ID)
	require.NoError(t, err)
	made, err := f.DIDs().CreateAll(t.Context(), o.ID, []resource.DID{did("+914440001000"), did("+914440001001")})
	require.NoError(t, err)
	require.Len(t, made, 2)
	after, err := f.orgs.Get(t.Context(), o.ID)
	require.NoError(t, err)
	require.Equal(t, before.Config.DesiredRevision+1, after.Config.DesiredRevision, "one change, and a try is none")

	var refused *resource.BatchError
	var taken *org.DuplicateError
	_, err = f.DIDs().CreateAll(t.Context(), o.ID, []resource.DID{did("+914440001002"), did("+914440001001")})
	require.ErrorAs(t, err, &refused)
	require.Equal(t, 1, refused.Index)
	require.ErrorAs(t, err, &taken)
	require.ErrorAs(t, f.DIDs().Try(t.Context(), o.ID, did("+914440001000")), &taken)
	var exceeded *limits.ExceededError
	_, err = f.DIDs().CreateAll(t.Context(), o.ID, []resource.DID{did("+914440001002"), did("+914440001003"), did("+914440001004")})
	require.ErrorAs(t, err, &exceeded)
	list, err := f.DIDs().List(t.Context(), o.ID, org.Page{})
	require.NoError(t, err)
	require.Len(t, list, 2)
}
