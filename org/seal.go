package org

import (
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
	aead cipher.AEAD
}

// NewSealer returns a sealer with a key of exactly 32 bytes.
func NewSealer(key []byte) (*Sealer, error) {
	if len(key) != 32 {
		return nil, errors.New("the encryption key must have 32 bytes")
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return nil, err
	}
	return &Sealer{aead: aead}, nil
}

// Seal encrypts a secret of an organisation. An empty one stays empty.
func (s *Sealer) Seal(organizationID string, secret Secret) (Sealed, error) {
	if secret == "" {
		return nil, nil
	}
	nonce := make([]byte, s.aead.NonceSize())
	if _, err := rand.Read(nonce); err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	return s.aead.Seal(nonce, nonce, []byte(secret.Reveal()), []byte(organizationID)), nil
}

// Open decrypts what [Sealer.Seal] made for the same organisation, or returns
// [ErrSealed].
func (s *Sealer) Open(organizationID string, sealed Sealed) (Secret, error) {
	if len(sealed) == 0 {
		return "", nil
	}
	size := s.aead.NonceSize()
	if len(sealed) < size {
		return "", ErrSealed
	}
	plain, err := s.aead.Open(nil, sealed[:size], sealed[size:], []byte(organizationID))
	if err != nil {
		return "", ErrSealed
	}
	return Secret(plain), nil
}
