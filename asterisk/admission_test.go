package asterisk_test

import (
	"maps"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
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

// outside is how many channels an organisation has over its trunks at a moment.
// Unlike what is counted it is never above the limit: a call is counted before it has
// a channel, and as long as it has one. Asterisk lists one channel after the other,
// so one that ended meanwhile may stand beside one that began then: those in two lists
// were all there between them.
func (p *realPBX) outside(t *testing.T, prefix string) int {
	t.Helper()
	list := func() map[string]bool {
		names := map[string]bool{}
		for line := range strings.Lines(p.cli(t, "core show channels concise")) {
			if name, _, _ := strings.Cut(line, "!"); strings.HasPrefix(name, "PJSIP/"+prefix+"-trunk-") {
				names[name] = true
			}
		}
		return names
	}
	before, after := list(), list()
	maps.DeleteFunc(before, func(name string, _ bool) bool { return !after[name] })
	return len(before)
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
		"not answered by who is called": func(_, far *asterisktest.Call) {
			require.NoError(t, far.Reject(patient(t), 480, "Temporarily Unavailable"))
		},
		"failed at the carrier": func(_, far *asterisktest.Call) {
			require.NoError(t, far.Reject(patient(t), 503, "Service Unavailable"))
		},
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
	var most atomic.Int64
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
					n := p.outside(t, "aaaa1111")
					most.Store(max(most.Load(), int64(n)))
					if n > limit {
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
	require.Positive(t, most.Load(), "some were seen")
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

// Two trunks and both directions at once: what is refused is refused because a
// limit is reached to the last slot.
func TestBothLimitsAreExactUnderFlood(t *testing.T) {
	t.Parallel()
	const calls, channels, callers = 6, 4, 10
	p := startPBX(t, "127.0.0.50", func(prefix string, s *resource.Snapshot) {
		if prefix == "aaaa1111" {
			s.Organization.Limits.ConcurrentCalls = limits.AtMost(calls)
			s.Trunks[2].MaxChannels = limits.AtMost(channels)
		}
	})
	p.away.OnIncoming(asterisktest.Answer)
	first := p.phone(t, "aaaa1111", 1)
	p.setGlobal(t, "ORGPBX_aaaa1111_CALLS", "1000000000")
	full := p.flood(t, callers, channels,
		func() (*asterisktest.Call, error) { return first.Dial("+4930123") },
		func() (*asterisktest.Call, error) {
			return p.carrier.Dial(p.SIPAddr(), asterisktest.InboundCall{From: "+15557654321", To: "+15550101002"})
		})
	p.requireRefusals(t, callers*2-channels, map[string]int{"trunk_channels": channels})
	for _, call := range full {
		require.NoError(t, call.Hangup(patient(t)))
	}
	p.awaitTaken(t, "aaaa1111", 0)

	p.setGlobal(t, "ORGPBX_aaaa1111_CALLS", "6")
	p.flood(t, callers, calls,
		func() (*asterisktest.Call, error) { return first.Dial("912345") }, // the other trunk, without a limit
		func() (*asterisktest.Call, error) {
			return p.carrier.Dial(p.SIPAddr(), asterisktest.InboundCall{From: "+15557654321", To: "+15550101002"})
		})
	p.requireRefusals(t, callers*4-channels-calls, map[string]int{"trunk_channels": channels, "concurrent_calls": calls})
}

// flood makes n calls of each kind at once and returns those that were
// answered, which must be as many as there is room for.
func (p *realPBX) flood(t *testing.T, n, room int, kinds ...func() (*asterisktest.Call, error)) []*asterisktest.Call {
	t.Helper()
	var calls, answered []*asterisktest.Call
	for range n {
		for _, dial := range kinds {
			call, err := dial()
			require.NoError(t, err)
			calls = append(calls, call)
		}
	}
	for _, call := range calls {
		require.NoError(t, call.WaitAnswer(patient(t)))
		if call.Answered() {
			answered = append(answered, call)
		} else {
			require.Equal(t, 503, call.StatusCode())
		}
	}
	require.Len(t, answered, room)
	require.Equal(t, room, p.taken(t, "aaaa1111"))
	return answered
}

// requireRefusals waits for the call records of n refused calls in all, each
// for one of the reasons and its limit. The use may be more: of two who take the
// last slot at once both are counted for a moment.
func (p *realPBX) requireRefusals(t *testing.T, n int, limitOf map[string]int) {
	t.Helper()
	var refused []asterisktest.CallRecord
	_, err := p.WaitCallRecords(patient(t), func(records []asterisktest.CallRecord) bool {
		refused = nil
		for _, record := range records {
			if record["orgpbx_denied"] != "" {
				refused = append(refused, record)
			}
		}
		return len(refused) >= n
	})
	require.NoError(t, err)
	require.Len(t, refused, n)
	for _, record := range refused {
		limit, known := limitOf[record["orgpbx_denied"]]
		require.True(t, known, "%v", record)
		require.Equal(t, strconv.Itoa(limit), record["orgpbx_limit"])
		used, err := strconv.Atoi(record["orgpbx_used"])
		require.NoError(t, err)
		require.GreaterOrEqual(t, used, limit, "refused while a slot was free")
	}
}

func TestALimitThatChangesUnderLoadIsExact(t *testing.T) {
	t.Parallel()
	const callers = 10
	p := startLimited(t, "127.0.0.51", 2)
	first := p.phone(t, "aaaa1111", 1)
	dial := func() (*asterisktest.Call, error) { return first.Dial("+4930123") }

	var calls []*asterisktest.Call
	for i := range callers {
		if i == callers/2 {
			p.setGlobal(t, "ORGPBX_aaaa1111_CALLS", "5")
		}
		call, err := dial()
		require.NoError(t, err)
		calls = append(calls, call)
	}
	running := 0
	for _, call := range calls {
		require.NoError(t, call.WaitAnswer(patient(t)))
		if call.Answered() {
			running++
		}
	}
	require.Equal(t, 5, running, "half of the calls came after the limit was raised")

	p.setGlobal(t, "ORGPBX_aaaa1111_CALLS", "1")
	refused, err := first.Call(patient(t), "+4930123")
	require.NoError(t, err)
	require.Equal(t, 503, refused.StatusCode())
	p.record(t, asterisktest.CallRecord{"orgpbx_denied": "concurrent_calls", "orgpbx_limit": "1", "orgpbx_used": "5"})
	for _, call := range calls {
		require.NoError(t, call.Hangup(patient(t)))
	}
	p.awaitTaken(t, "aaaa1111", 0)
	for _, call := range p.flood(t, callers, 1, dial) {
		require.NoError(t, call.Hangup(patient(t)))
	}
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
