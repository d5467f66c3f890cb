package ami_test

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/asterisk/ami"
)

// BenchmarkAMillionEvents is not about speed: a consumer that stalls at random,
// now and then for longer than goami2's channel would stand, sees each of
// 1,000,000 events once and in order.
func BenchmarkAMillionEvents(b *testing.B) {
	const events, burst = 1_000_000, 1000
	for b.Loop() {
		random := rand.New(rand.NewPCG(1, 2))
		next, done := 0, make(chan struct{})
		f, _ := benchmarkConn(b, func(e ami.Event) {
			if e.Name() != "Burst" {
				return
			}
			if e.Get("Number") != fmt.Sprint(next) {
				b.Errorf("event %s instead of %d", e.Get("Number"), next)
			}
			if random.IntN(5000) == 0 {
				<-time.After(time.Duration(random.IntN(40)) * time.Millisecond)
			} else if random.IntN(100) == 0 {
				runtime.Gosched()
			}
			next++
			if next == events {
				close(done)
			}
		})
		for first := 0; first < events; first += burst {
			var packets strings.Builder
			for n := first; n < first+burst; n++ {
				fmt.Fprintf(&packets, "Event: Burst\r\nNumber: %d\r\n\r\n", n)
			}
			f.Broadcast(strings.TrimSuffix(packets.String(), "\r\n\r\n"))
		}
		<-done
		require.Equal(b, events, next)
		b.ReportMetric(float64(events-next), "lost")
	}
}
