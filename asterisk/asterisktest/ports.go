package asterisktest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"time"
)

const (
	// The blocks lie below the ports that Linux hands out by itself, so nobody takes one by chance.
	firstBlockPort = 10_000
	portBlocks     = 22
	portsPerBlock  = 1_000
)

// portBlock is a range of ports on 127.0.0.1 that one Asterisk has for itself, also against other test
// processes: whoever holds the block's first UDP port owns the block.
type portBlock struct {
	base int
	lock net.PacketConn
}

// reservePorts takes a free block, and waits for one while other tests have them all.
func reservePorts(ctx context.Context) (*portBlock, error) {
	for {
		ports, err := tryPorts(ctx)
		if ports != nil || err != nil {
			return ports, err
		}
		select {
		case <-time.After(100 * time.Millisecond): // nobody tells when one is given back
		case <-ctx.Done():
			return nil, errors.New("no free block of ports on 127.0.0.1 for an Asterisk")
		}
	}
}

// tryPorts tries each block once, in an order that differs between processes. It returns nil where none is free.
func tryPorts(ctx context.Context) (*portBlock, error) {
	for _, block := range rand.Perm(portBlocks) {
		base := firstBlockPort + block*portsPerBlock
		var listen net.ListenConfig
		lock, err := listen.ListenPacket(ctx, "udp", loopback(base))
		if err != nil {
			continue
		}
		ports := &portBlock{base: base, lock: lock}
		if ports.usable(ctx) {
			return ports, nil
		}
		if err := ports.release(); err != nil {
			return nil, err
		}
	}
	return nil, nil
}

// usable tells whether the named ports are free; other programs may use ports of the block.
func (p *portBlock) usable(ctx context.Context) bool {
	var listen net.ListenConfig
	sip, err := listen.ListenPacket(ctx, "udp", loopback(p.sip()))
	if err != nil {
		return false
	}
	ami, err := listen.Listen(ctx, "tcp", loopback(p.ami()))
	return errors.Join(err, sip.Close()) == nil && ami.Close() == nil
}

func (p *portBlock) sip() int      { return p.base + 1 }
func (p *portBlock) ami() int      { return p.base + 2 }
func (p *portBlock) rtpStart() int { return p.base + 10 }
func (p *portBlock) rtpEnd() int   { return p.base + portsPerBlock - 1 }

func (p *portBlock) release() error {
	return p.lock.Close()
}

func loopback(port int) string {
	return fmt.Sprintf("127.0.0.1:%d", port)
}
