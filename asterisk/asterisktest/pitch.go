package asterisktest

import (
	"context"
	"fmt"
	"math"
	"time"
)

const (
	// toneShare is how much of a frame's power a tone has to have. It leaves room for two voices beside it.
	toneShare = 0.2
	// voice is the pitch with which one side makes itself known to the other. It is none of those in which
	// Asterisk says that it rings or that a line is busy.
	voice = 1000
	// purity is the part of a frame's power at one pitch from which the frame is nothing but that tone. Of a
	// prompt or of music it is a few hundredths.
	purity = 0.8
	// enoughVoice is how much has to be heard of another side.
	enoughVoice = 200 * time.Millisecond
)

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
		if shareOf(samples[:frameSamples], hertz) >= toneShare {
			frames++
		}
	}
	return time.Duration(frames) * frameDuration
}

// shareOf returns how much of a frame's power is at one pitch, by Goertzel's algorithm: 0 to 1, and 0 of a frame that
// nobody would hear.
func shareOf(frame []int16, hertz float64) float64 {
	turn := 2 * math.Cos(2*math.Pi*hertz/sampleRate)
	var last, before, power float64
	for _, sample := range frame {
		value := float64(sample)
		last, before = value+turn*last-before, last
		power += value * value
	}
	n := float64(len(frame))
	if power < n*audibleAmplitude*audibleAmplitude {
		return 0
	}
	return 2 * (last*last + before*before - turn*last*before) / n / power
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

// Hears returns when this side hears the other, which speaks until then: Asterisk has connected the two.
// A call is answered a little before that, and Asterisk accepts a transfer in between without carrying it
// out as asked. A prompt or music is not taken for the other side.
func (c *Call) Hears(ctx context.Context, other *Call) error {
	return other.speakDuring(ctx, func() error { return c.HearsVoice(ctx) })
}

// HearsVoice returns when this side hears somebody speak, as the other side of Hears and an [AudioAgent] do.
func (c *Call) HearsVoice(ctx context.Context) error {
	before, _, _ := c.media.state()
	err := c.media.await(ctx, enoughVoice, func(s sound) time.Duration { return s.voice - before.voice })
	if err != nil {
		return fmt.Errorf("hear somebody speak: %w", err)
	}
	return nil
}

// speakDuring speaks while somebody listens.
func (c *Call) speakDuring(ctx context.Context, listen func() error) error {
	speaking, stop := context.WithCancel(ctx)
	silent := make(chan struct{})
	go func() {
		defer close(silent)
		for speaking.Err() == nil && c.SendTone(speaking, voice, enoughVoice) == nil {
		}
	}()
	err := listen()
	stop()
	<-silent
	return err
}
