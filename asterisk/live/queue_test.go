package live_test

import (
	"context"
	"crypto/md5"
	"encoding/hex"
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
