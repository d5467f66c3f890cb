package asterisktest

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

// What AudioSocket sends: a kind, a length in two bytes, and as much content.
const (
	socketHangup = 0x00
	socketID     = 0x01
	socketKey    = 0x03
	socketAudio  = 0x10
)

// AudioAgent is a program that takes calls by AudioSocket, as an AI agent does. It speaks all the time: Asterisk
// takes a connection on which nothing moves for lost.
type AudioAgent struct {
	tb       testing.TB
	listener net.Listener
	arrivals chan *AudioCall
	serving  sync.WaitGroup
}

// NewAudioAgent listens on a free port of 127.0.0.1 until the test ends.
func NewAudioAgent(tb testing.TB) *AudioAgent {
	tb.Helper()
	var listen net.ListenConfig
	listener, err := listen.Listen(tb.Context(), "tcp", "127.0.0.1:0")
	require.NoError(tb, err)
	a := &AudioAgent{tb: tb, listener: listener, arrivals: make(chan *AudioCall, unreadCalls)}
	a.serving.Go(a.accept)
	tb.Cleanup(func() {
		require.NoError(tb, listener.Close())
		a.serving.Wait()
	})
	return a
}

// Addr is the host:port that the agent listens on.
func (a *AudioAgent) Addr() string { return a.listener.Addr().String() }

// WaitCall returns the next call that came in, each once, when it has told its id.
func (a *AudioAgent) WaitCall(ctx context.Context) (*AudioCall, error) {
	select {
	case call := <-a.arrivals:
		return call, nil
	case <-ctx.Done():
		return nil, fmt.Errorf("wait for a call by AudioSocket: %w", ctx.Err())
	}
}

func (a *AudioAgent) accept() {
	for {
		conn, err := a.listener.Accept()
		if err != nil {
			return // closed by the end of the test
		}
		a.serving.Go(func() { a.serve(conn) })
	}
}

// serve reads a call to its end, which is that of the test at the latest.
func (a *AudioAgent) serve(conn net.Conn) {
	defer context.AfterFunc(a.tb.Context(), func() { _ = conn.Close() })()
	call := &AudioCall{conn: conn, news: make(chan struct{}), done: make(chan struct{})}
	defer close(call.done)
	defer func() { _ = conn.Close() }() // the other end may have done so
	kind, id, err := readMessage(conn)
	if err == nil && kind == socketID {
		call.id, err = uuid.FromBytes(id)
	}
	if errors.Is(err, net.ErrClosed) {
		return // the test ended while the call came
	}
	if err != nil || kind != socketID {
		a.tb.Errorf("a call by AudioSocket begins with its id, not with %#x: %v", kind, err)
		return
	}
	a.serving.Go(call.speak)
	a.arrivals <- call
	for {
		kind, content, err := readMessage(conn)
		if err != nil {
			return // the caller has hung up, or the agent has
		}
		call.take(kind, content)
	}
}

func readMessage(r io.Reader) (kind byte, content []byte, err error) {
	var header [3]byte
	if _, err := io.ReadFull(r, header[:]); err != nil {
		return 0, nil, err
	}
	content = make([]byte, binary.BigEndian.Uint16(header[1:]))
	_, err = io.ReadFull(r, content)
	return header[0], content, err
}

// AudioCall is a call that came by AudioSocket. Its methods may be called from any goroutine.
type AudioCall struct {
	id   uuid.UUID
	conn net.Conn
	// done is closed by the end of the call.
	done chan struct{}

	mu    sync.Mutex
	heard time.Duration
	keys  string
	// news is closed and replaced whenever heard or keys has grown.
	news chan struct{}
}

// ID is the id that Asterisk gave the call.
func (c *AudioCall) ID() string { return c.id.String() }

// Hears returns when the agent hears the caller, who speaks until then.
func (c *AudioCall) Hears(ctx context.Context, caller *Call) error {
	return caller.speakDuring(ctx, func() error {
		return c.await(ctx, "the caller's voice", func() bool { return c.heard >= enoughVoice })
	})
}

// WaitKeys returns when the caller has pressed these keys and no other.
func (c *AudioCall) WaitKeys(ctx context.Context, keys string) error {
	return c.await(ctx, "the keys "+keys, func() bool { return c.keys == keys })
}

func (c *AudioCall) await(ctx context.Context, what string, there func() bool) error {
	for {
		c.mu.Lock()
		enough, news := there(), c.news
		c.mu.Unlock()
		if enough {
			return nil
		}
		select {
		case <-news:
		case <-c.done:
			return errors.New("the call ended before " + what)
		case <-ctx.Done():
			return fmt.Errorf("wait for %s: %w", what, ctx.Err())
		}
	}
}

// Hangup ends the call, and Asterisk goes on with it.
func (c *AudioCall) Hangup() error {
	_, err := c.conn.Write([]byte{socketHangup, 0, 0})
	return err
}

// Confuse sends what is no message, as a program out of order may.
func (c *AudioCall) Confuse() error {
	_, err := c.conn.Write([]byte{0x7f, 0, 1, 0})
	return err
}

// WaitDone returns when the call is over, whoever ended it.
func (c *AudioCall) WaitDone(ctx context.Context) error {
	select {
	case <-c.done:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("wait for the end of the call: %w", ctx.Err())
	}
}

func (c *AudioCall) take(kind byte, content []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch kind {
	case socketAudio:
		if samples := readLinear(content); shareOf(samples, voice) >= purity {
			c.heard += time.Duration(len(samples)) * time.Second / sampleRate
		}
	case socketKey:
		c.keys += string(content)
	}
	close(c.news)
	c.news = make(chan struct{})
}

func (c *AudioCall) speak() {
	pace := time.NewTicker(frameDuration)
	defer pace.Stop()
	content := writeLinear(decodeAll(tone(voice, frameSamples)))
	message := append(binary.BigEndian.AppendUint16([]byte{socketAudio}, uint16(len(content))), content...)
	for {
		if _, err := c.conn.Write(message); err != nil {
			return
		}
		select {
		case <-pace.C:
		case <-c.done:
			return
		}
	}
}

// readLinear reads 16-bit samples, of which the low byte comes first.
func readLinear(content []byte) []int16 {
	samples := make([]int16, len(content)/2)
	for i := range samples {
		samples[i] = int16(binary.LittleEndian.Uint16(content[2*i:]))
	}
	return samples
}

func writeLinear(samples []int16) []byte {
	content := make([]byte, 0, 2*len(samples))
	for _, sample := range samples {
		content = binary.LittleEndian.AppendUint16(content, uint16(sample))
	}
	return content
}
