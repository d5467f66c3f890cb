package main

import (
	"bytes"
	"io"
	"net"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// gate is a way to a server that a test can cut, and hold something up on.
type gate struct {
	t        *testing.T
	target   string
	listener net.Listener

	mu    sync.Mutex
	isCut bool
	conns map[net.Conn]bool
	traps []*trap // that caught nothing yet
	all   []*trap
}

// trap waits for bytes on their way to the server.
type trap struct {
	gate    *gate
	pattern []byte
	caught  chan struct{} // closed when they came
	letGo   chan struct{} // closed to let them on
}

// newGate opens a gate to host:port that lasts as long as the test.
func newGate(t *testing.T, target string) *gate {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	g := &gate{t: t, target: target, listener: listener, conns: map[net.Conn]bool{}}
	var accepting sync.WaitGroup
	accepting.Go(g.accept)
	t.Cleanup(func() {
		_ = listener.Close()
		g.cut()
		accepting.Wait()
	})
	return g
}

func (g *gate) addr() string { return g.listener.Addr().String() }

// cut ends every connection and lets none in until mend. What was held never
// arrives.
func (g *gate) cut() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.isCut = true
	for conn := range g.conns {
		_ = conn.Close()
	}
	for _, trap := range g.all {
		trap.release()
	}
	g.traps, g.all = nil, nil
}

func (g *gate) mend() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.isCut = false
}

// hold stops what goes to the server when it contains a text, once.
func (g *gate) hold(text string) *trap {
	g.mu.Lock()
	defer g.mu.Unlock()
	held := &trap{gate: g, pattern: []byte(text), caught: make(chan struct{}), letGo: make(chan struct{})}
	g.traps, g.all = append(g.traps, held), append(g.all, held)
	return held
}

// wait waits until something was caught.
func (h *trap) wait() {
	h.gate.t.Helper()
	select {
	case <-h.caught:
	case <-patience(h.gate.t).Done():
		require.Fail(h.gate.t, "nothing was caught", "%q", h.pattern)
	}
}

// free lets what was caught on.
func (h *trap) free() {
	h.gate.mu.Lock()
	defer h.gate.mu.Unlock()
	h.release()
}

func (h *trap) release() {
	select {
	case <-h.letGo:
	default:
		close(h.letGo)
	}
}

func (g *gate) accept() {
	var serving sync.WaitGroup
	defer serving.Wait()
	for {
		conn, err := g.listener.Accept()
		if err != nil {
			return
		}
		serving.Go(func() { g.serve(conn) })
	}
}

func (g *gate) serve(client net.Conn) {
	defer func() { _ = client.Close() }()
	server, err := new(net.Dialer).DialContext(g.t.Context(), "tcp", g.target)
	if err != nil {
		return // the server is away: so is the gate
	}
	defer func() { _ = server.Close() }()
	if !g.admit(client, server) {
		return
	}
	defer g.dismiss(client, server)
	var both sync.WaitGroup
	both.Go(func() {
		g.forward(server, client)
		_ = server.Close()
	})
	_, _ = io.Copy(client, server)
	_ = client.Close()
	both.Wait()
}

func (g *gate) admit(conns ...net.Conn) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, conn := range conns {
		g.conns[conn] = true
	}
	return !g.isCut
}

func (g *gate) dismiss(conns ...net.Conn) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, conn := range conns {
		delete(g.conns, conn)
	}
}

// forward carries what goes to the server, past the traps.
func (g *gate) forward(server io.Writer, client io.Reader) {
	buffer := make([]byte, 64<<10)
	var before []byte // was carried already: a text may come in pieces
	for {
		n, err := client.Read(buffer)
		if held := g.catch(before, buffer[:n]); held != nil {
			close(held.caught)
			<-held.letGo
		}
		before = append(before, buffer[:n]...)
		before = bytes.Clone(before[max(0, len(before)-64):])
		if _, err := server.Write(buffer[:n]); err != nil {
			return
		}
		if err != nil {
			return
		}
	}
}

// catch takes the trap out that the bytes are for, whose text ends in them.
func (g *gate) catch(before, now []byte) *trap {
	g.mu.Lock()
	defer g.mu.Unlock()
	for i, held := range g.traps {
		start := before[max(0, len(before)-len(held.pattern)+1):]
		if bytes.Contains(append(bytes.Clone(start), now...), held.pattern) {
			g.traps = append(g.traps[:i:i], g.traps[i+1:]...)
			return held
		}
	}
	return nil
}
