package member_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/org/member"
)

func TestAMailerGetsTheLinkAndTheCallerDoesNot(t *testing.T) {
	t.Parallel()
	mails := &outbox{}
	f := newFixture(t, mails)
	o := f.organization(t, "Delta One")
	invitation := member.Invitation{Email: "asha@example.com", Profile: member.Profile{Name: "Asha Nair", Role: member.Owner}}
	m, delivery, err := f.Invite(t.Context(), member.OwnersRights(), o.ID, invitation)
	require.NoError(t, err)
	require.True(t, delivery.Mailed)
	require.Empty(t, delivery.URL)
	require.Equal(t, f.now.Add(7*24*time.Hour), delivery.ExpiresAt)
	require.Len(t, mails.sent, 1)
	require.Equal(t, "asha@example.com", mails.sent[0].To)
	require.Contains(t, mails.sent[0].Subject, "Delta One")
	require.Contains(t, mails.sent[0].Text.Reveal(), "Asha Nair")
	require.NotContains(t, fmt.Sprintf("%+v %#v", mails.sent[0], delivery), "opl_", "a message prints without its link")
	_, err = f.AcceptInvitation(t.Context(), tokenIn(t, mails.sent[0].Text), password)
	require.NoError(t, err)

	mails.err = errors.New("connection refused")
	_, delivery, err = f.SendLink(t.Context(), member.OwnersRights(), o.ID, m.ID)
	require.NoError(t, err)
	require.False(t, delivery.Mailed)
	require.Empty(t, delivery.URL, "with a mailer the link goes by mail or not at all")
}

func TestAForgottenPasswordIsResetByMail(t *testing.T) {
	t.Parallel()
	mails := &outbox{}
	f := newFixture(t, mails)
	const email = "asha@example.com"
	join := func(name string) string {
		o := f.organization(t, name)
		_, _, err := f.Invite(t.Context(), member.OwnersRights(), o.ID, member.Invitation{Email: email, Profile: member.Profile{Name: "Asha", Role: member.Owner}})
		require.NoError(t, err)
		_, err = f.AcceptInvitation(t.Context(), tokenIn(t, mails.sent[len(mails.sent)-1].Text), password)
		require.NoError(t, err)
		return o.ID
	}
	first, second := join("Delta One"), join("Delta Two")
	f.suspend(t, mustOrganization(t, f, second))
	third := join("Delta Three")
	mails.sent = nil

	require.NoError(t, f.RequestReset(t.Context(), "", "nobody@example.com"))
	require.Empty(t, mails.sent)
	require.NoError(t, f.RequestReset(t.Context(), first, email))
	require.Len(t, mails.sent, 1)
	require.NoError(t, f.RequestReset(t.Context(), "", "ASHA@example.com"))
	require.Len(t, mails.sent, 2, "the third; the first was sent one lately, the second is suspended")
	_, err := f.ResetPassword(t.Context(), tokenIn(t, mails.sent[0].Text), "another good one")
	require.NoError(t, err)
	_, session, err := f.Login(t.Context(), member.Credentials{Email: email, Password: "another good one"})
	require.NoError(t, err)
	require.Equal(t, first, session.OrganizationID)
	_, session, err = f.Login(t.Context(), member.Credentials{Email: email, Password: password, OrganizationID: third})
	require.NoError(t, err)
	require.Equal(t, third, session.OrganizationID, "the passwords are apart")

	require.NoError(t, f.RequestReset(t.Context(), third, email))
	require.Len(t, mails.sent, 2)
	f.now = f.now.Add(5*time.Minute + time.Second)
	require.NoError(t, f.RequestReset(t.Context(), third, email))
	require.Len(t, mails.sent, 3)
}
