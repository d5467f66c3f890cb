package live_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/asterisk"
	"github.com/orgpbx/orgpbx/asterisk/ami"
)

// phonesPerOrganization is the size of the organisations that are there while
// one of them changes.
const phonesPerOrganization = 20

// BenchmarkOneUserChanges measures Apply with a real Asterisk: a user's name
// changes, or a user comes and goes, in one organisation of several. Beside it
// is what the reload of res_pjsip alone takes that Apply does without.
func BenchmarkOneUserChanges(b *testing.B) {
	for _, organizations := range []int{10, 100} {
		b.Run(fmt.Sprintf("%d organisations", organizations), func(b *testing.B) {
			r := newRealPBX(b)
			for i := range organizations {
				_, err := r.ApplyConfig(b.Context(), organization(fmt.Sprintf("org%d", i), i, phonesPerOrganization))
				require.NoError(b, err)
			}
			renamed := func(i int) asterisk.Config {
				return set(organization("org1", 1, phonesPerOrganization), asterisk.KindEndpoint, "org1-p1", "callerid", fmt.Sprintf("One <%d>", i))
			}
			b.Run("name", func(b *testing.B) { r.measure(b, 1, renamed) })
			b.Run("user", func(b *testing.B) {
				// endpoint, auth, AOR, mailbox and the context
				r.measure(b, 5, func(i int) asterisk.Config { return organization("org1", 1, phonesPerOrganization+i%2) })
			})
			b.Run("nothing", func(b *testing.B) {
				r.measure(b, 0, func(int) asterisk.Config { return organization("org1", 1, phonesPerOrganization) })
			})
			b.Run("res_pjsip reload alone", func(b *testing.B) {
				for b.Loop() {
					_, err := r.conn.Do(b.Context(), ami.Action{Name: "Reload", Fields: []ami.Field{{Key: "Module", Value: "res_pjsip.so"}}})
					require.NoError(b, err)
				}
			})
		})
	}
}

// measure applies one configuration after the other, each with so many changes.
func (r realPBX) measure(b *testing.B, changed int, next func(i int) asterisk.Config) {
	b.Helper()
	_, err := r.ApplyConfig(b.Context(), next(0))
	require.NoError(b, err)
	for i := 1; b.Loop(); i++ {
		changes, err := r.ApplyConfig(b.Context(), next(i))
		require.NoError(b, err)
		require.Len(b, changes, changed)
	}
}
