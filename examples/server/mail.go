package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/wneessen/go-mail"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/org/member"
)

// mailTime bounds the sending of one message: somebody waits for the answer.
const mailTime = 10 * time.Second

// smtpMailer sends mail through a mail server.
type smtpMailer struct {
	client *mail.Client
	from   string
}

var _ member.Mailer = (*smtpMailer)(nil)

// newMailer returns the mailer of a URL such as
// smtp://user:password@mail.example.com:587?from=pbx@example.com, or smtps://
// for TLS from the first byte. With a password, smtp:// insists on STARTTLS.
// Errors do not show the URL.
func newMailer(setting org.Secret) (*smtpMailer, error) {
	u, err := url.Parse(setting.Reveal())
	if err != nil || u.Hostname() == "" || u.Scheme != "smtp" && u.Scheme != "smtps" {
		return nil, errors.New("must be smtp://user:password@host:port?from=address, or smtps://…")
	}
	password, hasPassword := u.User.Password()
	m := &smtpMailer{from: u.Query().Get("from")}
	if m.from == "" && strings.Contains(u.User.Username(), "@") {
		m.from = u.User.Username()
	}
	if err := mail.NewMsg().From(m.from); err != nil {
		return nil, errors.New("needs the sender's address: add ?from=pbx@example.com")
	}

	options := []mail.Option{mail.WithTimeout(mailTime), mail.WithTLSPolicy(mail.TLSOpportunistic)}
	if hasPassword {
		options = append(options, mail.WithTLSPolicy(mail.TLSMandatory), mail.WithSMTPAuth(mail.SMTPAuthAutoDiscover),
			mail.WithUsername(u.User.Username()), mail.WithPassword(password))
	}
	if u.Scheme == "smtps" {
		options = append(options, mail.WithSSLPort(false))
	}
	if u.Port() != "" {
		port, err := strconv.Atoi(u.Port())
		if err != nil {
			return nil, errors.New("the port must be a number")
		}
		options = append(options, mail.WithPort(port))
	}
	if m.client, err = mail.NewClient(u.Hostname(), options...); err != nil {
		return nil, errors.New("names no mail server that can be used")
	}
	return m, nil
}

// Send implements [member.Mailer].
func (m *smtpMailer) Send(ctx context.Context, message member.Message) error {
	ctx, cancel := context.WithTimeout(ctx, mailTime)
	defer cancel()
	out := mail.NewMsg()
	if err := errors.Join(out.From(m.from), out.To(message.To)); err != nil {
		return fmt.Errorf("address a mail: %w", err)
	}
	out.Subject(message.Subject)
	out.SetBodyString(mail.TypeTextPlain, message.Text.Reveal())
	if err := m.client.DialAndSendWithContext(ctx, out); err != nil {
		return fmt.Errorf("send a mail: %w", err)
	}
	return nil
}
