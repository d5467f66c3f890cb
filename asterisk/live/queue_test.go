package live_test

import (
	"context"
	"crypto/md5"
	"encoding/hex"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/asterisk"
	"github.com/orgpbx/orgpbx/asterisk/asterisktest"
)

// TestAQueueRingsAPhoneThatWasJustAdded has a hint too: both see that a new phone
// is there, and that it talks.
func TestAQueueRingsAPhoneThatWasJustAdded(t *testing.T) {
	t.Parallel()
	r := newRealPBX(t)
	r.requireApplied(t, organization("alpha", 1, 1))
	want := set(organization("alpha", 1, 3), asterisk.KindQueue, "alpha-600", "member", "PJSIP/alpha-p2,0,Two,PJSIP/alpha-p2")
	want = set(want, asterisk.KindQueue, "alpha-600", "ringinuse", "no")
	for _, f := range want.Files {
		for i := range f.Sections {
			if f.Sections[i].Name == "alpha-internal" {
				f.Sections[i].Lines = append(f.Sections[i].Lines,
					asterisk.Line{Key: "exten", Value: "600,1,Answer()", Arrow: true},
					asterisk.Line{Key: "same", Value: "n,Queue(alpha-600)", Arrow: true},
					asterisk.Line{Key: "exten", Value: "1002,hint,PJSIP/alpha-p2", Arrow: true})
			}
		}
	}
	r.requireApplied(t, want)
	require.NotContains(t, r.asterisk.Log(), "is not reloadable")

	phones := map[string]*asterisktest.Phone{}
	for _, name := range []string{"alpha-p1", "alpha-p2"} {
		digest := md5.Sum([]byte(name + ":asterisk:of-the-test"))
		want = set(want, asterisk.KindAuth, name, "md5_cred", hex.EncodeToString(digest[:]))
		r.requireApplied(t, want)
		phones[name] = asterisktest.NewPhone(t, asterisktest.PhoneOptions{
			Asterisk: r.asterisk.SIPAddr(), Username: name, Password: "of-the-test",
		})
		require.NoError(t, phones[name].Register(patience(t)))
	}
	r.await(t, "core show hint 1002", "State:Idle")
	call, err := phones["alpha-p1"].Call(patience(t), "600")
	require.NoError(t, err)
	require.True(t, call.Answered(), "%d %s", call.StatusCode(), call.Reason())
	answered, err := phones["alpha-p2"].WaitIncoming(patience(t))
	require.NoError(t, err, "%s", r.cli(t, "queue show alpha-600"))
	r.await(t, "queue show alpha-600", "(In use)")
	r.await(t, "core show hint 1002", "State:InUse")
	require.NoError(t, call.Hangup(patience(t)))
	require.NoError(t, answered.WaitDone(patience(t)))

	// What was changed step by step is what the files say.
	r.cli(t, "dialplan reload")
	require.Eventually(t, func() bool {
		planned, err := r.PlanConfig(t.Context(), want)
		return err == nil && len(planned) == 0
	}, 20*time.Second, 20*time.Millisecond)
	r.asterisk.Restart()
	require.NoError(t, r.conn.Ready(t.Context()))
	planned, err := r.PlanConfig(t.Context(), want)
	require.NoError(t, err)
	require.Empty(t, planned)
}

// TestAPatternTakesAHintOver that was there before: who watches it goes on.
func TestAPatternTakesAHintOver(t *testing.T) {
	t.Parallel()
	r := newRealPBX(t)
	with := func(hints ...string) asterisk.Config {
		c := organization("alpha", 1, 2)
		for _, f := range c.Files {
			for i := range f.Sections {
				for _, hint := range hints {
					if f.Sections[i].Name == "alpha-internal" {
						f.Sections[i].Lines = append(f.Sections[i].Lines, asterisk.Line{Key: "exten", Value: hint, Arrow: true})
					}
				}
			}
		}
		return c
	}
	r.requireApplied(t, with("*451000,hint,Custom:alpha-p0-out", "*451001,hint,Custom:alpha-p1-out"))
	r.requireApplied(t, with("_*4[56]1000,hint,Custom:alpha-${EXTEN}"))
	require.Contains(t, r.cli(t, "core show hint *451000"), "Custom:alpha-*451000")
	require.NotContains(t, r.cli(t, "core show hints"), "*451001")
	r.cli(t, "dialplan reload")
	require.Eventually(t, func() bool { return !strings.Contains(r.cli(t, "core show hints"), "*451000@") },
		time.Minute, 20*time.Millisecond, "it is one of the pattern, and nobody watches it")
}

// TestOneQueueIsLoadedAlone and whatever waits for a reload beside it comes with
// the next one, although Asterisk has read its file by then.
func TestOneQueueIsLoadedAlone(t *testing.T) {
	t.Parallel()
	r := newRealPBX(t)
	r.requireApplied(t, organization("alpha", 1, 1))
	r.requireApplied(t, organization("beta", 2, 1))
	other := filepath.Join(r.asterisk.ConfigDir(), "orgpbx", "gamma.queues.conf")
	require.NoError(t, os.WriteFile(other, []byte("[gamma-600]\nstrategy=ringall\n"), 0o600))

	r.requireApplied(t, set(organization("alpha", 1, 1), asterisk.KindQueue, "alpha-600", "servicelevel", "17"))
	require.Contains(t, r.cli(t, "queue show alpha-600"), "within 17s")
	require.Contains(t, r.cli(t, "queue show gamma-600"), "No such queue")
	require.Contains(t, r.cli(t, "queue show beta-600"), "beta-600 has 0 calls")

	r.cli(t, "queue reload all")
	require.Contains(t, r.cli(t, "queue show gamma-600"), "gamma-600 has 0 calls")
	require.Contains(t, r.cli(t, "queue show alpha-600"), "within 17s")

	without := organization("alpha", 1, 1)
	for i := range without.Files {
		without.Files[i].Sections = slices.DeleteFunc(without.Files[i].Sections, func(s asterisk.Section) bool {
			return s.Kind == asterisk.KindQueue
		})
	}
	r.requireApplied(t, without)
	require.Contains(t, r.cli(t, "queue show alpha-600"), "No such queue")
	require.Contains(t, r.cli(t, "queue show beta-600"), "beta-600 has 0 calls")
	r.asterisk.Restart()
	require.NoError(t, r.conn.Ready(t.Context()))
	require.Contains(t, r.cli(t, "queue show gamma-600"), "gamma-600 has 0 calls")
	require.Contains(t, r.cli(t, "queue show beta-600"), "beta-600 has 0 calls")
}

// await waits until a console command shows a text.
func (r realPBX) await(t *testing.T, command, text string) {
	t.Helper()
	require.Eventually(t, func() bool {
		out, err := r.asterisk.CLI(t.Context(), command)
		return err == nil && strings.Contains(out, text)
	}, time.Minute, 20*time.Millisecond, "%s: %s", command, text)
}

// patience bounds one step of a call.
func patience(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	t.Cleanup(cancel)
	return ctx
}
