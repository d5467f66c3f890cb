package webhook

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"syscall"
	"time"
	"unicode"

	"github.com/orgpbx/orgpbx/org"
)

const (
	readResponse = 4 << 10 // of an answer is read; a connection with more is closed
	keepResponse = 200     // of it is kept
	maxHeader    = 16 << 10
)

// newClient returns a client that follows no redirect, asks no proxy and, unless
// it is allowed, calls no address that is not public. The address is looked at
// when the connection is made, so it does not matter what a name meant before.
func newClient(opts Options) *http.Client {
	dialer := &net.Dialer{Timeout: opts.Timeout, Resolver: opts.Resolver}
	if !opts.AllowPrivate {
		dialer.Control = func(_, address string, _ syscall.RawConn) error {
			addr, err := netip.ParseAddrPort(address)
			if err != nil || !isPublic(addr.Addr()) {
				return errAddress
			}
			return nil
		}
	}
	return &http.Client{
		Timeout: opts.Timeout,
		Transport: &http.Transport{
			DialContext:            dialer.DialContext,
			TLSClientConfig:        opts.TLS.Clone(),
			TLSHandshakeTimeout:    opts.Timeout,
			ForceAttemptHTTP2:      true,
			DisableCompression:     true, // nothing is unpacked that could be a bomb
			MaxResponseHeaderBytes: maxHeader,
			MaxIdleConnsPerHost:    atOnce,
			MaxIdleConns:           256,
			IdleConnTimeout:        30 * time.Second,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// attempt sends a delivery once and notes how that ended. The state is left
// alone unless it was taken.
func (s *Service) attempt(ctx context.Context, o org.Organization, w Webhook, d Delivery) Delivery {
	d.Attempts++
	d.LastAttemptAt = s.now()
	d.Status, d.Failure, d.Response = 0, "", ""
	request, err := s.request(ctx, o, w, d)
	if err != nil {
		d.Failure = failureOf(err)
		return d
	}
	answer, err := s.client.Do(request)
	if err != nil {
		d.Failure = failureOf(err)
		return d
	}
	defer answer.Body.Close()                                        //nolint:errcheck // it was read
	text, _ := io.ReadAll(io.LimitReader(answer.Body, readResponse)) // what there is of it
	d.Status = answer.StatusCode
	if d.Status >= 200 && d.Status <= 299 {
		d.State = Delivered
		return d
	}
	d.Failure, d.Response = StatusFailure, excerpt(text)
	return d
}

func (s *Service) request(ctx context.Context, o org.Organization, w Webhook, d Delivery) (*http.Request, error) {
	text, err := body(ctx, s.store, o, d.Event)
	if err != nil {
		return nil, err
	}
	signatures, err := s.signatures(o.ID, w, d.Event.ID, d.LastAttemptAt, text)
	if err != nil {
		return nil, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, w.URL, bytes.NewReader(text))
	if err != nil {
		return nil, fmt.Errorf("make the request of a webhook: %w", err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("User-Agent", "orgpbx-webhooks")
	r.Header.Set("webhook-id", d.Event.ID)
	r.Header.Set("webhook-timestamp", strconv.FormatInt(d.LastAttemptAt.Unix(), 10))
	r.Header.Set("webhook-signature", signatures)
	return r, nil
}

// failureOf says why there was no answer, without the text of an error: that may
// hold addresses of the network this server is in.
func failureOf(err error) Failure {
	var (
		name        *net.DNSError
		certificate *tls.CertificateVerificationError
		record      tls.RecordHeaderError
		timeout     interface{ Timeout() bool }
	)
	switch {
	case errors.Is(err, org.ErrSealed):
		return SecretFailure
	case errors.Is(err, errAddress):
		return AddressFailure
	case errors.As(err, &name):
		return NameFailure
	case errors.As(err, &certificate), errors.As(err, &record):
		return TLSFailure
	case errors.As(err, &timeout) && timeout.Timeout():
		return TimeoutFailure
	default:
		return ConnectionFailure
	}
}

// excerpt is the beginning of an answer, as far as it can be shown.
func excerpt(text []byte) string {
	shown := strings.Map(func(r rune) rune {
		if r == unicode.ReplacementChar || unicode.IsControl(r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(string(text[:min(len(text), keepResponse)]), ""))
	return shown
}
