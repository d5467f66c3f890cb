package asterisk_test

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/asterisk"
	"github.com/orgpbx/orgpbx/asterisk/asterisktest"
	"github.com/orgpbx/orgpbx/limits"
	"github.com/orgpbx/orgpbx/resource"
)

const (
	benchOrganizations = 1000
	// benchOrganization is in the middle: Asterisk looks through the globals of
	// all, one after the other.
	benchOrganization = benchOrganizations / 2
	benchDID          = "+15550500001"

	trunkHost = "127.0.0.61" // a call from here arrives over the organisation's trunk
	bareHost  = "127.0.0.62" // and from here at a bare Dial
	phoneHost = "127.0.0.63"
)

// benchDialplan has two loops, with the admission and without it, and the bare
// Dial that the inbound path is compared with.
const benchDialplan = `
[bench]
exten => admit,1,Gosub(bench-start,s,1)
 same => n(next),Gosub(orgpbx-admit,in,admit(o0500,o0500_trunk_0000000000a3))
 same => n,Set(GROUP(orgpbx)=)
 same => n,Set(GROUP(orgpbx-in)=)
 same => n,Set(i=$[${i} + 1])
 same => n,GotoIf($[${i} < ${BENCH_LOOPS}]?next)
 same => n,Set(DB(bench/admit)=done)
exten => nothing,1,Gosub(bench-start,s,1)
 same => n(next),Set(GROUP(orgpbx)=)
 same => n,Set(GROUP(orgpbx-in)=)
 same => n,Set(i=$[${i} + 1])
 same => n,GotoIf($[${i} < ${BENCH_LOOPS}]?next)
 same => n,Set(DB(bench/nothing)=done)

; As many groups as that many running calls have: two each.
[bench-start]
exten => s,1,Set(i=0)
 same => n(next),GotoIf($[${i} < ${BENCH_CALLS}]?:done)
 same => n,Set(GROUP(bench-call-${i})=o0${i})
 same => n,Set(GROUP(bench-channel-${i})=o0${i}_trunk_0000000000a3)
 same => n,Set(i=$[${i} + 1])
 same => n,Goto(next)
 same => n(done),Set(i=0)
 same => n,Return()

[bare]
exten => _[+0-9]!,1,Dial(PJSIP/o0500-phone1)
`

const bareEndpoint = `
[bare]
type = endpoint
context = bare
disallow = all
allow = ulaw,alaw,g722
direct_media = no
[bare]
type = identify
endpoint = bare
match = ` + bareHost + "\n"

// startBench is an Asterisk with the dialplan and the globals of all
// organisations, and with the SIP objects of one. Its phone is where the
// answering sipp is, which does not register.
func startBench(b *testing.B, answering string) *asterisktest.Asterisk {
	b.Helper()
	dir := b.TempDir()
	shared, err := asterisk.BaseFiles(asterisk.BaseOptions{Dir: dir})
	require.NoError(b, err)
	operator := map[string]string{}
	for _, f := range shared {
		writeFile(b, filepath.Join(dir, f.Path), f.Text)
		operator[f.Path] = "\n#include \"" + filepath.Join(dir, f.Path) + "\"\n"
	}
	operator["extensions.conf"] += benchDialplan
	operator["pjsip.conf"] += bareEndpoint
	for i := range benchOrganizations {
		s := benchSnapshot(i)
		for _, f := range asterisk.Render(s).Files {
			if i == benchOrganization || f.Name == "extensions" {
				text := bytes.Replace(f.Bytes(), []byte("\nmax_contacts = "), []byte("\ncontact = sip:phone@"+answering+"\nmax_contacts = "), 1)
				writeFile(b, filepath.Join(dir, asterisk.OrganizationPath(s.Organization.ContextPrefix, f.Name)), text)
			}
		}
	}
	return asterisktest.Start(b, asterisktest.Options{Files: operator})
}

// benchSnapshot is the example with limits that are never reached.
func benchSnapshot(i int) resource.Snapshot {
	s := exampleSnapshot()
	s.Organization.ContextPrefix = fmt.Sprintf("o%04d", i)
	s.Organization.Limits.ConcurrentCalls = limits.AtMost(100_000)
	s.Organization.EmergencyNumbers = []string{"112", "911"}
	s.Users[0].SIP = phoneCredential(s.Organization.ContextPrefix, 1)
	s.Users = s.Users[:1]
	s.Trunks[0].Type, s.Trunks[0].Host, s.Trunks[0].Transport = resource.PeerToPeerTrunk, "127.0.0.64", resource.UDP
	s.Trunks[2].Host, s.Trunks[2].MaxChannels = trunkHost, limits.AtMost(100_000)
	for n := range s.DIDs {
		s.DIDs[n].Number = fmt.Sprintf("+1555%04d%03d", i, n+1)
	}
	s.DIDs[0].TrunkID = peerTrunk
	return s
}

func benchCLI(b *testing.B, a *asterisktest.Asterisk, command string) string {
	b.Helper()
	out, err := a.CLI(b.Context(), command)
	require.NoError(b, err)
	return out
}

// cost is what something took of the clock and of the CPUs, of all threads of
// Asterisk together: the second is the same on a machine that is busy with
// other things.
type cost struct{ wall, cpu []float64 }

// measure adds what one of n takes, in microseconds.
func (c *cost) measure(b *testing.B, a *asterisktest.Asterisk, n int, run func()) {
	b.Helper()
	before, err := a.CPUTime()
	require.NoError(b, err)
	start := time.Now()
	run()
	wall := time.Since(start)
	after, err := a.CPUTime()
	require.NoError(b, err)
	c.wall = append(c.wall, float64(wall.Microseconds())/float64(n))
	c.cpu = append(c.cpu, float64((after-before).Microseconds())/float64(n))
}

// BenchmarkAdmission is what one admission costs, beside the globals of all
// organisations and the running calls of others: a loop with it less the same
// loop without it.
func BenchmarkAdmission(b *testing.B) {
	const loops, rounds = 2000, 5
	a := startBench(b, phoneHost)
	benchCLI(b, a, "dialplan set global BENCH_LOOPS "+strconv.Itoa(loops))
	for _, running := range []int{0, 1000} {
		b.Run(fmt.Sprintf("organizations=%d/calls=%d", benchOrganizations, running), func(b *testing.B) {
			benchCLI(b, a, "dialplan set global BENCH_CALLS "+strconv.Itoa(running))
			var with, without cost
			for b.Loop() {
				for range rounds {
					with.measure(b, a, loops, func() { runLoop(b, a, "admit") })
					without.measure(b, a, loops, func() { runLoop(b, a, "nothing") })
				}
			}
			b.ReportMetric(median(with.wall)-median(without.wall), "µs/admission")
			b.ReportMetric(median(with.cpu)-median(without.cpu), "cpu-µs/admission")
			b.ReportMetric(0, "ns/op")
		})
	}
}

// runLoop runs one of the loops of the bench dialplan to its end.
func runLoop(b *testing.B, a *asterisktest.Asterisk, name string) {
	b.Helper()
	benchCLI(b, a, "database del bench "+name)
	benchCLI(b, a, "channel originate Local/"+name+"@bench/n application Wait 1")
	require.Eventually(b, func() bool {
		return strings.Contains(benchCLI(b, a, "database get bench "+name), "Value: ")
	}, 5*time.Minute, 200*time.Millisecond)
}

// BenchmarkInboundCalls is how many calls a second are set up from a carrier to
// a phone: through the whole inbound path, and by a bare Dial in the same
// Asterisk, turn by turn. It needs sipp.
func BenchmarkInboundCalls(b *testing.B) {
	const pairs, calls = 21, 200
	answering := freeUDPAddr(b, phoneHost)
	startSipp(b, answering, "-sn", "uas", "-aa")
	a := startBench(b, answering)
	var inbound, bare cost
	for b.Loop() {
		for range pairs {
			inbound.measure(b, a, calls, func() { setUp(b, a, trunkHost, calls) })
			bare.measure(b, a, calls, func() { setUp(b, a, bareHost, calls) })
		}
	}
	b.Logf("µs a call, turn by turn: inbound path %.0f of the clock and %.0f of CPU, bare Dial %.0f and %.0f",
		inbound.wall, inbound.cpu, bare.wall, bare.cpu)
	b.ReportMetric(1e6/median(inbound.wall), "inbound-calls/s")
	b.ReportMetric(1e6/median(bare.wall), "bare-calls/s")
	b.ReportMetric(medianRatio(bare.wall, inbound.wall), "ratio")
	b.ReportMetric(medianRatio(bare.cpu, inbound.cpu), "cpu-ratio")
	b.ReportMetric(0, "ns/op")
}

// setUp makes calls that are hung up when they are answered, so many at a time
// that Asterisk always has something to do.
func setUp(b *testing.B, a *asterisktest.Asterisk, from string, calls int) {
	b.Helper()
	const atOnce = 20
	sipp := sippCommand(b.Context(), freeUDPAddr(b, from), "-sn", "uac", "-s", benchDID,
		"-m", strconv.Itoa(calls), "-l", strconv.Itoa(atOnce), "-r", "2000", a.SIPAddr())
	out, err := sipp.CombinedOutput()
	require.NoError(b, err, "%s", out)
}

func startSipp(b *testing.B, addr string, args ...string) {
	b.Helper()
	ctx, stop := context.WithCancel(b.Context())
	sipp := sippCommand(ctx, addr, args...)
	require.NoError(b, sipp.Start(), "sipp: scripts/apt-install.sh sip-tester")
	b.Cleanup(func() {
		stop()
		_ = sipp.Wait() // it was told to end
	})
}

func sippCommand(ctx context.Context, addr string, args ...string) *exec.Cmd {
	host, port, _ := net.SplitHostPort(addr)
	return exec.CommandContext(ctx, "sipp", append([]string{"-i", host, "-p", port, "-nostdin"}, args...)...)
}

// freeUDPAddr is a port of a loopback address that nobody has at the moment.
func freeUDPAddr(b *testing.B, host string) string {
	b.Helper()
	var listen net.ListenConfig
	socket, err := listen.ListenPacket(b.Context(), "udp", net.JoinHostPort(host, "0"))
	require.NoError(b, err)
	require.NoError(b, socket.Close())
	return socket.LocalAddr().String()
}

// medianRatio is the median of the ratios of what was measured right after each
// other, which a machine that is slow for a while changes least.
func medianRatio(a, b []float64) float64 {
	ratios := make([]float64, len(a))
	for i := range a {
		ratios[i] = a[i] / b[i]
	}
	return median(ratios)
}

func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[len(sorted)/2]
}
