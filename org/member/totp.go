package member

import (
	"context"
	"crypto/subtle"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/totp"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/org/audit"
)

const (
	totpPeriod    = 30 * time.Second
	recoveryCodes = 10
	// codeFailures wrong codes in a row stop the next ones for codePause. That
	// is one guess a minute, of a million.
	codeFailures = 5
	codePause    = 5 * time.Minute
)

// TOTPSetup is what an authenticator app needs.
type TOTPSetup struct {
	Seed org.Secret // in base32
	URI  org.Secret // otpauth://, for a QR code
}

// StartTOTP makes the seed of a second factor, which is asked for once
// [Service.ConfirmTOTP] has seen a code. It can be started over until then. It
// returns [org.ErrNotFound], an [*org.InvalidError] about "current_password",
// [ErrTOTPState] when there is a factor already, or [ErrTOTPUnavailable].
func (s *Service) StartTOTP(ctx context.Context, o org.Organization, id string, current org.Secret) (TOTPSetup, error) {
	if s.opts.Sealer == nil {
		return TOTPSetup{}, ErrTOTPUnavailable
	}
	m, err := s.proven(ctx, o.ID, id, current)
	if err != nil {
		return TOTPSetup{}, named("start second factor", err)
	}
	key, err := totp.Generate(totp.GenerateOpts{Issuer: o.Name, AccountName: m.Email, Rand: s.opts.Random})
	if err != nil {
		return TOTPSetup{}, fmt.Errorf("start second factor: %w", err)
	}
	sealed, err := s.opts.Sealer.Seal(o.ID, org.Secret(key.Secret()))
	if err != nil {
		return TOTPSetup{}, err
	}
	_, err = s.change(ctx, o.ID, id, func(m *Member, _ Table) error {
		if m.TOTP.Confirmed {
			return ErrTOTPState
		}
		m.TOTP = TOTP{Seed: sealed}
		return nil
	})
	return TOTPSetup{Seed: org.Secret(key.Secret()), URI: org.Secret(key.URL())}, named("start second factor", err)
}

// ConfirmTOTP turns the second factor on and returns ten recovery codes, this
// once. Each works once in place of a code. It returns [org.ErrNotFound], an
// [*org.InvalidError] about "code", or [ErrTOTPState] when none was started.
func (s *Service) ConfirmTOTP(ctx context.Context, organizationID, id string, code org.Secret) ([]org.Secret, error) {
	codes, hashes, err := s.newRecoveryCodes()
	if err != nil {
		return nil, err
	}
	_, err = s.change(ctx, organizationID, id, func(m *Member, _ Table) error {
		if m.TOTP.Confirmed || len(m.TOTP.Seed) == 0 {
			return ErrTOTPState
		}
		step, err := s.stepOf(organizationID, m.TOTP, code)
		if err != nil {
			return err
		}
		if step == 0 {
			return org.Invalid("code", "wrong", "is not the code of now")
		}
		m.TOTP.Confirmed, m.TOTP.LastStep, m.TOTP.RecoveryHashes = true, step, hashes
		s.touch(m)
		return nil
	})
	if err != nil {
		return nil, named("confirm second factor", err)
	}
	return codes, nil
}

// DropTOTP turns a member's second factor off. It returns [org.ErrNotFound] or
// an [*org.InvalidError] about "current_password".
func (s *Service) DropTOTP(ctx context.Context, organizationID, id string, current org.Secret) error {
	if _, err := s.proven(ctx, organizationID, id, current); err != nil {
		return named("drop second factor", err)
	}
	_, err := s.change(ctx, organizationID, id, func(m *Member, _ Table) error {
		m.TOTP = TOTP{}
		s.touch(m)
		return nil
	})
	return named("drop second factor", err)
}

// RemoveTOTP turns the second factor of somebody else off, who lost it with his
// recovery codes, and ends his sessions. It returns [org.ErrNotFound] or
// [ErrForbidden].
func (s *Service) RemoveTOTP(ctx context.Context, actor Actor, organizationID, id string) (Member, error) {
	m, err := s.change(ctx, organizationID, id, func(m *Member, members Table) error {
		if m.ID == actor.MemberID {
			return ErrForbidden
		}
		if err := check(ctx, members, organizationID, actor, m.Role); err != nil {
			return err
		}
		m.TOTP = TOTP{}
		m.endSessions()
		s.touch(m)
		return nil
	})
	return m, named("remove second factor", err)
}

// useCode accepts a code of the second factor, or a recovery code, once.
func (s *Service) useCode(ctx context.Context, found Membership, code org.Secret) error {
	if code == "" {
		return ErrCodeRequired
	}
	var refused error
	// Counting codes is not what is done: the login is.
	_, err := s.change(audit.Without(ctx), found.Organization.ID, found.Member.ID, func(m *Member, _ Table) error {
		if m.SessionVersion != found.Member.SessionVersion {
			return org.ErrUnauthenticated // the password may be another one now
		}
		if wait := m.TOTP.BlockedUntil.Sub(s.now()); wait > 0 {
			return &BlockedError{RetryAfter: wait.Truncate(time.Second) + time.Second}
		}
		right, err := s.takeCode(found.Organization.ID, m, code)
		if err != nil || right {
			return err
		}
		refused = org.ErrUnauthenticated
		m.TOTP.Failures++
		if m.TOTP.Failures >= codeFailures {
			m.TOTP.Failures, m.TOTP.BlockedUntil = 0, s.now().Add(codePause)
		}
		return nil // saved, so that it counts
	})
	if err != nil {
		return err
	}
	return refused
}

// takeCode reports whether the code is right, and notes that it was used.
func (s *Service) takeCode(organizationID string, m *Member, code org.Secret) (bool, error) {
	hash := recoveryHash(code)
	left := slices.DeleteFunc(slices.Clone(m.TOTP.RecoveryHashes), func(h [32]byte) bool {
		return subtle.ConstantTimeCompare(h[:], hash[:]) == 1
	})
	if len(left) < len(m.TOTP.RecoveryHashes) {
		m.TOTP.RecoveryHashes, m.TOTP.Failures = left, 0
		return true, nil
	}
	step, err := s.stepOf(organizationID, m.TOTP, code)
	if err != nil || step == 0 {
		return false, err
	}
	m.TOTP.LastStep, m.TOTP.Failures = step, 0
	return true, nil
}

// stepOf returns the period whose code this is, one before or after now
// included, or 0 when it is none of them or not newer than the last one used.
func (s *Service) stepOf(organizationID string, t TOTP, code org.Secret) (int64, error) {
	if s.opts.Sealer == nil {
		return 0, ErrTOTPUnavailable
	}
	seed, err := s.opts.Sealer.Open(organizationID, t.Seed)
	if err != nil {
		return 0, err
	}
	var found int64
	for _, shift := range []time.Duration{-totpPeriod, 0, totpPeriod} {
		at := s.now().Add(shift)
		want, err := totp.GenerateCodeCustom(seed.Reveal(), at, totp.ValidateOpts{
			Period: uint(totpPeriod / time.Second), Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1,
		})
		if err != nil {
			return 0, fmt.Errorf("make a code: %w", err)
		}
		step := at.Unix() / int64(totpPeriod/time.Second)
		if subtle.ConstantTimeCompare([]byte(want), []byte(code.Reveal())) == 1 && step > t.LastStep {
			found = step
		}
	}
	return found, nil
}

// newRecoveryCodes returns codes of 80 random bits, in groups that can be typed,
// and their hashes.
func (s *Service) newRecoveryCodes() (codes []org.Secret, hashes [][32]byte, err error) {
	for range recoveryCodes {
		name, err := org.NewName(s.opts.Random, 16)
		if err != nil {
			return nil, nil, err
		}
		code := org.Secret(strings.Join([]string{name[:4], name[4:8], name[8:12], name[12:]}, "-"))
		codes, hashes = append(codes, code), append(hashes, recoveryHash(code))
	}
	return codes, hashes, nil
}

// recoveryHash takes a recovery code as people type it.
func recoveryHash(code org.Secret) [32]byte {
	typed := strings.NewReplacer("-", "", " ", "").Replace(strings.ToLower(code.Reveal()))
	return org.Secret(typed).Hash()
}
