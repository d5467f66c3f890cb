package asterisktest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/emiago/sipgo/sip"
)

// Notification is a NOTIFY that a phone got: what a subscription tells, or the state of a mailbox, which
// Asterisk tells every registered phone.
type Notification struct {
	// Event is the kind, such as "dialog" or "message-summary".
	Event string
	Body  string
}

// notifications keeps what a phone was told.
type notifications struct {
	mu   sync.Mutex
	all  []Notification
	news chan struct{} // closed and replaced by each
}

func (n *notifications) add(one Notification) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.all = append(n.all, one)
	close(n.news)
	n.news = make(chan struct{})
}

func (n *notifications) since(from int) ([]Notification, <-chan struct{}) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return slices.Clone(n.all[from:]), n.news
}

// onNotify takes a NOTIFY. Those of a subscription come in a dialog that is not kept: each says what it is about.
func (a *agent) onNotify(req *sip.Request, tx sip.ServerTransaction) {
	a.notified.add(Notification{Event: headerValue(req.GetHeader("Event")), Body: string(req.Body())})
	a.check(tx.Respond(sip.NewResponseFromRequest(req, sip.StatusOK, "OK", nil)))
}

// WaitNotification returns the first notification since the phone was plugged in that enough says yes to.
func (a *agent) WaitNotification(ctx context.Context, enough func(Notification) bool) (Notification, error) {
	for seen := 0; ; {
		told, news := a.notified.since(seen)
		if i := slices.IndexFunc(told, enough); i >= 0 {
			return told[i], nil
		}
		seen += len(told)
		select {
		case <-news:
		case <-ctx.Done():
			all, _ := a.notified.since(0)
			return Notification{}, fmt.Errorf("wait for a notification, of which there were %v: %w", all, ctx.Err())
		}
	}
}

// Lamp follows the state of a number.
type Lamp struct {
	phone  *Phone
	number string
	seen   int
}

// Watch subscribes to the state of a number, as a phone does for a key with a lamp. Asterisk's refusal, such as
// 404 for a number that this phone may not watch, is a *StatusError.
func (p *Phone) Watch(ctx context.Context, number string) (*Lamp, error) {
	target, err := uriOf(number, p.opts.Asterisk)
	if err != nil {
		return nil, err
	}
	before, _ := p.notified.since(0)
	lamp := &Lamp{phone: p, number: number, seen: len(before)}
	req := sip.NewRequest(sip.SUBSCRIBE, target)
	req.AppendHeader(p.from())
	req.AppendHeader(&sip.ToHeader{Address: target})
	req.AppendHeader(&p.contact)
	req.AppendHeader(sip.NewHeader("Event", "dialog"))
	req.AppendHeader(sip.NewHeader("Accept", "application/dialog-info+xml"))
	expires := sip.ExpiresHeader(registrationSeconds)
	req.AppendHeader(&expires)
	res, err := p.client.Do(ctx, req)
	if err == nil && res.StatusCode == sip.StatusUnauthorized {
		res, err = p.client.DoDigestAuth(ctx, req, res, p.auth())
	}
	if err != nil {
		return nil, fmt.Errorf("watch %s: %w", number, err)
	}
	if !res.IsSuccess() {
		return nil, &StatusError{Code: res.StatusCode, Reason: res.Reason}
	}
	return lamp, nil
}

// WaitState returns when the lamp is told a state after those that it has waited for already: "terminated" for a
// number that is free, "early" for one that rings and "confirmed" for one in use or busy.
func (l *Lamp) WaitState(ctx context.Context, state string) error {
	for {
		told, news := l.phone.notified.since(l.seen)
		for _, n := range told {
			l.seen++
			if l.shows(n, state) {
				return nil
			}
		}
		select {
		case <-news:
		case <-ctx.Done():
			return fmt.Errorf("wait for %s to be %s: %w", l.number, state, ctx.Err())
		}
	}
}

// shows reports whether a notification says that the number is in a state (RFC 4235).
func (l *Lamp) shows(n Notification, state string) bool {
	return strings.Contains(n.Body, `entity="sip:`+l.number+`@`) && strings.Contains(n.Body, "<state>"+state+"</state>")
}
