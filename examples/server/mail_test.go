package main

import (
	"io"
	"net"
	"testing"

	"github.com/emersion/go-smtp"
	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/org/member"
)

// mailbox is a mail server that keeps what it is given.
type mailbox struct {
	got chan received
}

type received struct{ from, to, text string }

func newMailbox(t *testing.T) (box mailbox, addr string) {
	t.Helper()
	box = mailbox{make(chan received, 8)}
	server := smtp.NewServer(box)
	server.Domain = "localhost"
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	done := make(chan error, 1)
	go func() { done <- server.Serve(listener) }()
	t.Cleanup(func() {
		require.NoError(t, server.Close())
		require.NoError(t, <-done)
	})
	return box, listener.Addr().String()
}

// NewSession implements [smtp.Backend].
func (b mailbox) NewSession(*smtp.Conn) (smtp.Session, error) { return &delivery{box: b}, nil }

// delivery is one connection of a client.
type delivery struct {
	box  mailbox
	mail received
}

func (d *delivery) Mail(from string, _ *smtp.MailOptions) error { d.mail.from = from; return nil }
func (d *delivery) Rcpt(to string, _ *smtp.RcptOptions) error   { d.mail.to = to; return nil }
func (d *delivery) Reset()                                      {}
func (d *delivery) Logout() error                               { return nil }

func (d *delivery) Data(r io.Reader) error {
	text, err := io.ReadAll(r)
	d.mail.text = string(text)
	d.box.got <- d.mail
	return err
}

func TestAMailReachesTheMailServer(t *testing.T) {
	t.Parallel()
	box, addr := newMailbox(t)
	mailer, err := newMailer(secretOf("smtp://" + addr + "?from=pbx@example.com"))
	require.NoError(t, err)
	require.NoError(t, mailer.Send(t.Context(), member.Message{
		To: "asha@example.com", Subject: "Your invitation to Hôtel Delta", Text: "open https://pbx.example.com/accept-invite#token=opl_x\n",
	}))
	got := <-box.got
	require.Equal(t, "pbx@example.com", got.from)
	require.Equal(t, "asha@example.com", got.to)
	require.Contains(t, got.text, "Subject: =?UTF-8?")
	require.Contains(t, got.text, "accept-invite#token=3Dopl_x", "quoted-printable")

	// Nobody's text can add a header or a recipient.
	require.Error(t, mailer.Send(t.Context(), member.Message{To: "asha@example.com>\r\nRCPT TO:<other@example.com", Text: "x"}))
	require.NoError(t, mailer.Send(t.Context(), member.Message{To: "asha@example.com", Subject: "a\r\nBcc: other@example.com", Text: "x"}))
	require.NotContains(t, (<-box.got).text, "\r\nBcc:")
}

func TestAMailServerThatIsAwayIsAnErrorWithoutTheText(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, listener.Close())
	mailer, err := newMailer(secretOf("smtp://" + listener.Addr().String() + "?from=pbx@example.com"))
	require.NoError(t, err)
	err = mailer.Send(t.Context(), member.Message{To: "asha@example.com", Text: "opl_x"})
	require.Error(t, err)
	require.NotContains(t, err.Error(), "opl_x")
}

func TestTheMailSettingSaysWhatIsWrongAndHidesItsValue(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{
		"canary", "http://canary.example", "smtp://", "smtp://user:canary@mail.example.com", "smtp://mail.example.com?from=canary",
		"smtp://mail.example.com:x?from=a@b.example", "smtp://mail.example.com:99999?from=a@b.example",
	} {
		_, err := newMailer(secretOf(bad))
		require.Error(t, err, bad)
		require.NotContains(t, err.Error(), "canary")
	}
	for _, good := range []string{
		"smtp://pbx@example.com:pass@mail.example.com:587", "smtps://user:pass@mail.example.com?from=pbx@example.com",
		"smtp://localhost?from=pbx@example.com",
	} {
		_, err := newMailer(secretOf(good))
		require.NoError(t, err, good)
	}
}
