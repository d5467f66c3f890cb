package live

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestOnlySwitchesOfTheOrganisationAreTaken(t *testing.T) {
	t.Parallel()
	for key, is := range map[string]bool{
		"alpha-phone1/dnd":          true,
		"alpha-phone1/forward-busy": true,
		"beta-phone1/dnd":           false,
		"alphabeta-phone1/dnd":      false,
		"alpha/dnd":                 false,
		"alpha-phone1/other":        false,
		"alpha-phone1/dnd/more":     false,
		"alpha-phone1)/dnd":         false,
		"alpha-phone1/dnd\n":        false,
	} {
		require.Equal(t, is, isSwitchOf("alpha", key), key)
	}
}
