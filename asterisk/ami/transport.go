package ami

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"
)

const (
	bannerPrefix = "Asterisk Call Manager/"

	// maxPacket bounds the memory that one packet may take. The largest real
	// ones are outputs of CLI commands, some megabytes.
	maxPacket = 64 << 20

	// keepBuffer is the largest buffer kept from one packet to the next.
	keepBuffer = 1 << 20
)

// dial connects and, where cfg asks for it, does the TLS handshake.
func dial(ctx context.Context, cfg *Config) (net.Conn, error) {
	dialer := &net.Dialer{Timeout: cfg.DialTimeout}
	if cfg.TLS == nil {
		return dialer.DialContext(ctx, "tcp", cfg.Addr)
	}
	return (&tls.Dialer{NetDialer: dialer, Config: cfg.TLS}).DialContext(ctx, "tcp", cfg.Addr)
}

// packetReader cuts the byte stream into packets. It waits for its caller as
// long as the caller likes and never gives up a packet.
type packetReader struct {
	in    *bufio.Reader
	limit int // bytes of one packet
	buf   []byte
}

func newPacketReader(in io.Reader, limit int) *packetReader {
	return &packetReader{in: bufio.NewReaderSize(in, 64<<10), limit: limit}
}

// banner reads the greeting that precedes all packets.
func (r *packetReader) banner() error {
	line, err := r.in.ReadSlice('\n')
	if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
		return fmt.Errorf("reading the greeting: %w", err)
	}
	if !strings.HasPrefix(string(line), bannerPrefix) {
		return fmt.Errorf("the greeting %.40q is not that of an Asterisk manager", line)
	}
	return nil
}

// next returns the next packet with the empty line that ends it. Empty lines
// before it are skipped: some messages of Asterisk end in one too many.
func (r *packetReader) next() (string, error) {
	if cap(r.buf) > keepBuffer {
		r.buf = nil
	}
	r.buf = r.buf[:0]
	for {
		part, err := r.in.ReadSlice('\n')
		if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
			return "", err
		}
		r.buf = append(r.buf, part...)
		switch {
		case len(r.buf) <= 2 && len(bytes.TrimSpace(r.buf)) == 0:
			r.buf = r.buf[:0]
		case bytes.HasSuffix(r.buf, []byte(packetEnd)):
			return string(r.buf), nil
		case len(r.buf) > r.limit:
			return "", fmt.Errorf("a packet is larger than %d bytes", r.limit)
		}
	}
}

// packetWriter writes whole packets, one at a time.
type packetWriter struct {
	out     net.Conn
	timeout time.Duration
	turn    chan struct{} // holds a token while somebody writes
}

func newPacketWriter(out net.Conn, timeout time.Duration) *packetWriter {
	return &packetWriter{out: out, timeout: timeout, turn: make(chan struct{}, 1)}
}

// write sends one packet. started tells whether a byte of it may have left;
// if so and err is set, the stream is broken. It is not started when ctx ends
// before the packet's turn comes.
func (w *packetWriter) write(ctx context.Context, packet []byte) (started bool, err error) {
	select {
	case w.turn <- struct{}{}:
		defer func() { <-w.turn }()
	case <-ctx.Done():
		return false, ctx.Err()
	}
	if err := ctx.Err(); err != nil {
		return false, err
	}
	if err := w.out.SetWriteDeadline(time.Now().Add(w.timeout)); err != nil {
		return true, err
	}
	_, err = w.out.Write(packet)
	return true, err
}
