package asterisk_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/asterisk/asterisktest"
	"github.com/orgpbx/orgpbx/resource"
)

// user1003 is the third member of the queues of these tests.
const user1003 = "0198f2a1-0000-7000-8000-000000001003"

// queueNumbers are the numbers of a queue of each strategy, with three members,
// and of queues that end in no other way than they are to show.
var queueNumbers = map[resource.Strategy]string{
	resource.RingAll: "2010", resource.LeastRecent: "2011", resource.FewestCalls: "2012",
	resource.Random: "2013", resource.RRMemory: "2014", resource.Linear: "2015",
}

const (
	penaltyQueue = "2016" // 1001 first, then 1002
	emptyQueue   = "2017"
	musicQueue   = "2018" // nobody in it either, for longer
)

// queuePBX is an Asterisk with these queues. The first three phones of its
// organisation are the members, the fourth calls.
type queuePBX struct {
	*realPBX
	members []*asterisktest.Phone
	caller  *asterisktest.Phone
}

func startQueues(t *testing.T, carrierHost string) *queuePBX {
	t.Helper()
	p := &queuePBX{realPBX: startPBX(t, carrierHost, addQueues)}
	for n := range 3 {
		p.members = append(p.members, p.phone(t, "aaaa1111", n+1))
	}
	p.caller = p.phone(t, "aaaa1111", 4)
	return p
}

func addQueues(prefix string, s *resource.Snapshot) {
	for n, id := range map[int]string{3: user1003, 4: "0198f2a1-0000-7000-8000-000000001004"} {
		u := s.Users[0]
		u.ID, u.Extension, u.FullName, u.SIP = id, fmt.Sprint(1000+n), fmt.Sprint("User ", n), phoneCredential(prefix, n)
		s.Users = append(s.Users, u)
	}
	queue := func(number string, strategy resource.Strategy, members ...resource.QueueMember) resource.Queue {
		return resource.Queue{
			Meta: resource.Meta{ID: "0198f2a3-0000-7000-8000-00000000" + number}, Name: "Queue " + number, Number: number,
			Strategy: strategy, Timeout: 60, Retry: 1, MaxWait: 600, MusicOnHold: "default", Members: members,
		}
	}
	first, second, third := resource.QueueMember{UserID: user1001}, resource.QueueMember{UserID: user1002}, resource.QueueMember{UserID: user1003}
	for strategy, number := range queueNumbers {
		s.Queues = append(s.Queues, queue(number, strategy, first, second, third))
		if strategy == resource.Linear {
			s.Queues[len(s.Queues)-1].Timeout = 1
		}
	}
	second.Penalty = 1
	empty, music := queue(emptyQueue, resource.RingAll), queue(musicQueue, resource.RingAll)
	empty.MaxWait, music.MusicOnHold = 1, "no-such-class"
	s.Queues = append(s.Queues, queue(penaltyQueue, resource.RingAll, first, second), empty, music)
}

// enter calls a queue, whose callers are answered at once.
func (p *queuePBX) enter(t *testing.T, number string) *asterisktest.Call {
	t.Helper()
	return answered(t, p.caller, number)
}

// leave ends a call and waits until no member has anything to do with it.
func (p *queuePBX) leave(t *testing.T, caller *asterisktest.Call) {
	t.Helper()
	require.NoError(t, caller.Hangup(patient(t)))
	require.Eventually(t, func() bool {
		members := p.cli(t, "queue show")
		return !strings.Contains(members, "(In use)") && !strings.Contains(members, "(Ringing)") && !strings.Contains(members, "(Busy)") &&
			strings.Contains(p.cli(t, "core show channels count"), "0 active channels")
	}, patience, 20*time.Millisecond)
}

func (p *queuePBX) onIncoming(b asterisktest.Behavior) {
	for _, member := range p.members {
		member.OnIncoming(b)
	}
}

// whoever is the member that is rung, if only one is.
func (p *queuePBX) whoever(t *testing.T) (member int, call *asterisktest.Call) {
	t.Helper()
	select {
	case call = <-p.members[0].Incoming():
		return 0, call
	case call = <-p.members[1].Incoming():
		return 1, call
	case call = <-p.members[2].Incoming():
		return 2, call
	case <-patient(t).Done():
		require.Fail(t, "nobody is rung")
		return 0, nil
	}
}

func TestEachStrategyRingsItsMembers(t *testing.T) {
	t.Parallel()
	p := startQueues(t, "127.0.0.71")
	for strategy, number := range queueNumbers {
		require.Contains(t, p.cli(t, "queue show aaaa1111-"+number), " '"+string(strategy)+"' strategy")
	}
	// Least recent first: Asterisk counts in seconds and over all queues, so
	// that only who never had a call is told from the others for sure.
	for _, strategy := range []resource.Strategy{resource.LeastRecent, resource.FewestCalls, resource.RRMemory} {
		answers := map[int]int{}
		for range p.members {
			caller := p.enter(t, queueNumbers[strategy])
			member, call := p.whoever(t)
			answers[member]++
			require.NoError(t, caller.Hears(patient(t), call))
			p.leave(t, caller)
		}
		require.Equal(t, map[int]int{0: 1, 1: 1, 2: 1}, answers, "%s gives each his turn", strategy)
	}
	caller := p.enter(t, queueNumbers[resource.Random])
	_, call := p.whoever(t)
	requireBoth(t, caller, call)
	p.leave(t, caller)

	p.onIncoming(asterisktest.Ring)
	caller = p.enter(t, queueNumbers[resource.RingAll])
	ringing := []*asterisktest.Call{incoming(t, p.members[0]), incoming(t, p.members[1]), incoming(t, p.members[2])}
	require.NoError(t, ringing[1].Answer(patient(t)))
	requireBoth(t, caller, ringing[1])
	require.NoError(t, ringing[0].WaitDone(patient(t)))
	require.NoError(t, ringing[2].WaitDone(patient(t)))
	p.leave(t, caller)

	caller = p.enter(t, queueNumbers[resource.Linear])
	ringing = []*asterisktest.Call{incoming(t, p.members[0]), incoming(t, p.members[1]), incoming(t, p.members[2])}
	require.True(t, ringing[0].Began().Before(ringing[1].Began()))
	require.True(t, ringing[1].Began().Before(ringing[2].Began()))
	require.NoError(t, ringing[0].WaitDone(patient(t)), "one after the other")
	p.leave(t, caller)
}

func TestAQueueAsksTheLowestPenaltyThatIsFree(t *testing.T) {
	t.Parallel()
	p := startQueues(t, "127.0.0.72")
	first, second, third := p.members[0], p.members[1], p.members[2]
	p.onIncoming(asterisktest.Ring)
	caller := p.enter(t, penaltyQueue)
	ringing := incoming(t, first)
	require.NoError(t, ringing.Answer(patient(t)))
	requireBoth(t, caller, ringing)
	require.Empty(t, second.Incoming())
	p.leave(t, caller)

	// Who is in a call is not rung.
	busy, err := third.Dial("1001")
	require.NoError(t, err)
	direct := incoming(t, first)
	require.NoError(t, direct.Answer(patient(t)))
	requireBoth(t, busy, direct)
	caller = p.enter(t, penaltyQueue)
	ringing = incoming(t, second)
	require.NoError(t, ringing.Answer(patient(t)))
	requireBoth(t, caller, ringing)
	require.Empty(t, first.Incoming())

	// Nobody is free: the next one waits, and gets who is free first.
	waiting := p.enter(t, penaltyQueue)
	require.NoError(t, waiting.HeardAudio(patient(t), time.Second), "there is music")
	require.Empty(t, first.Incoming())
	require.NoError(t, busy.Hangup(patient(t)))
	ringing = incoming(t, first)
	require.NoError(t, ringing.Answer(patient(t)))
	requireBoth(t, waiting, ringing)
	require.Empty(t, second.Incoming())
}

func TestACallerWhomNobodyAnswersIsTold(t *testing.T) {
	t.Parallel()
	p := startQueues(t, "127.0.0.73")
	waiting := p.enter(t, musicQueue)
	told := p.enter(t, emptyQueue)
	require.NoError(t, told.WaitDone(patient(t)))
	require.Contains(t, p.Log(), "orgpbx-say,s,1(aaaa1111,queue-unanswered,")
	require.NoError(t, waiting.HeardAudio(patient(t), 2*time.Second), "a music class that is not there is the default one")
}
