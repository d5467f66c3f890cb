package httpapi_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"
	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/org/member"
)

const memberPassword = "correct horse battery"

// tokenOf returns the token of a link.
func tokenOf(t *testing.T, link string) string {
	t.Helper()
	_, token, found := strings.Cut(link, "#token=")
	require.True(t, found, link)
	return token
}

// join makes somebody a member who signed in.
func (o tenant) join(s *server, email, role string) (id string, signedIn client) {
	o.t.Helper()
	invited := o.post("/org-users/invite", fmt.Sprintf(`{"email":%q,"name":"Some One","role":%q}`, email, role)).expect(http.StatusCreated)
	s.client(o.t).post("/auth/accept-invite", fmt.Sprintf(`{"token":%q,"password":%q}`, tokenOf(o.t, invited.text("accept_url")), memberPassword)).
		expect(http.StatusOK)
	return invited.text("id"), s.memberLogin(o.t, o.id, email)
}

func (s *server) memberLogin(t *testing.T, organizationID, email string) client {
	t.Helper()
	return s.client(t).bearer(s.client(t).token("/auth/user-login",
		fmt.Sprintf(`{"email":%q,"password":%q,"organization_id":%q}`, email, memberPassword, organizationID)))
}

func TestTheLifeOfAMember(t *testing.T) {
	t.Parallel()
	s := newServer(t, options{})
	o := s.newTenant(t, "Delta One")
	invited := o.post("/org-users/invite", `{"email":"asha@example.com","name":"Asha Nair","role":"owner"}`).expect(http.StatusCreated)
	require.Equal(t, "invited", invited.text("status"))
	require.Equal(t, `"1"`, invited.header.Get("ETag"))
	require.True(t, strings.HasPrefix(invited.text("accept_url"), "https://pbx.example.com/accept-invite#token=opl_"))
	path := "/org-users/" + invited.text("id")
	require.NotContains(t, string(o.get(path).expect(http.StatusOK).body), "opl_", "shown once")

	accept := fmt.Sprintf(`{"token":%q,"password":%q}`, tokenOf(t, invited.text("accept_url")), memberPassword)
	accepted := s.client(t).post("/auth/accept-invite", accept).expect(http.StatusOK)
	require.JSONEq(t, fmt.Sprintf(`{"organization_id":%q,"organization":"Delta One","email":"asha@example.com","role":"owner"}`, o.id), string(accepted.body))
	s.client(t).post("/auth/accept-invite", accept).problem(http.StatusGone, "link_over")

	owner := s.client(t).bearer(s.client(t).token("/auth/user-login", `{"email":"asha@example.com","password":"`+memberPassword+`"}`))
	me := owner.get("/org-users/me").expect(http.StatusOK)
	require.Equal(t, "active", me.text("status"))
	require.Equal(t, o.id, me.text("organization.id"))
	require.Contains(t, me.value("permissions"), "people:write")
	owner.patch(path, `{"role":"agent"}`).problem(http.StatusForbidden, "forbidden")
	owner.patch(path, `{"name":"Asha N."}`).expect(http.StatusOK)
	owner.delete("/org-users/me").problem(http.StatusConflict, "last_owner")
	o.patch(path, `{"status":"disabled"}`).problem(http.StatusConflict, "last_owner")
	o.patch(path, `{"status":"invited"}`).breaks("status")

	admin := owner.post("/org-users/invite", `{"email":"ravi@example.com","name":"Ravi","role":"admin"}`).expect(http.StatusCreated)
	owner.post("/org-users/invite", `{"email":"RAVI@example.com","name":"Ravi","role":"admin"}`).problem(http.StatusConflict, "already_exists")
	owner.post("/org-users/invite", `{}`).breaks("email", "name", "role")
	require.Equal(t, "invited", owner.patch("/org-users/"+admin.text("id"), `{"status":"active"}`).expect(http.StatusOK).text("status"),
		"only his password makes him active")
	again := owner.post("/org-users/"+admin.text("id")+"/link", "").expect(http.StatusOK)
	s.client(t).post("/auth/accept-invite", fmt.Sprintf(`{"token":%q,"password":"password1"}`, tokenOf(t, again.text("url")))).breaks("password")
	s.client(t).post("/auth/accept-invite", fmt.Sprintf(`{"token":%q,"password":%q}`, tokenOf(t, again.text("url")), memberPassword)).expect(http.StatusOK)
	ravi := s.memberLogin(t, o.id, "ravi@example.com")
	ravi.patch(path, `{"role":"viewer"}`).problem(http.StatusForbidden, "forbidden")
	ravi.delete(path).problem(http.StatusForbidden, "forbidden")
	ravi.post("/org-users/invite", `{"email":"x@example.com","name":"X","role":"owner"}`).problem(http.StatusForbidden, "forbidden")

	owner.patch("/org-users/"+admin.text("id"), `{"role":"viewer"}`).expect(http.StatusOK)
	ravi.get("/org-users/me").problem(http.StatusUnauthorized, "unauthenticated")
	ravi = s.memberLogin(t, o.id, "ravi@example.com")
	ravi.get("/trunks").expect(http.StatusOK)
	ravi.delete("/org-users/me").expect(http.StatusNoContent)
	ravi.get("/trunks").problem(http.StatusUnauthorized, "unauthenticated")
	require.Len(t, owner.get("/org-users").items(), 1)
}

func TestAMemberSignsOutHereAndEverywhere(t *testing.T) {
	t.Parallel()
	s := newServer(t, options{})
	o := s.newTenant(t, "Delta One")
	_, first := o.join(s, "asha@example.com", "agent")
	second, third := s.memberLogin(t, o.id, "asha@example.com"), s.memberLogin(t, o.id, "asha@example.com")
	first.post("/auth/logout", "").expect(http.StatusNoContent)
	first.get("/org-users/me").problem(http.StatusUnauthorized, "unauthenticated")
	second.post("/auth/logout-everywhere", "").expect(http.StatusNoContent)
	for _, c := range []client{second, third} {
		c.get("/org-users/me").problem(http.StatusUnauthorized, "unauthenticated")
	}
	o.post("/auth/logout-everywhere", "").problem(http.StatusForbidden, "forbidden")
}

func TestAMemberChangesHisPassword(t *testing.T) {
	t.Parallel()
	s := newServer(t, options{})
	o := s.newTenant(t, "Delta One")
	_, c := o.join(s, "asha@example.com", "agent")
	c.post("/org-users/me/password", `{}`).breaks("current_password", "password")
	c.post("/org-users/me/password", `{"current_password":"wrong","password":"another good one"}`).breaks("current_password")
	c.post("/org-users/me/password", `{"current_password":"`+memberPassword+`","password":"qwertyuiop"}`).breaks("password")
	c.post("/org-users/me/password", `{"current_password":"`+memberPassword+`","password":"another good one"}`).expect(http.StatusNoContent)
	c.get("/org-users/me").problem(http.StatusUnauthorized, "unauthenticated")
	s.client(t).token("/auth/user-login", `{"email":"asha@example.com","password":"another good one"}`)
}

func TestALoginTellsNothingToWhoDoesNotKnowThePassword(t *testing.T) {
	t.Parallel()
	s := newServer(t, options{})
	o, other := s.newTenant(t, "Delta One"), s.newTenant(t, "Delta Two")
	o.join(s, "asha@example.com", "owner")
	off, _ := o.join(s, "off@example.com", "agent")
	o.patch("/org-users/"+off, `{"status":"disabled"}`).expect(http.StatusOK)
	o.post("/org-users/invite", `{"email":"new@example.com","name":"New","role":"agent"}`).expect(http.StatusCreated)
	suspended := s.newTenant(t, "Delta Three")
	suspended.join(s, "sus@example.com", "owner")
	s.admin.patch("/organizations/"+suspended.id, `{"status":"suspended"}`).expect(http.StatusOK)

	want := s.client(t).get("/organization").problem(http.StatusUnauthorized, "unauthenticated").withoutRequestID()
	for name, body := range map[string]string{
		"unknown":                        `{"email":"nobody@example.com","password":"` + memberPassword + `"}`,
		"wrong password":                 `{"email":"asha@example.com","password":"wrong"}`,
		"disabled":                       `{"email":"off@example.com","password":"` + memberPassword + `"}`,
		"invited":                        `{"email":"new@example.com","password":""}`,
		"suspended with a wrong one":     `{"email":"sus@example.com","password":"wrong"}`,
		"of another organisation":        `{"email":"asha@example.com","password":"` + memberPassword + `","organization_id":"` + other.id + `"}`,
		"of an unknown organisation":     `{"email":"asha@example.com","password":"` + memberPassword + `","organization_id":"` + unknownID + `"}`,
		"an odd organisation":            `{"email":"asha@example.com","password":"` + memberPassword + `","organization_id":"' OR 1=1"}`,
		"no e-mail address":              `{"email":"","password":""}`,
		"a very long password":           `{"email":"asha@example.com","password":"` + strings.Repeat("x", 100_000) + `"}`,
		"a code where none is asked for": `{"email":"asha@example.com","password":"wrong","code":"000000"}`,
	} {
		a := s.client(t).post("/auth/user-login", body).problem(http.StatusUnauthorized, "unauthenticated")
		require.Equal(t, want, a.withoutRequestID(), name)
	}
	s.client(t).post("/auth/user-login", `{"email":"sus@example.com","password":"`+memberPassword+`"}`).
		problem(http.StatusUnauthorized, "organization_suspended")
	s.client(t).post("/auth/user-login", `{}`).breaks("email", "password")
}

func TestASecondFactorOverHTTP(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	s := newServer(t, options{now: func() time.Time { return now }})
	o := s.newTenant(t, "Delta One")
	id, c := o.join(s, "asha@example.com", "owner")
	c.post("/org-users/me/totp/confirm", `{"code":"000000"}`).problem(http.StatusConflict, "totp_state")
	c.post("/org-users/me/totp", `{"current_password":"wrong"}`).breaks("current_password")
	setup := c.post("/org-users/me/totp", `{"current_password":"`+memberPassword+`"}`).expect(http.StatusOK)
	code := func(later time.Duration) string {
		code, err := totp.GenerateCode(setup.text("seed"), now.Add(later))
		require.NoError(t, err)
		return code
	}
	c.post("/org-users/me/totp/confirm", `{"code":"x"}`).breaks("code")
	confirmed := c.post("/org-users/me/totp/confirm", `{"code":"`+code(0)+`"}`).expect(http.StatusOK)
	require.Len(t, confirmed.value("recovery_codes"), 10)
	require.Equal(t, true, o.get("/org-users/"+id).value("totp_enabled"))

	login := func(code string) answer {
		return s.client(t).post("/auth/user-login", fmt.Sprintf(`{"email":"asha@example.com","password":%q,"code":%q}`, memberPassword, code))
	}
	login("").problem(http.StatusUnauthorized, "totp_required")
	login(code(30 * time.Second)).expect(http.StatusOK)
	for range 5 {
		login("000000").problem(http.StatusUnauthorized, "unauthenticated")
	}
	require.Equal(t, "301", login(code(0)).problem(http.StatusTooManyRequests, "too_many_attempts").header.Get("Retry-After"))
	o.delete("/org-users/" + id + "/totp").expect(http.StatusNoContent)
	login("").expect(http.StatusOK)
}

func TestALinkLeadsToAPageThatChoosesThePassword(t *testing.T) {
	t.Parallel()
	s := newServer(t, options{})
	invited := s.newTenant(t, "Delta One").post("/org-users/invite", `{"email":"asha@example.com","name":"Asha","role":"owner"}`).expect(http.StatusCreated)
	link, err := url.Parse(invited.text("accept_url"))
	require.NoError(t, err)
	for _, path := range []string{link.Path, "/reset-password"} {
		page := s.client(t).raw(http.MethodGet, path, "").expect(http.StatusOK)
		require.Equal(t, "text/html; charset=utf-8", page.header.Get("Content-Type"))
		require.Contains(t, page.header.Get("Content-Security-Policy"), "script-src 'self'")
		require.Contains(t, string(page.body), `<script src="/choose-password.js">`)
	}
	script := s.client(t).raw(http.MethodGet, "/choose-password.js", "").expect(http.StatusOK)
	require.Equal(t, "text/javascript; charset=utf-8", script.header.Get("Content-Type"))
	for _, operation := range []string{`"/accept-invite" ? "accept-invite" : "reset-password"`, `"/api/v1/auth/" + operation`} {
		require.Contains(t, string(script.body), operation)
	}
}

// outbox hands on what is mailed.
type outbox chan member.Message

func (o outbox) Send(_ context.Context, m member.Message) error {
	o <- m
	return nil
}

func TestWithAMailerNoLinkIsInAnAnswer(t *testing.T) {
	t.Parallel()
	mails := make(outbox, 8)
	s := newServer(t, options{mailer: mails})
	o := s.newTenant(t, "Delta One")
	invited := o.post("/org-users/invite", `{"email":"asha@example.com","name":"Asha","role":"owner"}`).expect(http.StatusCreated)
	require.NotContains(t, string(invited.body), "accept_url")
	require.Equal(t, true, invited.value("mail_sent"))
	link := func() string { return strings.Fields(tokenOf(t, (<-mails).Text.Reveal()))[0] }
	s.client(t).post("/auth/accept-invite", fmt.Sprintf(`{"token":%q,"password":%q}`, link(), memberPassword)).expect(http.StatusOK)

	known := s.client(t).post("/auth/request-password-reset", `{"email":"asha@example.com"}`).expect(http.StatusNoContent)
	unknown := s.client(t).post("/auth/request-password-reset", `{"email":"nobody@example.com"}`).expect(http.StatusNoContent)
	require.Equal(t, known.body, unknown.body)
	s.client(t).post("/auth/request-password-reset", `{}`).breaks("email")
	s.client(t).post("/auth/reset-password", fmt.Sprintf(`{"token":%q,"password":"another good one"}`, link())).expect(http.StatusOK)
	s.client(t).token("/auth/user-login", `{"email":"asha@example.com","password":"another good one"}`)
	require.NotContains(t, s.logged.String(), "opl_")
}

// stuckMailer holds every mail after the first until the test ends.
type stuckMailer struct {
	first outbox
	over  <-chan struct{}
}

func (m stuckMailer) Send(_ context.Context, message member.Message) error {
	select {
	case m.first <- message:
	default:
		<-m.over
	}
	return nil
}

func TestAResetIsAnsweredWithoutWaitingForTheMail(t *testing.T) {
	t.Parallel()
	over := make(chan struct{})
	defer close(over)
	mailer := stuckMailer{make(outbox, 1), over}
	s := newServer(t, options{mailer: mailer})
	s.newTenant(t, "Delta One").post("/org-users/invite", `{"email":"asha@example.com","name":"Asha","role":"owner"}`).expect(http.StatusCreated)
	message := <-mailer.first
	mailer.first <- message // full again: from here on it is stuck
	token := strings.Fields(tokenOf(t, message.Text.Reveal()))[0]
	s.client(t).post("/auth/accept-invite", fmt.Sprintf(`{"token":%q,"password":%q}`, token, memberPassword)).expect(http.StatusOK)
	for range 20 { // more than are mailed at a time
		s.client(t).post("/auth/request-password-reset", `{"email":"asha@example.com"}`).expect(http.StatusNoContent)
	}
}

func TestTheLogNamesTheMemberAndHoldsNoPassword(t *testing.T) {
	t.Parallel()
	s := newServer(t, options{})
	o := s.newTenant(t, "Delta One")
	id, c := o.join(s, "asha@example.com", "owner")
	c.get("/org-users").expect(http.StatusOK)
	s.client(t).post("/auth/user-login", `{"email":"asha@example.com","password":"n0t-my-password"}`)
	log := s.logged.String()
	require.Contains(t, log, "member_id="+id)
	for _, secret := range []string{memberPassword, "n0t-my-password", "opl_", "opm_", "asha@example.com"} {
		require.NotContains(t, log, secret)
	}
	var body any
	require.NoError(t, json.Unmarshal(c.get("/org-users/"+id).body, &body))
	require.NotContains(t, fmt.Sprint(body), "argon2")
}
