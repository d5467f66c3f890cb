package member

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/orgpbx/orgpbx/org"
)

// Mailer sends e-mail.
type Mailer interface {
	// Send hands one message over, or returns an error, which must not hold
	// its text. It should give up within seconds: somebody waits.
	Send(ctx context.Context, m Message) error
}

// Message is an e-mail to one person.
type Message struct {
	To      string // the address
	Subject string
	Text    org.Secret // plain text; it carries a link that is a credential
}

// Delivery says how a link reaches the member.
type Delivery struct {
	// URL is the link itself where there is no mailer: it is for the member
	// alone. Empty otherwise.
	URL       org.Secret
	ExpiresAt time.Time
	// Mailed is true when the mailer took the message. When it did not, a new
	// link can be sent with [Service.SendLink].
	Mailed bool
}

// deliver sends the link of a member, or returns it where there is no mailer.
func (s *Service) deliver(ctx context.Context, o org.Organization, m Member, token org.Secret) Delivery {
	d := Delivery{ExpiresAt: m.Link.ExpiresAt}
	url := s.linkURL(m, token)
	if s.opts.Mailer == nil {
		d.URL = url
		return d
	}
	if err := s.opts.Mailer.Send(ctx, linkMessage(o, m, url)); err != nil {
		s.opts.Logger.WarnContext(ctx, "a link was not mailed", "organization_id", o.ID, "member_id", m.ID, "error", err)
		return d
	}
	d.Mailed = true
	return d
}

// linkURL puts the token behind the #: what is there is in no server's log and
// in no Referer.
func (s *Service) linkURL(m Member, token org.Secret) org.Secret {
	page := "/reset-password"
	if m.PasswordHash == "" {
		page = "/accept-invite"
	}
	return org.Secret(strings.TrimSuffix(s.opts.PublicURL, "/") + page + "#token=" + token.Reveal())
}

func linkMessage(o org.Organization, m Member, url org.Secret) Message {
	subject, text := "Your new password for "+o.Name, "choose a new password"
	if m.PasswordHash == "" {
		subject, text = "Your invitation to "+o.Name, "accept the invitation and choose a password"
	}
	return Message{To: m.Email, Subject: subject, Text: org.Secret(fmt.Sprintf(
		"Hello %s,\n\nto %s for the phone system of %s, open this link:\n\n%s\n\nIt works once, until %s.\nIf you did not expect this message, ignore it.\n",
		m.Name, text, o.Name, url.Reveal(), m.Link.ExpiresAt.Format("2 January 2006 15:04 MST")))}
}
