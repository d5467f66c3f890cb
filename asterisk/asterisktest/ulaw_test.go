package asterisktest

import (
	"bytes"
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestULawKeepsASampleWithinItsStep(t *testing.T) {
	t.Parallel()
	for sample := math.MinInt16; sample <= math.MaxInt16; sample++ {
		// A step is at most a sixteenth of the value; beyond the clip there is nothing.
		clipped := max(-32_635, min(32_635, sample))
		allowed := math.Abs(float64(clipped))/16 + 8
		require.InDelta(t, clipped, decodeULaw(encodeULaw(int16(sample))), allowed)
	}
}

func TestULawIsThatOfTheStandard(t *testing.T) {
	t.Parallel()
	// The first and last entries of the table in G.711.
	require.EqualValues(t, -32_124, decodeULaw(0x00))
	require.EqualValues(t, 32_124, decodeULaw(0x80))
	require.EqualValues(t, 0, decodeULaw(0xff))
}

func TestOnlySoundIsAudible(t *testing.T) {
	t.Parallel()
	require.True(t, audible(tone(440, frameSamples)))
	require.False(t, audible(bytes.Repeat([]byte{0xff}, frameSamples)), "digital silence")
	require.False(t, audible(bytes.Repeat([]byte{encodeULaw(40)}, frameSamples)), "noise of a line")
	require.False(t, audible(nil))
}
