package hold_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/org/hold"
)

func TestANumberIsHeldInEveryForm(t *testing.T) {
	t.Parallel()
	set := hold.InForce([]hold.Hold{
		{Target: hold.OfNumber, Value: "+4930123456"},
		{Target: hold.OfNumber, Value: "101"},
		{Target: hold.OfNumber, Value: "5551234567", ReleasedAt: time.Unix(1, 0)},
		{Target: hold.OfNumber, Value: "911", Endpoint: "phone"},
	})
	for _, held := range []string{"+4930123456", "004930123456", "4930123456", "030123456", "9030123456", "0123456", "(030) 12-34.56", "030/123456#", "101", "*101"} {
		require.True(t, set.Keeps("", []string{"", held}, nil), held)
	}
	for _, free := range []string{"", "anonymous", "123456", "30123457", "1010", "5551234567", "phone"} {
		require.False(t, set.Keeps("", []string{free}, nil), free)
	}
	require.True(t, set.Keeps("", nil, []string{"", "phone"}))
	require.False(t, set.Keeps("", nil, []string{"", "101"}))
	require.False(t, hold.InForce(nil).Keeps("", []string{""}, []string{""}))
	require.True(t, hold.InForce([]hold.Hold{{Target: hold.OfOrganization}}).Keeps("any", nil, nil))
}
