package editor_test

import (
	"net/http"
	"net/url"
	"regexp"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"
	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/org/member"
)

var (
	seedShown  = regexp.MustCompile(`id="seed" readonly value="([^"]+)"`)
	codesShown = regexp.MustCompile(`id="recovery-codes" readonly value="([^ "]+) [^"]+"`)
)

func TestAMemberChangesTheOwnPasswordAndSecondFactor(t *testing.T) {
	t.Parallel()
	p := newPanel(t, "/panel")
	o := p.organization(t, "Grand Hotel")
	p.person(t, o, "asha@ge.com", member.Agent)
	v, other := p.visitor(t), p.visitor(t)
	v.signIn("asha@ge.com", userPassword)
	other.signIn("asha@ge.com", userPassword)
	send := func(path string, values url.Values) shown {
		values.Set("form_token", v.get("/account").token(t))
		return v.post("/account"+path, values)
	}

	wrong := send("/password", url.Values{"current_password": {"guess"}, "password": {"another-good-one"}, "repeated": {"another-good-one"}})
	require.Equal(t, http.StatusUnprocessableEntity, wrong.status)
	require.Contains(t, wrong.text, "Current password is not the password.")
	require.NotContains(t, wrong.text, "another-good-one")
	require.Contains(t, send("/password", url.Values{"current_password": {userPassword}, "password": {"another-good-one"}, "repeated": {"x"}}).text,
		"New password, once more is another one.")
	require.Contains(t, send("/password", url.Values{"current_password": {userPassword}, "password": {"short"}, "repeated": {"short"}}).text,
		"New password must ")
	changed := send("/password", url.Values{"current_password": {userPassword}, "password": {"another-good-one"}, "repeated": {"another-good-one"}})
	require.Equal(t, "/sign-in", changed.path)
	require.Contains(t, changed.text, "Your password is changed")
	require.Equal(t, "/sign-in", other.get("/account").path, "every session is over")
	require.Equal(t, http.StatusUnauthorized, v.signIn("asha@ge.com", userPassword).status)
	v.signIn("asha@ge.com", "another-good-one")

	current := url.Values{"current_password": {"another-good-one"}}
	require.Equal(t, http.StatusUnprocessableEntity, send("/totp", url.Values{"current_password": {"guess"}}).status)
	started := send("/totp", current)
	require.Equal(t, http.StatusCreated, started.status)
	require.Contains(t, started.text, `<svg class="qr"`)
	seed := seedShown.FindStringSubmatch(started.text)
	require.NotNil(t, seed)
	mistyped := send("/totp/confirm", url.Values{"code": {"000"}})
	require.Contains(t, mistyped.text, "The code is not the code of now.")
	require.NotContains(t, mistyped.text, seed[1])
	code, err := totp.GenerateCode(seed[1], time.Now())
	require.NoError(t, err)
	confirmed := send("/totp/confirm", url.Values{"code": {" " + code}})
	require.Equal(t, http.StatusCreated, confirmed.status)
	recovery := codesShown.FindStringSubmatch(confirmed.text)
	require.NotNil(t, recovery, confirmed.text)
	require.Equal(t, http.StatusConflict, send("/totp/confirm", url.Values{"code": {code}}).status)
	require.Equal(t, http.StatusConflict, send("/totp", current).status)

	require.Contains(t, other.signIn("asha@ge.com", "another-good-one").text, "the code of your second factor")
	in := other.post("/sign-in", url.Values{"name": {"asha@ge.com"}, "password": {"another-good-one"}, "code": {recovery[1]}})
	require.NotEqual(t, "/sign-in", in.path)
	off := send("/totp/drop", current)
	require.Contains(t, off.text, "The second factor is off.")

	require.Equal(t, "/sign-in", send("/sign-out-everywhere", url.Values{}).path)
	require.Equal(t, "/sign-in", other.get("/account").path)
	require.Contains(t, p.trailOf(t, o.ID), "change-password member validation_failed")
	for _, operation := range []string{"change-password", "start-totp", "confirm-totp", "drop-totp", "logout-everywhere"} {
		require.Contains(t, p.trailOf(t, o.ID), operation+" member ok")
	}
}

func TestTheAccountIsOfWhoIsSignedIn(t *testing.T) {
	t.Parallel()
	p := newPanel(t, "")
	require.Equal(t, "/sign-in", p.visitor(t).get("/account").path)
	admin := p.administrator(t)
	require.Equal(t, http.StatusNotFound, admin.get("/account").status, "the administrator is no member")
	token := admin.get("/organizations").token(t)
	for _, path := range []string{"/password", "/totp", "/totp/confirm", "/totp/drop", "/sign-out-everywhere"} {
		require.Equal(t, http.StatusNotFound, admin.post("/account"+path, url.Values{"form_token": {token}}).status)
	}
	p.person(t, p.organization(t, "Grand Hotel"), "asha@ge.com", member.Owner)
	v := p.visitor(t)
	v.signIn("asha@ge.com", userPassword)
	for _, path := range []string{"/password", "/totp", "/totp/confirm", "/totp/drop", "/sign-out-everywhere"} {
		require.Equal(t, http.StatusForbidden, v.post("/account"+path, url.Values{"form_token": {"stolen"}}).status)
	}
}
