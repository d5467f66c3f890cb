package asterisktest

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"strings"
	"sync"
	"time"
)

const (
	frameDuration = 20 * time.Millisecond
	rtpHeaderSize = 12
	rtpVersion    = 0x80
	rtpMarker     = 0x80
	// One key press lasts 100 ms and is followed by a pause of 100 ms.
	keyFrames = 5
	// endRepeats is how often the end of a key press is sent, so that one lost packet does no harm.
	endRepeats = 3
)

var errNoRemote = errors.New("the other side has not said where it wants audio")

// media is the audio of one call: a socket that sends and receives RTP.
type media struct {
	conn *net.UDPConn

	// sending is held while audio goes out: packets of two senders would mix.
	sending   sync.Mutex
	sequence  uint16
	timestamp uint32
	source    uint32

	mu     sync.Mutex
	remote *net.UDPAddr
	heard  sound
	// audio is what was heard of it, without the silence.
	audio []int16
	// news is closed and replaced whenever heard has grown, and closed for good with the socket.
	news   chan struct{}
	closed bool
}

// sound is how much was heard since a call began: of audio that is not silence, and of that how much was the
// voice of the other side.
type sound struct{ any, voice time.Duration }

// openMedia listens on a free port of host and counts what it hears until it is closed.
func openMedia(host netip.Addr) (*media, error) {
	conn, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(host, 0)))
	if err != nil {
		return nil, fmt.Errorf("open RTP socket: %w", err)
	}
	m := &media{conn: conn, source: rand.Uint32(), news: make(chan struct{})}
	go m.receive()
	return m, nil
}

func (m *media) addr() netip.AddrPort {
	return m.conn.LocalAddr().(*net.UDPAddr).AddrPort() //nolint:errcheck,forcetypeassert // a UDP socket has a UDP address
}

func (m *media) addrs() (local, remote string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.remote != nil {
		remote = m.remote.String()
	}
	return m.addr().String(), remote
}

// connect says where audio goes, as an SDP of the other side tells.
func (m *media) connect(sdp []byte) error {
	remote, err := audioAddr(sdp)
	if err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.remote = remote
	return nil
}

func (m *media) close() {
	_ = m.conn.Close() // the second close of a call that ended twice
}

func (m *media) receive() {
	packet := make([]byte, 1500)
	for {
		n, err := m.conn.Read(packet)
		if errors.Is(err, net.ErrClosed) {
			m.mu.Lock()
			m.closed = true
			close(m.news)
			m.mu.Unlock()
			return
		}
		if err == nil && n > rtpHeaderSize && packet[1]&^rtpMarker == payloadULaw {
			m.listen(packet[rtpHeaderSize:n])
		}
	}
}

func (m *media) listen(frame []byte) {
	if !audible(frame) {
		return
	}
	length := time.Duration(len(frame)) * time.Second / sampleRate
	samples := decodeAll(frame)
	spoken := shareOf(samples, voice) >= purity
	m.mu.Lock()
	defer m.mu.Unlock()
	m.heard.any += length
	m.audio = append(m.audio, samples...)
	if spoken {
		m.heard.voice += length
	}
	close(m.news)
	m.news = make(chan struct{})
}

func (m *media) state() (heard sound, news <-chan struct{}, closed bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.heard, m.news, m.closed
}

// received is all audio that is not silence. What comes later is not in it.
func (m *media) received() (audio []int16, news <-chan struct{}, closed bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.audio[:len(m.audio):len(m.audio)], m.news, m.closed
}

// await returns once there is at least d of a part of what is heard.
func (m *media) await(ctx context.Context, d time.Duration, part func(sound) time.Duration) error {
	for {
		heard, news, closed := m.state()
		if part(heard) >= d {
			return nil
		}
		if closed {
			return fmt.Errorf("the call ended after %v of audio, %v wanted", part(heard), d)
		}
		select {
		case <-news:
		case <-ctx.Done():
			return fmt.Errorf("heard %v of audio, %v wanted: %w", part(heard), d, ctx.Err())
		}
	}
}

// play sends µ-law audio as fast as it is spoken.
func (m *media) play(ctx context.Context, audio []byte) error {
	m.sending.Lock()
	defer m.sending.Unlock()
	pace := time.NewTicker(frameDuration)
	defer pace.Stop()
	for first := true; len(audio) > 0; first = false {
		frame := audio[:min(frameSamples, len(audio))]
		audio = audio[len(frame):]
		if err := m.send(payloadULaw, first, frame); err != nil {
			return err
		}
		m.timestamp += uint32(len(frame))
		if err := await(ctx, pace); err != nil {
			return err
		}
	}
	return nil
}

// press sends keys as telephone events (RFC 4733).
func (m *media) press(ctx context.Context, keys string) error {
	m.sending.Lock()
	defer m.sending.Unlock()
	pace := time.NewTicker(frameDuration)
	defer pace.Stop()
	for _, key := range keys {
		event := strings.IndexRune("0123456789*#ABCD", key)
		if event < 0 {
			return fmt.Errorf("no such key: %q", key)
		}
		if err := m.pressOne(ctx, byte(event), pace); err != nil {
			return err
		}
	}
	return nil
}

func (m *media) pressOne(ctx context.Context, event byte, pace *time.Ticker) error {
	const volume, end = 10, 0x80
	for frame := 1; frame < keyFrames+endRepeats; frame++ {
		payload := []byte{event, volume, 0, 0}
		if frame >= keyFrames {
			payload[1] |= end
		}
		binary.BigEndian.PutUint16(payload[2:], uint16(min(frame, keyFrames)*frameSamples))
		if err := m.send(payloadEvent, frame == 1, payload); err != nil {
			return err
		}
		if err := await(ctx, pace); err != nil {
			return err
		}
	}
	for range keyFrames {
		if err := await(ctx, pace); err != nil {
			return err
		}
	}
	m.timestamp += 2 * keyFrames * frameSamples
	return nil
}

// send writes one packet; the caller holds sending.
func (m *media) send(payloadType byte, marker bool, payload []byte) error {
	m.mu.Lock()
	remote := m.remote
	m.mu.Unlock()
	if remote == nil {
		return errNoRemote
	}
	if marker {
		payloadType |= rtpMarker
	}
	packet := make([]byte, rtpHeaderSize, rtpHeaderSize+len(payload))
	packet[0], packet[1] = rtpVersion, payloadType
	binary.BigEndian.PutUint16(packet[2:], m.sequence)
	binary.BigEndian.PutUint32(packet[4:], m.timestamp)
	binary.BigEndian.PutUint32(packet[8:], m.source)
	m.sequence++
	if _, err := m.conn.WriteToUDP(append(packet, payload...), remote); err != nil {
		return fmt.Errorf("send RTP: %w", err)
	}
	return nil
}

func await(ctx context.Context, pace *time.Ticker) error {
	select {
	case <-pace.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
