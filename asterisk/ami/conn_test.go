package ami_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"log/slog"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/asterisk/ami"
	"github.com/orgpbx/orgpbx/asterisk/asterisktest"
)

func TestALostConnectionFailsAllWaitingActionsAtOnce(t *testing.T) {
	t.Parallel()
	const actions = 20
	f := asterisktest.NewFakeAMI(t)
	waiting := hold(f, "Hang")
	conn := connect(t, configFor(f))

	failed := make(chan error, actions)
	for range actions {
		go func() {
			_, err := conn.Do(t.Context(), ami.Action{Name: "Hang"})
			failed <- err
		}()
	}
	for range actions {
		receive(t, waiting)
	}
	f.Cut()
	for range actions {
		err := receive(t, failed)
		require.ErrorIs(t, err, ami.ErrNotConnected)
		require.ErrorIs(t, err, ami.ErrOutcomeUnknown)
		require.ErrorContains(t, err, "may or may not have been carried out")
	}
}

func TestItReconnectsAndLogsInAgain(t *testing.T) {
	t.Parallel()
	f := asterisktest.NewFakeAMI(t)
	ready := make(chan struct{}, 2)
	cfg := configFor(f)
	cfg.OnReady = func() { ready <- struct{}{} }
	conn := connect(t, cfg)
	<-ready
	f.SetDown(true)
	f.Cut()
	require.Eventually(t, func() bool { return f.Attempts() >= 4 }, patience, time.Millisecond)

	_, err := conn.Do(t.Context(), ami.Action{Name: "Ping"})
	require.ErrorIs(t, err, ami.ErrNotConnected)
	require.NotErrorIs(t, err, ami.ErrOutcomeUnknown, "it was never sent")
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	err = conn.Ready(ctx)
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.ErrorContains(t, err, "greeting", "the reason is named")

	f.SetDown(false)
	require.NoError(t, conn.Ready(patient(t)))
	_, err = conn.Do(patient(t), ami.Action{Name: "Ping"})
	require.NoError(t, err)
	require.Equal(t, 2, f.Logins())
	<-ready
}

// retryLog records how long the connection says it waits before it tries again.
type retryLog struct {
	slog.Handler
	waits chan<- time.Duration
}

func (l retryLog) Handle(_ context.Context, r slog.Record) error {
	r.Attrs(func(a slog.Attr) bool {
		if a.Key == "retry_in" {
			select {
			case l.waits <- a.Value.Duration():
			default:
			}
		}
		return true
	})
	return nil
}

func TestTheWaitBetweenAttemptsGrowsWithJitterUpToItsBound(t *testing.T) {
	t.Parallel()
	f := asterisktest.NewFakeAMI(t)
	f.SetDown(true)
	waits := make(chan time.Duration, 8)
	cfg := configFor(f)
	cfg.RetryMin, cfg.RetryMax = 2*time.Millisecond, 16*time.Millisecond
	cfg.Logger = slog.New(retryLog{slog.NewTextHandler(t.Output(), nil), waits})
	start(t, cfg)
	for _, middle := range []time.Duration{2, 4, 8, 16, 16, 16} {
		wait := receive(t, waits)
		require.GreaterOrEqual(t, wait, middle*time.Millisecond/2)
		require.LessOrEqual(t, wait, middle*time.Millisecond*3/2+1)
	}
}

func TestItSpeaksTLS(t *testing.T) {
	t.Parallel()
	f := asterisktest.NewFakeAMI(t, asterisktest.FakeAMIWithTLS())
	cfg := configFor(f)
	cfg.TLS = f.ClientTLS()
	_, err := connect(t, cfg).Do(patient(t), ami.Action{Name: "Ping"})
	require.NoError(t, err)
}

func TestAnUntrustedCertificateIsNamedAndGetsNoSecret(t *testing.T) {
	t.Parallel()
	f := asterisktest.NewFakeAMI(t, asterisktest.FakeAMIWithTLS())
	cfg := configFor(f)
	cfg.TLS = &tls.Config{RootCAs: x509.NewCertPool()}
	conn := start(t, cfg)
	require.Eventually(t, func() bool { return f.Attempts() >= 2 }, patience, time.Millisecond)
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	require.ErrorContains(t, conn.Ready(ctx), "certificate")
	require.Empty(t, f.Actions())
}

func TestBadCredentialsAreReportedAtOnceAndRetriedSlowly(t *testing.T) {
	t.Parallel()
	f := asterisktest.NewFakeAMI(t)
	cfg := configFor(f)
	cfg.Secret = "wrong-secret"
	conn := start(t, cfg) // AuthRetry is a minute
	err := conn.Ready(patient(t))
	var refused *ami.AuthError
	require.ErrorAs(t, err, &refused)
	require.Equal(t, asterisktest.FakeAMIUsername, refused.Username)
	require.NotContains(t, err.Error(), "wrong-secret")

	_, err = conn.Do(t.Context(), ami.Action{Name: "Ping"})
	require.ErrorIs(t, err, ami.ErrNotConnected)
	require.ErrorAs(t, err, &refused)
	require.ErrorAs(t, conn.Ready(patient(t)), &refused)
	require.Equal(t, 1, f.Attempts(), "RetryMax would have allowed more")
}

func TestMendedCredentialsAreNoticed(t *testing.T) {
	t.Parallel()
	f := asterisktest.NewFakeAMI(t)
	f.SetSecret("another")
	cfg := configFor(f)
	cfg.AuthRetry = time.Millisecond
	conn := start(t, cfg)
	var refused *ami.AuthError
	require.ErrorAs(t, conn.Ready(patient(t)), &refused)
	f.SetSecret(cfg.Secret)
	require.Eventually(t, func() bool { return conn.Ready(t.Context()) == nil }, patience, time.Millisecond)
}

func TestARefusalThatPassesIsNoAuthError(t *testing.T) {
	t.Parallel()
	f := asterisktest.NewFakeAMI(t)
	var refuseOnce sync.Once
	f.Handle("Login", func(s *asterisktest.FakeAMISession, a asterisktest.FakeAMIAction) {
		refused := false
		refuseOnce.Do(func() {
			s.Refuse(a, "Login Already In Use")
			s.Cut()
			refused = true
		})
		if !refused {
			s.Reply(a)
			s.Send("Event: FullyBooted")
		}
	})
	connect(t, configFor(f))
	require.Equal(t, 2, f.Attempts())
}

func TestAnAsteriskThatIsStillStartingIsNotReady(t *testing.T) {
	t.Parallel()
	f := asterisktest.NewFakeAMI(t, asterisktest.FakeAMIBooting())
	conn := start(t, configFor(f))
	require.Eventually(t, func() bool {
		_, err := conn.Do(t.Context(), ami.Action{Name: "Ping"})
		return errors.Is(err, ami.ErrNotBooted)
	}, patience, time.Millisecond)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	err := conn.Ready(ctx)
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.ErrorIs(t, err, ami.ErrNotBooted)

	f.Boot()
	require.NoError(t, conn.Ready(patient(t)))
	require.Equal(t, 1, f.Logins())
}

func TestASilentPeerIsNoticedAndReplaced(t *testing.T) {
	t.Parallel()
	f := asterisktest.NewFakeAMI(t)
	hold(f, "Ping")
	cfg := configFor(f)
	cfg.PingInterval, cfg.PingTimeout = 10*time.Millisecond, 10*time.Millisecond
	connect(t, cfg)
	require.Eventually(t, func() bool { return f.Logins() >= 2 }, patience, time.Millisecond)
}

func TestAnActionThatTakesLongIsNoSilentPeer(t *testing.T) {
	t.Parallel()
	f := asterisktest.NewFakeAMI(t)
	cfg := configFor(f)
	cfg.PingInterval, cfg.PingTimeout = 200*time.Millisecond, 50*time.Millisecond
	f.Handle("Reload", func(s *asterisktest.FakeAMISession, a asterisktest.FakeAMIAction) {
		<-time.After(3 * cfg.PingInterval) // no ping is answered meanwhile
		s.Reply(a)
	})
	conn := connect(t, cfg)
	_, err := conn.Do(patient(t), ami.Action{Name: "Reload"})
	require.NoError(t, err)
	require.Equal(t, 1, f.Logins())
	for _, a := range f.Actions() {
		require.NotEqual(t, "Ping", a.Name)
	}
}

func TestAPeerThatHangsOnAnAbandonedActionIsReplaced(t *testing.T) {
	t.Parallel()
	f := asterisktest.NewFakeAMI(t)
	release := make(chan struct{})
	ctx, leave := context.WithCancel(t.Context())
	defer leave()
	f.Handle("Hang", func(*asterisktest.FakeAMISession, asterisktest.FakeAMIAction) {
		leave()
		<-release
	})
	cfg := configFor(f)
	cfg.PingInterval, cfg.PingTimeout = 10*time.Millisecond, 200*time.Millisecond
	conn := connect(t, cfg)
	_, err := conn.Do(ctx, ami.Action{Name: "Hang"})
	require.ErrorIs(t, err, ami.ErrOutcomeUnknown)
	require.Eventually(t, func() bool { return f.Logins() >= 2 }, patience, time.Millisecond)
	close(release)
}

func TestAPeerThatIsNoAsteriskIsNamed(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	accepted := make(chan struct{})
	go func() {
		defer close(accepted)
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			_, _ = conn.Write([]byte("SSH-2.0-OpenSSH_10.0\r\n"))
			_ = conn.Close()
		}
	}()
	t.Cleanup(func() {
		require.NoError(t, listener.Close())
		<-accepted
	})
	conn := start(t, ami.Config{Addr: listener.Addr().String(), Username: "u", Secret: "s", RetryMin: time.Hour, RetryMax: time.Hour})
	require.Eventually(t, func() bool {
		_, err := conn.Do(t.Context(), ami.Action{Name: "Ping"})
		return strings.Contains(err.Error(), "SSH-2.0")
	}, patience, time.Millisecond)
}

func TestAPeerThatSaysNothingEndsInATimeout(t *testing.T) {
	t.Parallel()
	f := asterisktest.NewFakeAMI(t)
	hold(f, "Login")
	cfg := configFor(f)
	cfg.LoginTimeout = 10 * time.Millisecond
	conn := start(t, cfg)
	require.Eventually(t, func() bool {
		_, err := conn.Do(t.Context(), ami.Action{Name: "Ping"})
		return strings.Contains(err.Error(), "no answer to the login within 10ms")
	}, patience, time.Millisecond)
}

func TestCloseEndsEverything(t *testing.T) {
	t.Parallel()
	f := asterisktest.NewFakeAMI(t)
	waiting := hold(f, "Hang")
	conn := connect(t, configFor(f))
	failed := make(chan error, 1)
	go func() {
		_, err := conn.Do(t.Context(), ami.Action{Name: "Hang"})
		failed <- err
	}()
	receive(t, waiting)
	require.NoError(t, conn.Close())
	err := receive(t, failed)
	require.ErrorIs(t, err, ami.ErrClosed)
	require.ErrorIs(t, err, ami.ErrOutcomeUnknown)

	_, err = conn.Do(t.Context(), ami.Action{Name: "Ping"})
	require.ErrorIs(t, err, ami.ErrClosed)
	require.ErrorIs(t, conn.Ready(t.Context()), ami.ErrClosed)
	require.ErrorIs(t, conn.Start(t.Context()), ami.ErrClosed)
	require.NoError(t, conn.Close())
}

func TestTheEndOfItsContextEndsTheConnection(t *testing.T) {
	t.Parallel()
	f := asterisktest.NewFakeAMI(t)
	conn, err := ami.New(configFor(f))
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	require.NoError(t, conn.Start(ctx))
	require.ErrorIs(t, conn.Start(ctx), ami.ErrStarted)
	require.NoError(t, conn.Ready(patient(t)))
	cancel()
	require.Eventually(t, func() bool {
		_, err := conn.Do(t.Context(), ami.Action{Name: "Ping"})
		return err != nil
	}, patience, time.Millisecond)
	require.ErrorIs(t, conn.Ready(patient(t)), ami.ErrClosed)
	require.NoError(t, conn.Close())
}

func TestCloseDoesNotWaitForABackOff(t *testing.T) {
	t.Parallel()
	f := asterisktest.NewFakeAMI(t)
	f.SetDown(true)
	cfg := configFor(f)
	cfg.RetryMin, cfg.RetryMax = time.Hour, time.Hour
	conn := start(t, cfg)
	require.Eventually(t, func() bool { return f.Attempts() == 1 }, patience, time.Millisecond)
	require.NoError(t, conn.Close())
}

func TestAConnectionThatWasNotStartedSaysSo(t *testing.T) {
	t.Parallel()
	conn, err := ami.New(ami.Config{Addr: "127.0.0.1:1", Username: "u", Secret: "s"})
	require.NoError(t, err)
	_, err = conn.Do(t.Context(), ami.Action{Name: "Ping"})
	require.ErrorIs(t, err, ami.ErrNotConnected)
	require.ErrorContains(t, err, "Start was not called")
	require.NoError(t, conn.Close())
	require.ErrorIs(t, conn.Start(t.Context()), ami.ErrClosed)
}
