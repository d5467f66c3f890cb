package asterisktest

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
)

// Payload types of RTP: the static one of µ-law, and the one that Asterisk also takes for key presses.
const (
	payloadULaw  = 0
	payloadEvent = 101
)

// describe is the SDP of a phone that speaks µ-law and key presses on addr.
func describe(addr netip.AddrPort) []byte {
	return fmt.Appendf(nil, "v=0\r\n"+
		"o=- 1 1 IN IP4 %[1]s\r\n"+
		"s=call\r\n"+
		"c=IN IP4 %[1]s\r\n"+
		"t=0 0\r\n"+
		"m=audio %[2]d RTP/AVP %[3]d %[4]d\r\n"+
		"a=rtpmap:%[3]d PCMU/8000\r\n"+
		"a=rtpmap:%[4]d telephone-event/8000\r\n"+
		"a=fmtp:%[4]d 0-15\r\n"+
		"a=ptime:20\r\n"+
		"a=sendrecv\r\n", addr.Addr(), addr.Port(), payloadULaw, payloadEvent)
}

// audioAddr reads from an SDP where the other side wants to receive audio.
func audioAddr(sdp []byte) (*net.UDPAddr, error) {
	host, port := "", 0
	for line := range strings.Lines(string(sdp)) {
		fields := strings.Fields(line)
		switch {
		case strings.HasPrefix(line, "c=IN IP4 ") && len(fields) >= 3:
			host = fields[2]
		case strings.HasPrefix(line, "m=audio ") && len(fields) >= 2:
			parsed, err := strconv.Atoi(fields[1])
			if err != nil {
				return nil, fmt.Errorf("audio port in SDP: %w", err)
			}
			port = parsed
		}
	}
	ip := net.ParseIP(host)
	if ip == nil || port == 0 {
		return nil, errors.New("SDP without audio")
	}
	return &net.UDPAddr{IP: ip, Port: port}, nil
}
