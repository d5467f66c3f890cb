package ami_test

import (
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/asterisk/ami"
	"github.com/orgpbx/orgpbx/asterisk/asterisktest"
)

var put = ami.Action{Name: "DBPut", Fields: []ami.Field{
	{Key: "Family", Value: "ps/endpoint"}, {Key: "Key", Value: "1001"}, {Key: "Val", Value: `{"context":"x"}`},
}}

func benchmarkConn(b *testing.B, onEvent func(ami.Event)) (*asterisktest.FakeAMI, *ami.Conn) {
	b.Helper()
	f := asterisktest.NewFakeAMI(b)
	f.Handle("DBPut", func(s *asterisktest.FakeAMISession, a asterisktest.FakeAMIAction) { s.Reply(a) })
	cfg := configFor(f)
	cfg.OnEvent = onEvent
	return f, connect(b, cfg)
}

// BenchmarkDo measures round trips one after the other.
func BenchmarkDo(b *testing.B) {
	_, conn := benchmarkConn(b, nil)
	for b.Loop() {
		if _, err := conn.Do(b.Context(), put); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "actions/s")
}

// BenchmarkDoConcurrent measures actions of 64 callers at the same time.
func BenchmarkDoConcurrent(b *testing.B) {
	_, conn := benchmarkConn(b, nil)
	b.SetParallelism(64)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, err := conn.Do(b.Context(), put); err != nil {
				b.Error(err)
				return
			}
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "actions/s")
}

// BenchmarkEvents measures events from the socket to the handler.
func BenchmarkEvents(b *testing.B) {
	var seen atomic.Int64
	done := make(chan struct{})
	f, _ := benchmarkConn(b, func(e ami.Event) {
		if e.Name() == "Burst" && seen.Add(1)%1000 == 0 {
			done <- struct{}{}
		}
	})
	packet := "Event: Burst\r\nPrivilege: call,all\r\n" + strings.Repeat("Channel: PJSIP/1001-00000001\r\n", 20) + "\r\n"
	burst := strings.TrimSuffix(strings.Repeat(packet, 1000), "\r\n\r\n")
	for b.Loop() {
		f.Broadcast(burst)
		<-done
	}
	require.Zero(b, seen.Load()%1000)
	b.ReportMetric(float64(seen.Load())/b.Elapsed().Seconds(), "events/s")
}
