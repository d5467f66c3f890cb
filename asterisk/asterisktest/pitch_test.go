package asterisktest

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestATonesPitchIsTold(t *testing.T) {
	t.Parallel()
	samples, second := Tone(450, sampleRate), Tone(1000, sampleRate)
	both := make([]int16, sampleRate)
	for i := range both {
		both[i] = samples[i]/2 + second[i]/2
	}
	require.Equal(t, time.Second, ToneLength(samples, 450))
	require.Zero(t, ToneLength(samples, 1000))
	require.Equal(t, time.Second, ToneLength(both, 450))
	require.Equal(t, time.Second, ToneLength(both, 1000))
	require.Zero(t, ToneLength(both, 1600))
	require.Zero(t, ToneLength(make([]int16, sampleRate), 450), "silence")
}
