package asterisktest

import "math"

const (
	sampleRate = 8000
	// frameSamples is 20 ms of audio, which is what one packet holds.
	frameSamples = sampleRate / 50
	// toneAmplitude is loud without clipping, of 32767.
	toneAmplitude = 12_000
	// audibleAmplitude is the mean from which a frame is not silence. Comfort noise and the rounding of
	// codecs stay far below, speech and tones far above.
	audibleAmplitude = 200
)

// encodeULaw turns one linear sample into G.711 µ-law.
func encodeULaw(sample int16) byte {
	const bias, clip = 0x84, 32_635
	magnitude, sign := int(sample), 0
	if magnitude < 0 {
		magnitude, sign = -magnitude, 0x80
	}
	magnitude = min(magnitude, clip) + bias
	exponent := 7
	for mask := 0x4000; exponent > 0 && magnitude&mask == 0; mask >>= 1 {
		exponent--
	}
	mantissa := magnitude >> (exponent + 3) & 0x0f
	return ^byte(sign | exponent<<4 | mantissa)
}

// decodeULaw is the reverse of encodeULaw, up to the loss of the codec.
func decodeULaw(code byte) int16 {
	const bias = 0x84
	code = ^code
	magnitude := (int(code&0x0f)<<3+bias)<<(code>>4&0x07) - bias
	if code&0x80 != 0 {
		return int16(-magnitude)
	}
	return int16(magnitude)
}

func decodeAll(ulaw []byte) []int16 {
	samples := make([]int16, len(ulaw))
	for i, code := range ulaw {
		samples[i] = decodeULaw(code)
	}
	return samples
}

// audible tells whether a frame of µ-law is more than silence.
func audible(frame []byte) bool {
	if len(frame) == 0 {
		return false
	}
	sum := 0
	for _, code := range frame {
		sample := int(decodeULaw(code))
		sum += max(sample, -sample)
	}
	return sum/len(frame) >= audibleAmplitude
}

// tone is a sine of the given pitch and length in µ-law.
func tone(hertz float64, samples int) []byte {
	audio := make([]byte, samples)
	for i := range audio {
		angle := 2 * math.Pi * hertz * float64(i) / sampleRate
		audio[i] = encodeULaw(int16(toneAmplitude * math.Sin(angle)))
	}
	return audio
}
