package cdr

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAQueryThatIsTheEndOfANumberIsFoundByAnIndex(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ given, want Filter }{
		"none":             {Filter{}, Filter{}},
		"a whole number":   {Filter{Query: "+14155550100"}, Filter{Ending: "+14155550100"}},
		"as people write":  {Filter{Query: "(415) 555-01.0/0"}, Filter{Ending: "4155550100"}},
		"seven digits":     {Filter{Query: "5550100"}, Filter{Ending: "5550100"}},
		"six digits":       {Filter{Query: "550100"}, Filter{Query: "550100"}},
		"six and a plus":   {Filter{Query: "+550100"}, Filter{Query: "+550100"}},
		"a plus within":    {Filter{Query: "555+0100"}, Filter{Query: "555+0100"}},
		"a name":           {Filter{Query: "Ada"}, Filter{Query: "Ada"}},
		"digits elsewhere": {Filter{Query: "٤١٥٥٥٥٠١٠٠"}, Filter{Query: "٤١٥٥٥٥٠١٠٠"}},
	} {
		c.given.findByNumber()
		require.Equal(t, c.want, c.given, name)
	}
}
