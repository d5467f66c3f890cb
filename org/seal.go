package org

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"errors"
	"fmt"
)

// ErrSealed is returned when a sealed secret cannot be opened: the key is
// another one, or the data belongs to another organisation.
var ErrSealed = errors.New("sealed secret cannot be opened with this key")

// Sealed is a secret encrypted with AES-256-GCM. Empty means none. It is bound
// to its organisation: copied into another one it does not open.
type Sealed []byte

// Sealer seals the secrets that have to be kept as they are: the passwords of
// trunks, which we present to carriers, and the seeds of one-time codes. Its
// key comes from outside the database.
type Sealer struct {
	keys []cipher.AEAD // the first one seals, each opens
}

// NewSealer returns a sealer with a key of exactly 32 bytes. What was sealed
// with one of the old keys opens too, while keys are changed; see
// [Sealer.Reseal].
func NewSealer(key []byte, old ...[]byte) (*Sealer, error) {
	s := new(Sealer)
	for _, k := range append([][]byte{key}, old...) {
		if len(k) != 32 {
			return nil, errors.New("the encryption key must have 32 bytes")
		}
		block, err := aes.NewCipher(k)
		if err != nil {
			return nil, err
		}
		aead, err := cipher.NewGCM(block)
		if err != nil {
			return nil, err
		}
		s.keys = append(s.keys, aead)
	}
	return s, nil
}

// Seal encrypts a secret of an organisation. An empty one stays empty.
func (s *Sealer) Seal(organizationID string, secret Secret) (Sealed, error) {
	if secret == "" {
		return nil, nil
	}
	aead := s.keys[0]
	nonce := make([]byte, aead.NonceSize())
	if _, err := rand.Read(nonce); err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	return aead.Seal(nonce, nonce, []byte(secret.Reveal()), []byte(organizationID)), nil
}

// Open decrypts what [Sealer.Seal] made for the same organisation, with this
// key or an old one, or returns [ErrSealed].
func (s *Sealer) Open(organizationID string, sealed Sealed) (Secret, error) {
	if len(sealed) == 0 {
		return "", nil
	}
	for _, aead := range s.keys {
		if plain, err := open(aead, organizationID, sealed); err == nil {
			return Secret(plain), nil
		}
	}
	return "", ErrSealed
}

// Reseal returns what seals the same secret with the key of this sealer: the
// same bytes where that key opens them already. It returns [ErrSealed] for what
// none of its keys opens.
func (s *Sealer) Reseal(organizationID string, sealed Sealed) (Sealed, error) {
	if len(sealed) == 0 {
		return sealed, nil
	}
	if _, err := open(s.keys[0], organizationID, sealed); err == nil {
		return bytes.Clone(sealed), nil
	}
	secret, err := s.Open(organizationID, sealed)
	if err != nil {
		return nil, err
	}
	return s.Seal(organizationID, secret)
}

func open(aead cipher.AEAD, organizationID string, sealed Sealed) ([]byte, error) {
	size := aead.NonceSize()
	if len(sealed) < size {
		return nil, ErrSealed
	}
	return aead.Open(nil, sealed[:size], sealed[size:], []byte(organizationID))
}
