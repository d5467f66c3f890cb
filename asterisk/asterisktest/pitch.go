package asterisktest

import (
	"context"
	"fmt"
	"math"
	"time"
)

// toneShare is how much of a frame's power a tone has to have. It leaves room for two voices beside it.
const toneShare = 0.2

// Tone is a sine of the given pitch, 8000 samples a second: a prompt that HeardTone knows again.
func Tone(hertz float64, samples int) []int16 {
	audio := make([]int16, samples)
	for i, code := range tone(hertz, samples) {
		audio[i] = decodeULaw(code)
	}
	return audio
}

// ToneLength is how much of the audio, 8000 samples a second, has a tone of that pitch in it, alone or beside
// others. It tells tones apart that are at least 100 Hz from each other.
func ToneLength(samples []int16, hertz float64) time.Duration {
	frames := 0
	for ; len(samples) >= frameSamples; samples = samples[frameSamples:] {
		if hasTone(samples[:frameSamples], hertz) {
			frames++
		}
	}
	return time.Duration(frames) * frameDuration
}

// hasTone compares the power at one pitch, found by Goertzel's algorithm, with that of the whole frame.
func hasTone(frame []int16, hertz float64) bool {
	turn := 2 * math.Cos(2*math.Pi*hertz/sampleRate)
	var last, before, power float64
	for _, sample := range frame {
		value := float64(sample)
		last, before = value+turn*last-before, last
		power += value * value
	}
	n := float64(len(frame))
	found := 2 * (last*last + before*before - turn*last*before) / n
	return power/n >= audibleAmplitude*audibleAmplitude && found >= toneShare*power
}

// HeardTone returns when at least d of audio with a tone of the given pitch in it has come in since the call began,
// early media included. The error says how much there was when the call or ctx ended.
func (c *Call) HeardTone(ctx context.Context, hertz float64, d time.Duration) error {
	for {
		audio, news, closed := c.media.received()
		heard := ToneLength(audio, hertz)
		if heard >= d {
			return nil
		}
		if closed {
			return fmt.Errorf("the call ended after %v of %v Hz, %v wanted", heard, hertz, d)
		}
		select {
		case <-news:
		case <-ctx.Done():
			return fmt.Errorf("heard %v of %v Hz, %v wanted: %w", heard, hertz, d, ctx.Err())
		}
	}
}
