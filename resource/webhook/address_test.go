package webhook_test

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/net/dns/dnsmessage"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/org/event"
	"github.com/orgpbx/orgpbx/resource/webhook"
)

func TestAPrivateAddressInAURLIsRefused(t *testing.T) {
	t.Parallel()
	opts := options()
	opts.AllowPrivate = false
	s := newStand(t, memory(t), opts)
	for _, host := range []string{
		"127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1", "255.255.255.255",
		"168.63.129.16", "198.18.0.1", "[::1]", "[::]", "[fe80::1]", "[fd00:ec2::254]", "[ff02::1]", "[::ffff:127.0.0.1]", "[::ffff:10.0.0.1]",
		"[64:ff9b::7f00:1]", "[64:ff9b:1::1]", "[2002:7f00:1::1]", "[2001:db8::1]", "[::7f00:1]", "127.1", "2130706433",
	} {
		for _, port := range []string{"", ":8443"} {
			_, _, err := s.Create(t.Context(), s.o.ID, webhook.Webhook{URL: "https://" + host + port + "/", Events: event.Types()})
			var broken *org.InvalidError
			require.ErrorAs(t, err, &broken, host)
			require.Equal(t, "url", broken.Fields[0].Field)
		}
	}
	for _, url := range []string{"http://example.com/", "https:///x", "https:example.com", "https://u@example.com/", "https://example.com/" + strings.Repeat("x", 2048)} {
		_, _, err := s.Create(t.Context(), s.o.ID, webhook.Webhook{URL: url, Events: event.Types()})
		var broken *org.InvalidError
		require.ErrorAs(t, err, &broken, url)
	}
	for _, host := range []string{"example.com", "8.8.8.8", "[2606:4700::1111]", "[64:ff9b::808:808]"} {
		_, _, err := s.Create(t.Context(), s.o.ID, webhook.Webhook{URL: "https://" + host + ":8443/x?y=z", Events: event.Types()})
		require.NoError(t, err, host)
	}
}

// The name is looked up by a real resolver from a real name server, which says
// that it means a private address.
func TestANameThatMeansAPrivateAddressIsNotCalled(t *testing.T) {
	t.Parallel()
	for _, private := range []string{"127.0.0.1", "::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1"} {
		t.Run(private, func(t *testing.T) {
			t.Parallel()
			r := newReceiver(t)
			asked := &atomic.Int64{}
			opts := options(r)
			opts.AllowPrivate, opts.Resolver = false, newNames(t, netip.MustParseAddr(private), asked)
			s := newStand(t, memory(t), opts)
			_, port, err := net.SplitHostPort(r.Listener.Addr().String())
			require.NoError(t, err)
			w, _, err := s.Create(t.Context(), s.o.ID, webhook.Webhook{
				URL: "https://hook.example.com:" + port + "/", Events: event.Types(), Enabled: true,
			})
			require.NoError(t, err)
			d, err := s.Test(t.Context(), s.o.ID, w.ID)
			require.NoError(t, err)
			require.Equal(t, webhook.Dead, d.State)
			require.Equal(t, webhook.AddressFailure, d.Failure)
			require.Positive(t, asked.Load())
			require.Empty(t, r.got)
		})
	}
}

func TestTheSameNameIsCalledWherePrivateAddressesAreAllowed(t *testing.T) {
	t.Parallel()
	r := newReceiver(t)
	opts := options(r)
	opts.Resolver = newNames(t, netip.MustParseAddr("127.0.0.1"), &atomic.Int64{})
	s := newStand(t, memory(t), opts)
	_, port, err := net.SplitHostPort(r.Listener.Addr().String())
	require.NoError(t, err)
	w, _, err := s.Create(t.Context(), s.o.ID, webhook.Webhook{URL: "https://example.com:" + port + "/", Events: event.Types()})
	require.NoError(t, err) // the certificate of httptest is that of example.com
	d, err := s.Test(t.Context(), s.o.ID, w.ID)
	require.NoError(t, err)
	require.Equal(t, webhook.Delivered, d.State)
	r.next(t)
}

func TestNoRedirectIsFollowedAndNoLongAnswerRead(t *testing.T) {
	t.Parallel()
	elsewhere, r := newReceiver(t), newReceiver(t)
	r.answers(func(w http.ResponseWriter, request *http.Request) {
		http.Redirect(w, request, elsewhere.URL, http.StatusTemporaryRedirect)
	})
	s := newStand(t, memory(t), options(r, elsewhere))
	w, _ := s.hook(t, r)
	d, err := s.Test(t.Context(), s.o.ID, w.ID)
	require.NoError(t, err)
	require.Equal(t, http.StatusTemporaryRedirect, d.Status)
	require.Equal(t, webhook.Dead, d.State)
	require.Empty(t, elsewhere.got)

	r.answers(func(w http.ResponseWriter, request *http.Request) {
		for request.Context().Err() == nil { // until it is cut off
			if _, err := w.Write(make([]byte, 1<<10)); err != nil {
				return
			}
		}
	})
	d, err = s.Test(t.Context(), s.o.ID, w.ID)
	require.NoError(t, err)
	require.Equal(t, webhook.Delivered, d.State)
}

func TestAReceiverWhoseCertificateIsNotTrustedGetsNothing(t *testing.T) {
	t.Parallel()
	r := newReceiver(t)
	s := newStand(t, memory(t), options())
	w, _ := s.hook(t, r)
	d, err := s.Test(t.Context(), s.o.ID, w.ID)
	require.NoError(t, err)
	require.Equal(t, webhook.TLSFailure, d.Failure)
	require.Empty(t, r.got)
}

// newNames returns a resolver that asks a name server for which every name means
// the same address.
func newNames(t *testing.T, addr netip.Addr, asked *atomic.Int64) *net.Resolver {
	t.Helper()
	conn, err := new(net.ListenConfig).ListenPacket(t.Context(), "udp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	go func() {
		packet := make([]byte, 1500)
		for {
			n, from, err := conn.ReadFrom(packet)
			if err != nil {
				return
			}
			var m dnsmessage.Message
			if m.Unpack(packet[:n]) != nil || len(m.Questions) == 0 {
				continue
			}
			asked.Add(1)
			q := m.Questions[0]
			head := dnsmessage.ResourceHeader{Name: q.Name, Type: q.Type, Class: q.Class}
			m.Response, m.RecursionAvailable, m.Additionals = true, true, nil
			switch {
			case q.Type == dnsmessage.TypeA && addr.Is4():
				m.Answers = []dnsmessage.Resource{{Header: head, Body: &dnsmessage.AResource{A: addr.As4()}}}
			case q.Type == dnsmessage.TypeAAAA && addr.Is6():
				m.Answers = []dnsmessage.Resource{{Header: head, Body: &dnsmessage.AAAAResource{AAAA: addr.As16()}}}
			}
			answer, err := m.Pack()
			if err == nil {
				_, _ = conn.WriteTo(answer, from)
			}
		}
	}()
	return &net.Resolver{PreferGo: true, Dial: dialTo(conn.LocalAddr().String())}
}

func dialTo(server string) func(context.Context, string, string) (net.Conn, error) {
	return func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "udp", server)
	}
}
