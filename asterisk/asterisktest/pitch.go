package asterisktest

import (
	"context"
	"fmt"
	"math"
	"time"
)

const (
	// voice is the pitch with which one side makes itself known to the other. It is none of those in which
	// Asterisk says that it rings or that a line is busy.
	voice = 1000
	// purity is the part of a frame's power at one pitch from which the frame is that tone. Of a prompt or
	// of music it is a few hundredths.
	purity = 0.8
	// enoughVoice is how much has to be heard of another side.
	enoughVoice = 200 * time.Millisecond
)

// isTone tells whether a frame is a tone of the pitch, by Goertzel's algorithm.
func isTone(samples []int16, hertz float64) bool {
	coefficient := 2 * math.Cos(2*math.Pi*hertz/sampleRate)
	var s1, s2, power float64
	for _, sample := range samples {
		x := float64(sample)
		power += x * x
		s1, s2 = x+coefficient*s1-s2, s1
	}
	n := float64(len(samples))
	atPitch := (s1*s1 + s2*s2 - coefficient*s1*s2) * 2 / n
	return power >= n*audibleAmplitude*audibleAmplitude && atPitch >= purity*power
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
