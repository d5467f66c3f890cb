package member_test

import (
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"
	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/org/member"
	"github.com/orgpbx/orgpbx/store/memstore"
)

const email = "asha@example.com"

// secured is a member with a second factor.
type secured struct {
	*fixture
	o        org.Organization
	m        member.Member
	seed     string
	recovery []org.Secret
}

func newSecured(t *testing.T) *secured {
	t.Helper()
	f := newFixture(t, nil)
	s := &secured{fixture: f, o: f.organization(t, "Delta One")}
	s.m = f.join(t, s.o, email, member.Owner)
	_, err := f.StartTOTP(t.Context(), s.o, s.m.ID, "wrong")
	requireInvalid(t, err, "current_password", "wrong")
	_, err = f.ConfirmTOTP(t.Context(), s.o.ID, s.m.ID, "000000")
	require.ErrorIs(t, err, member.ErrTOTPState)
	setup, err := f.StartTOTP(t.Context(), s.o, s.m.ID, password)
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(setup.URI.Reveal(), "otpauth://totp/"))
	f.login(t, s.o, email) // not asked for until it is confirmed
	s.seed = setup.Seed.Reveal()
	_, err = f.ConfirmTOTP(t.Context(), s.o.ID, s.m.ID, "no code")
	requireInvalid(t, err, "code", "wrong")
	s.recovery, err = f.ConfirmTOTP(t.Context(), s.o.ID, s.m.ID, s.code(t, 0))
	require.NoError(t, err)
	require.Len(t, s.recovery, 10)
	return s
}

// code is the code of now, or of some periods later.
func (s *secured) code(t *testing.T, later int) org.Secret {
	t.Helper()
	code, err := totp.GenerateCode(s.seed, s.now.Add(time.Duration(later)*30*time.Second))
	require.NoError(t, err)
	return org.Secret(code)
}

func (s *secured) try(t *testing.T, code org.Secret) error {
	t.Helper()
	_, _, err := s.Login(t.Context(), member.Credentials{Email: email, Password: password, Code: code})
	return err
}

func TestASecondFactorIsAskedForAndEachCodeWorksOnce(t *testing.T) {
	t.Parallel()
	s := newSecured(t)
	require.ErrorIs(t, s.try(t, ""), member.ErrCodeRequired)
	require.ErrorIs(t, s.try(t, s.code(t, 0)), org.ErrUnauthenticated, "used to confirm")
	require.NoError(t, s.try(t, s.code(t, 1)), "a clock that is half a minute ahead")
	require.ErrorIs(t, s.try(t, s.code(t, 1)), org.ErrUnauthenticated)
	require.ErrorIs(t, s.try(t, s.code(t, 5)), org.ErrUnauthenticated)
	s.now = s.now.Add(5 * time.Minute)
	require.NoError(t, s.try(t, s.code(t, -1)))
	require.NoError(t, s.try(t, s.code(t, 0)))
	_, _, err := s.Login(t.Context(), member.Credentials{Email: email, Password: "wrong", Code: s.code(t, 1)})
	require.ErrorIs(t, err, org.ErrUnauthenticated)
	_, err = s.StartTOTP(t.Context(), s.o, s.m.ID, password)
	require.ErrorIs(t, err, member.ErrTOTPState, "a factor is not replaced by whoever holds a session")
}

func TestARecoveryCodeWorksOnceHoweverItIsTyped(t *testing.T) {
	t.Parallel()
	s := newSecured(t)
	require.NoError(t, s.try(t, org.Secret(strings.ToUpper(strings.ReplaceAll(s.recovery[3].Reveal(), "-", " ")))))
	require.ErrorIs(t, s.try(t, s.recovery[3]), org.ErrUnauthenticated)
	require.NoError(t, s.try(t, s.recovery[0]))
}

func TestWrongCodesAreStoppedForAWhileAndNobodyElseCanDoThat(t *testing.T) {
	t.Parallel()
	s := newSecured(t)
	for range 5 {
		require.ErrorIs(t, s.try(t, "000000"), org.ErrUnauthenticated)
	}
	var blocked *member.BlockedError
	require.ErrorAs(t, s.try(t, s.recovery[0]), &blocked)
	require.Equal(t, 5*time.Minute+time.Second, blocked.RetryAfter)
	s.now = s.now.Add(5 * time.Minute)
	require.NoError(t, s.try(t, s.recovery[0]))
	for range 20 {
		_, _, err := s.Login(t.Context(), member.Credentials{Email: email, Password: "wrong", Code: "000000"})
		require.ErrorIs(t, err, org.ErrUnauthenticated)
	}
	require.NoError(t, s.try(t, s.recovery[1]), "without the password no try counts")
}

func TestASecondFactorIsTurnedOff(t *testing.T) {
	t.Parallel()
	s := newSecured(t)
	requireInvalid(t, s.DropTOTP(t.Context(), s.o.ID, s.m.ID, "wrong"), "current_password", "wrong")
	require.NoError(t, s.DropTOTP(t.Context(), s.o.ID, s.m.ID, password))
	require.NoError(t, s.try(t, ""))

	lost := newSecured(t)
	_, err := lost.RemoveTOTP(t.Context(), member.OwnersRights(), lost.o.ID, lost.m.ID)
	require.NoError(t, err)
	require.NoError(t, lost.try(t, ""))
}

func TestWithoutASealerThereIsNoSecondFactor(t *testing.T) {
	t.Parallel()
	people := member.New(memstore.New(), member.Options{})
	_, err := people.StartTOTP(t.Context(), org.Organization{}, "", password)
	require.ErrorIs(t, err, member.ErrTOTPUnavailable)
}
