package member

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"io"
	"runtime"
	"strings"

	"golang.org/x/crypto/argon2"

	"github.com/orgpbx/orgpbx/org"
)

// Argon2 is what one password hash (argon2id) costs.
type Argon2 struct {
	MemoryKiB uint32
	Passes    uint32
}

// defaultArgon2 is the least that OWASP asks for: some 25 ms and 19 MiB.
var defaultArgon2 = Argon2{MemoryKiB: 19 * 1024, Passes: 2}

const (
	saltSize = 16
	keySize  = 32
)

// hasher makes and checks password hashes. As many run at a time as there are
// processors: more would be no faster, and each takes its memory.
type hasher struct {
	cost   Argon2
	random io.Reader
	turns  chan struct{}
	argon2 func(password, salt []byte, passes, memoryKiB uint32, threads uint8, size uint32) []byte
}

func newHasher(cost Argon2, random io.Reader) *hasher {
	if cost == (Argon2{}) {
		cost = defaultArgon2
	}
	if random == nil {
		random = rand.Reader
	}
	return &hasher{cost: cost, random: random, turns: make(chan struct{}, runtime.GOMAXPROCS(0)), argon2: argon2.IDKey}
}

// hash returns the hash of a password in the PHC string format.
func (h *hasher) hash(ctx context.Context, password org.Secret) (string, error) {
	salt := make([]byte, saltSize)
	if _, err := io.ReadFull(h.random, salt); err != nil {
		return "", fmt.Errorf("read randomness: %w", err)
	}
	key, err := h.derive(ctx, password, h.cost, salt)
	if err != nil {
		return "", err
	}
	encode := base64.RawStdEncoding.EncodeToString
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=1$%s$%s",
		argon2.Version, h.cost.MemoryKiB, h.cost.Passes, encode(salt), encode(key)), nil
}

// matches reports whether a hash is that of the password. An empty or broken
// hash matches nothing, after as much work as a real one.
func (h *hasher) matches(ctx context.Context, hash string, password org.Secret) (bool, error) {
	cost, salt, want, known := parseHash(hash)
	if !known {
		cost, salt, want = h.cost, make([]byte, saltSize), make([]byte, keySize)
	}
	key, err := h.derive(ctx, password, cost, salt)
	if err != nil {
		return false, err
	}
	return subtle.ConstantTimeCompare(key, want) == 1 && known, nil
}

func (h *hasher) derive(ctx context.Context, password org.Secret, cost Argon2, salt []byte) ([]byte, error) {
	select {
	case h.turns <- struct{}{}:
		defer func() { <-h.turns }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	return h.argon2([]byte(normalized(password)), salt, cost.Passes, cost.MemoryKiB, 1, keySize), nil
}

func parseHash(hash string) (cost Argon2, salt, key []byte, ok bool) {
	parts := strings.Split(hash, "$")
	if len(parts) != 6 || parts[1] != "argon2id" || parts[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return Argon2{}, nil, nil, false
	}
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=1", &cost.MemoryKiB, &cost.Passes); err != nil || cost.Passes == 0 {
		return Argon2{}, nil, nil, false
	}
	salt, errSalt := base64.RawStdEncoding.DecodeString(parts[4])
	key, errKey := base64.RawStdEncoding.DecodeString(parts[5])
	return cost, salt, key, errSalt == nil && errKey == nil && len(key) == keySize
}
