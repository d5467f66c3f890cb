package member

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/argon2"

	"github.com/orgpbx/orgpbx/org"
)

var quick = Argon2{MemoryKiB: 8, Passes: 1}

// countHashes counts the password hashes that a hasher makes, by their cost.
func countHashes(h *hasher) *atomic.Int64 {
	var count atomic.Int64
	h.argon2 = func(password, salt []byte, passes, memoryKiB uint32, threads uint8, size uint32) []byte {
		if (Argon2{MemoryKiB: memoryKiB, Passes: passes}) == h.cost && len(salt) == saltSize && threads == 1 {
			count.Add(1)
		}
		return argon2.IDKey(password, salt, passes, memoryKiB, threads, size)
	}
	return &count
}

func TestAHashIsOfItsPasswordOnly(t *testing.T) {
	t.Parallel()
	h := newHasher(Argon2{}, nil)
	require.GreaterOrEqual(t, h.cost.MemoryKiB, uint32(19*1024), "OWASP's least")
	require.GreaterOrEqual(t, h.cost.Passes, uint32(2))
	hash, err := h.hash(t.Context(), "caf\u00e9-au-lait")
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(hash, "$argon2id$v=19$m=19456,t=2,p=1$"), hash)
	again, err := h.hash(t.Context(), "caf\u00e9-au-lait")
	require.NoError(t, err)
	require.NotEqual(t, hash, again, "a salt of its own")
	for password, want := range map[org.Secret]bool{
		"caf\u00e9-au-lait": true, "cafe\u0301-au-lait": true, "cafe-au-lait": false, "": false,
	} {
		got, err := h.matches(t.Context(), hash, password)
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
}

// The example of the reference implementation's test suite.
func TestAHashOfAnotherProgramIsRead(t *testing.T) {
	t.Parallel()
	h := newHasher(quick, nil)
	hash := "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4"
	right, err := h.matches(t.Context(), hash, "password")
	require.NoError(t, err)
	require.True(t, right)
}

func TestWhatIsNoHashMatchesNothingAfterTheSameWork(t *testing.T) {
	t.Parallel()
	h := newHasher(quick, nil)
	count := countHashes(h)
	for i, hash := range []string{
		"", "x", "$argon2i$v=19$m=8,t=1,p=1$AAAA$AAAA", "$argon2id$v=18$m=8,t=1,p=1$AAAA$AAAA",
		"$argon2id$v=19$m=8,t=0,p=1$AAAA$AAAA", "$argon2id$v=19$m=8,t=1,p=1$AAAA$AAAA", "$argon2id$v=19$m=8,t=1,p=1$?$?",
	} {
		right, err := h.matches(t.Context(), hash, "password")
		require.NoError(t, err)
		require.False(t, right, hash)
		require.EqualValues(t, i+1, count.Load())
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for range cap(h.turns) {
		h.turns <- struct{}{}
	}
	_, err := h.matches(ctx, "", "password")
	require.ErrorIs(t, err, context.Canceled, "who waits for his turn can give up")
}

// candidates is a store that knows some memberships by e-mail.
type candidates struct {
	Store
	list []Membership
}

func (c candidates) MembershipsByEmail(_ context.Context, _, _ string, limit int) ([]Membership, error) {
	return c.list[:min(limit, len(c.list))], nil
}

func TestALoginMakesAsManyHashesWhoeverItIs(t *testing.T) {
	t.Parallel()
	maker := newHasher(quick, nil)
	hash, err := maker.hash(t.Context(), "right password")
	require.NoError(t, err)
	one := Membership{Member: Member{PasswordHash: hash}}
	disabled := one
	disabled.Member.Disabled = true
	for name, list := range map[string][]Membership{
		"nobody": nil, "one": {one}, "disabled": {disabled}, "two": {one, one}, "five": {one, one, one, one, one},
	} {
		s := New(candidates{list: list}, Options{Hashing: quick})
		count := countHashes(s.hasher)
		for _, password := range []org.Secret{"right password", "wrong password"} {
			for id, want := range map[string]int64{"": membershipsTried, "some": 1} {
				count.Store(0)
				_, err := s.identify(t.Context(), Credentials{Email: "a@example.com", Password: password, OrganizationID: id})
				require.Equal(t, want, count.Load(), "%s, organization %q", name, id)
				if password == "wrong password" || name == "nobody" || name == "disabled" {
					require.ErrorIs(t, err, org.ErrUnauthenticated)
				} else {
					require.NoError(t, err)
				}
			}
		}
	}
}
