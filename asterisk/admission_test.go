package asterisk_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/asterisk/asterisktest"
	"github.com/orgpbx/orgpbx/limits"
	"github.com/orgpbx/orgpbx/resource"
)

func startLimited(t *testing.T, carrierHost string, limit int) *realPBX {
	t.Helper()
	return startPBX(t, carrierHost, func(_ string, s *resource.Snapshot) {
		s.Organization.Limits.ConcurrentCalls = limits.AtMost(limit)
		s.Queues[0].Strategy = resource.RingAll
		for i := range s.Queues[0].Members {
			s.Queues[0].Members[i].Penalty = 0
		}
	})
}

// taken is how many calls of an organisation Asterisk counts.
func (p *realPBX) taken(t *testing.T, prefix string) int {
	t.Helper()
	n := 0
	for line := range strings.Lines(p.cli(t, "group show channels")) {
		if fields := strings.Fields(line); len(fields) == 3 && fields[1] == prefix && fields[2] == "orgpbx" {
			n++
		}
	}
	return n
}

func (p *realPBX) awaitTaken(t *testing.T, prefix string, n int) {
	t.Helper()
	require.Eventually(t, func() bool { return p.taken(t, prefix) == n }, patience, 20*time.Millisecond, "%d calls counted", n)
}

func TestASlotIsFreeHoweverTheCallEnds(t *testing.T) {
	t.Parallel()
	const limit = 2
	p := startLimited(t, "127.0.0.31", limit)
	first := p.phone(t, "aaaa1111", 1)
	carrier := p.carrier
	running, err := first.Call(patient(t), "+4930100")
	require.NoError(t, err)
	require.True(t, running.Answered())
	_, err = carrier.WaitIncoming(patient(t))
	require.NoError(t, err)

	carrier.OnIncoming(asterisktest.Ring)
	for name, end := range map[string]func(near, far *asterisktest.Call){
		"abandoned while it rings": func(near, _ *asterisktest.Call) { require.NoError(t, near.Hangup(patient(t))) },
		"refused by who is called": func(_, far *asterisktest.Call) { require.NoError(t, far.Reject(patient(t), 486, "Busy Here")) },
		"answered, the caller hangs up": func(near, far *asterisktest.Call) {
			require.NoError(t, far.Answer(patient(t)))
			require.NoError(t, near.WaitAnswer(patient(t)))
			require.NoError(t, near.Hangup(patient(t)))
		},
		"answered, the called hangs up": func(near, far *asterisktest.Call) {
			require.NoError(t, far.Answer(patient(t)))
			require.NoError(t, near.WaitAnswer(patient(t)))
			require.NoError(t, far.Hangup(patient(t)))
		},
		"abandoned by a caller who hears a prompt": func(near, far *asterisktest.Call) {
			refused, err := first.Dial("+4930101")
			require.NoError(t, err)
			require.NoError(t, refused.HeardAudio(patient(t), 100*time.Millisecond))
			require.Equal(t, limit, p.taken(t, "aaaa1111"), "a refused call takes nothing")
			require.NoError(t, refused.Hangup(patient(t)))
			require.NoError(t, near.Hangup(patient(t)))
			require.NoError(t, far.WaitDone(patient(t)))
		},
	} {
		near, err := first.Dial("+4930123")
		require.NoError(t, err)
		far, err := carrier.WaitIncoming(patient(t))
		require.NoError(t, err, name)
		require.Equal(t, limit, p.taken(t, "aaaa1111"), name)
		end(near, far)
		require.NoError(t, near.WaitDone(patient(t)))
		p.awaitTaken(t, "aaaa1111", 1)
	}
	require.Empty(t, carrier.Incoming(), "a refused call went out")
}

func TestAStormNeverPassesTheLimitAndLeavesNothingTaken(t *testing.T) {
	t.Parallel()
	const limit, callers, rounds = 3, 10, 4
	p := startLimited(t, "127.0.0.32", limit)
	first := p.phone(t, "aaaa1111", 1)

	var storm sync.WaitGroup
	over := make(chan int, callers*rounds)
	for i := range callers {
		storm.Go(func() {
			for range rounds {
				call, err := first.Dial("+4930123")
				if err != nil {
					t.Error(err)
					return
				}
				select {
				case <-call.Done():
				case <-time.After(time.Duration(i) * 20 * time.Millisecond): // abandoned: ringing, answered or in a prompt
					if n := p.taken(t, "aaaa1111"); n > limit {
						over <- n
					}
				}
				if err := call.Hangup(patient(t)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	storm.Wait()
	require.Empty(t, over, "more calls than the limit")
	p.awaitTaken(t, "aaaa1111", 0)
	for range limit {
		call, err := first.Call(patient(t), "+4930123")
		require.NoError(t, err)
		require.True(t, call.Answered(), "a slot was lost")
	}
	call, err := first.Call(patient(t), "+4930123")
	require.NoError(t, err)
	require.Equal(t, 503, call.StatusCode())
}

func TestAQueueCallThatRingsManyIsOneCall(t *testing.T) {
	t.Parallel()
	p := startLimited(t, "127.0.0.33", 1)
	agents := []*asterisktest.Phone{p.phone(t, "aaaa1111", 1), p.phone(t, "aaaa1111", 2)}
	var ringing []*asterisktest.Call
	for _, agent := range agents {
		agent.OnIncoming(asterisktest.Ring)
	}
	waiting := p.call(t, "+15550101002")
	require.True(t, waiting.Answered())
	for _, agent := range agents {
		call, err := agent.WaitIncoming(patient(t))
		require.NoError(t, err)
		ringing = append(ringing, call)
	}
	require.Equal(t, 1, p.taken(t, "aaaa1111"))
	require.NoError(t, ringing[0].Answer(patient(t)))
	require.NoError(t, ringing[1].WaitDone(patient(t)))
	require.Equal(t, 1, p.taken(t, "aaaa1111"))
	require.Equal(t, 503, p.call(t, "+15550101002").StatusCode())
	require.NoError(t, waiting.Hangup(patient(t)))
	p.awaitTaken(t, "aaaa1111", 0)
}

// A user who calls outside and hands the other side on has not ended the call.
func TestACallThatIsTransferredStaysCounted(t *testing.T) {
	t.Parallel()
	p := startLimited(t, "127.0.0.34", 1)
	first, second := p.phone(t, "aaaa1111", 1), p.phone(t, "aaaa1111", 2)
	outside := func() (call, far *asterisktest.Call) {
		call, err := first.Call(patient(t), "+4930123")
		require.NoError(t, err)
		require.True(t, call.Answered())
		far, err = p.carrier.WaitIncoming(patient(t))
		require.NoError(t, err)
		require.NoError(t, call.Hears(patient(t), far))
		require.Equal(t, 1, p.taken(t, "aaaa1111"))
		return call, far
	}
	atSecond := func() *asterisktest.Call {
		answered, err := second.WaitIncoming(patient(t))
		require.NoError(t, err)
		return answered
	}
	for name, transfer := range map[string]func(call *asterisktest.Call) *asterisktest.Call{
		"at once": func(call *asterisktest.Call) *asterisktest.Call {
			status, err := call.Transfer(patient(t), "sip:1002@"+p.SIPAddr())
			require.NoError(t, err)
			require.Equal(t, 202, status)
			return atSecond()
		},
		"after asking": func(call *asterisktest.Call) *asterisktest.Call {
			asking, err := first.Call(patient(t), "1002")
			require.NoError(t, err)
			answered := atSecond()
			require.NoError(t, asking.Hears(patient(t), answered))
			status, err := call.TransferTo(patient(t), asking)
			require.NoError(t, err)
			require.Equal(t, 202, status)
			return answered
		},
	} {
		call, far := outside()
		answered := transfer(call)
		require.NoError(t, call.Hangup(patient(t)))
		require.NoError(t, answered.Hears(patient(t), far), name)
		require.Equal(t, 1, p.taken(t, "aaaa1111"), name)
		refused, err := first.Call(patient(t), "+4930124")
		require.NoError(t, err)
		require.Equal(t, 503, refused.StatusCode(), name)
		require.NoError(t, far.Hangup(patient(t)))
		p.awaitTaken(t, "aaaa1111", 0)
	}

	call, far := outside()
	status, err := call.Transfer(patient(t), "sip:+4930124@"+p.SIPAddr())
	require.NoError(t, err)
	require.Equal(t, 202, status, "out again is the same call")
	again, err := p.carrier.WaitIncoming(patient(t))
	require.NoError(t, err)
	require.Equal(t, "+15550101001", again.From(), "a number of the organisation")
	require.Equal(t, 1, p.taken(t, "aaaa1111"))
	require.NoError(t, far.Hangup(patient(t)))
	p.awaitTaken(t, "aaaa1111", 0)
}
