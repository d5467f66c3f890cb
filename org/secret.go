package org

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"encoding/base64"
	"fmt"
	"io"
	"log/slog"
	"strings"
)

const redacted = "[redacted]"

// Secret is a string that must not leak. It prints as "[redacted]" with every
// fmt verb, in JSON and in slog; [Secret.Reveal] is the one way to the text.
type Secret string

// Reveal returns the secret itself.
func (s Secret) Reveal() string { return string(s) }

// Hash returns the SHA-256 of the secret. That is enough for secrets with the
// entropy of those made here; it is not for passwords people choose.
func (s Secret) Hash() [32]byte { return sha256.Sum256([]byte(s)) }

// Format writes "[redacted]" whatever the verb.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) }

// String returns "[redacted]".
func (s Secret) String() string { return redacted }

// MarshalText writes "[redacted]", in JSON too.
func (s Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// LogValue logs as "[redacted]".
func (s Secret) LogValue() slog.Value { return slog.StringValue(redacted) }

// NewSecret returns 256 random bits as text after prefix. The text is letters,
// digits, "-" and "_". It reads from random, or from crypto/rand when that is
// nil.
func NewSecret(random io.Reader, prefix string) (Secret, error) {
	b, err := readRandom(random, 32)
	if err != nil {
		return "", err
	}
	return Secret(prefix + base64.RawURLEncoding.EncodeToString(b)), nil
}

// NewName returns n random lower-case letters and digits, the first one a
// letter: a name that is safe in a file name, a SIP user and the dialplan.
// Each character carries 5 bits, the first a little less.
func NewName(random io.Reader, n int) (string, error) {
	b, err := readRandom(random, n)
	if err != nil {
		return "", err
	}
	name := []byte(strings.ToLower(base32.StdEncoding.EncodeToString(b))[:n])
	name[0] = 'a' + b[0]%26
	return string(name), nil
}

func readRandom(random io.Reader, n int) ([]byte, error) {
	if random == nil {
		random = rand.Reader
	}
	b := make([]byte, n)
	if _, err := io.ReadFull(random, b); err != nil {
		return nil, fmt.Errorf("read randomness: %w", err)
	}
	return b, nil
}
