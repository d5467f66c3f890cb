package org_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/org"
)

func TestARetentionIsShorterWhereAnythingGoesEarlier(t *testing.T) {
	t.Parallel()
	kept := func(calls, recordings int) org.Compliance { // 0: for ever
		var c org.Compliance
		if calls > 0 {
			c.RetentionCDRDays = &calls
		}
		if recordings > 0 {
			c.RetentionRecordingDays = &recordings
		}
		return c
	}
	for _, tc := range []struct {
		name           string
		before, wanted org.Compliance
		less           bool
	}{
		{"the same", kept(9, 5), kept(9, 5), false},
		{"longer", kept(9, 5), kept(10, 6), false},
		{"for ever", kept(9, 5), kept(0, 0), false},
		{"calls", kept(9, 5), kept(8, 6), true},
		{"calls, and with them recordings", kept(9, 9), kept(8, 0), true},
		{"recordings", kept(9, 5), kept(9, 4), true},
		{"recordings no longer than for ever", kept(0, 0), kept(0, 4), true},
		{"calls no longer than for ever", kept(0, 5), kept(5, 5), true},
		{"recordings that went with their calls before", kept(5, 9), kept(5, 6), false},
		{"recordings that now go with their calls", kept(5, 3), kept(6, 0), false},
	} {
		require.Equal(t, tc.less, tc.wanted.KeepsLessThan(tc.before), tc.name)
	}
}
