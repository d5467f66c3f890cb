package cdr

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestAQueryIsTheEndOfANumberOrGoesBackSoManyDays(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, time.November, 25, 12, 0, 0, 0, time.UTC)
	day := func(n int) time.Time { return now.AddDate(0, 0, n) }
	for name, c := range map[string]struct{ given, want Filter }{
		"none":             {Filter{To: now}, Filter{To: now}},
		"a whole number":   {Filter{Query: "+14155550100"}, Filter{Ending: "+14155550100"}},
		"as people write":  {Filter{Query: "(415) 555-01.0/0"}, Filter{Ending: "4155550100"}},
		"seven digits":     {Filter{Query: "5550100"}, Filter{Ending: "5550100"}},
		"six digits":       {Filter{Query: "550100"}, Filter{Query: "550100", From: day(-31)}},
		"six and a plus":   {Filter{Query: "+550100"}, Filter{Query: "+550100", From: day(-31)}},
		"a plus within":    {Filter{Query: "555+0100"}, Filter{Query: "555+0100", From: day(-31)}},
		"a name":           {Filter{Query: "Ada"}, Filter{Query: "Ada", From: day(-31)}},
		"a name until":     {Filter{Query: "Ada", To: day(-9)}, Filter{Query: "Ada", From: day(-40), To: day(-9)}},
		"a name from":      {Filter{Query: "Ada", From: day(-900)}, Filter{Query: "Ada", From: day(-900)}},
		"digits elsewhere": {Filter{Query: "٤١٥٥٥٥٠١٠٠"}, Filter{Query: "٤١٥٥٥٥٠١٠٠", From: day(-31)}},
	} {
		c.given.bound(now)
		require.Equal(t, c.want, c.given, name)
	}
}
