package editor

import (
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/orgpbx/orgpbx/httpapi/guard"
	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/org/audit"
	"github.com/orgpbx/orgpbx/org/member"
)

// cookieName is that of the session's cookie.
const cookieName = "orgpbx_session"

// formTokenField is the field of every form that repeats the session's token.
const formTokenField = "form_token"

// signInForm is what the sign-in page shows again.
type signInForm struct {
	Name, OrganizationID, To string
	AskCode                  bool
	Problem                  string // key of a text
	Changed                  bool   // the password was, just now
}

func (e *Editor) showSignIn(q *request) error {
	return q.show(http.StatusOK, "sign-in", signInForm{To: safeTarget(q.URL.Query().Get("to")), Changed: q.URL.Query().Has("changed")})
}

// signIn takes the administrator's name and password, or a member's e-mail
// address and password, and his code where he has a second factor.
func (e *Editor) signIn(q *request) error {
	form := signInForm{
		Name: strings.TrimSpace(q.form.Get("name")), OrganizationID: strings.TrimSpace(q.form.Get("organization_id")),
		To: safeTarget(q.form.Get("to")),
	}
	token, expires, err := e.openSession(q, form)
	var blocked *member.BlockedError
	var tooOften *guard.LimitError
	switch {
	case err == nil:
		q.remember(token, expires)
		return q.redirect(form.To)
	case errors.Is(err, org.ErrUnauthenticated):
		form.Problem = "sign_in.wrong"
	case errors.Is(err, org.ErrSuspended):
		form.Problem = "sign_in.suspended"
	case errors.Is(err, member.ErrCodeRequired):
		form.AskCode, form.Problem = true, "sign_in.code_required"
	case errors.As(err, &blocked):
		form.Problem = "sign_in.blocked"
	case errors.As(err, &tooOften):
		form.Problem = "sign_in.too_often"
		q.w.Header().Set("Retry-After", strconv.Itoa(int(tooOften.RetryAfter.Seconds())))
		return q.show(http.StatusTooManyRequests, "sign-in", form)
	default:
		return err
	}
	return q.show(http.StatusUnauthorized, "sign-in", form)
}

// openSession signs in, and counts who cannot.
func (e *Editor) openSession(q *request, form signInForm) (token org.Secret, expires time.Time, err error) {
	operation := "user-login"
	if form.Name == e.config.AdminUsername {
		operation = "admin-login"
	}
	err = q.recorded(operation, "session", func(ctx context.Context, record *audit.Record) (chain string, err error) {
		err = e.config.Guard.Try(q.address(), form.Name, func() (err error) {
			token, expires, chain, err = e.checkPassword(ctx, q, form, record)
			return err
		})
		if errors.Is(err, org.ErrUnauthenticated) {
			err = cmp.Or(e.config.Guard.Stranger(q.address()), err)
		}
		return chain, err
	})
	return token, expires, err
}

// checkPassword opens the session of the administrator or of a member.
func (e *Editor) checkPassword(ctx context.Context, q *request, form signInForm, record *audit.Record) (token org.Secret, expires time.Time, chain string, err error) {
	password := org.Secret(q.form.Get("password"))
	if e.sessions.Administrator.Is(form.Name, password) {
		token, session, err := e.config.Organizations.OpenPlatformSession(ctx)
		record.Identify(audit.Actor{Kind: audit.Administrator}, e.config.AdminUsername)
		return token, session.ExpiresAt, audit.Platform, err
	}
	token, session, err := e.config.Members.Login(ctx, member.Credentials{
		Email: form.Name, Password: password, OrganizationID: form.OrganizationID,
		Code: org.Secret(strings.TrimSpace(q.form.Get("code"))),
	})
	if err != nil {
		return "", time.Time{}, audit.Platform, err
	}
	record.Identify(audit.Actor{Kind: audit.Member, ID: session.MemberID}, form.Name)
	return token, session.ExpiresAt, session.OrganizationID, nil
}

func (e *Editor) signOut(q *request) error {
	err := q.recorded("logout", "session", func(ctx context.Context, _ *audit.Record) (string, error) {
		return q.who.Organization.ID, e.sessions.Close(ctx, q.who)
	})
	if err != nil {
		return err
	}
	q.forget()
	return q.redirect("/sign-in")
}

// resume finds out whose session the cookie is of.
func (q *request) resume() error {
	cookie, err := q.Cookie(cookieName)
	if err != nil {
		return org.ErrUnauthenticated
	}
	q.who, err = q.editor.sessions.Resume(q.Context(), org.Secret(cookie.Value))
	return err
}

func (q *request) remember(token org.Secret, expires time.Time) {
	q.setCookie(token.Reveal(), expires, 0)
}

func (q *request) forget() { q.setCookie("", time.Time{}, -1) }

func (q *request) setCookie(value string, expires time.Time, maxAge int) {
	http.SetCookie(q.w, &http.Cookie{ //nolint:gosec // Secure wherever the browser speaks TLS; the server may run without
		Name: cookieName, Value: value, Path: q.editor.config.Prefix + "/", Expires: expires, MaxAge: maxAge,
		HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: q.overTLS(),
	})
}

// overTLS reports whether the browser speaks TLS, to this server or to a proxy
// before it. Who claims so falsely only loses his own cookie.
func (q *request) overTLS() bool {
	return q.TLS != nil || strings.EqualFold(q.Header.Get("X-Forwarded-Proto"), "https")
}

// formToken is what every form of the session repeats. It is made from the
// session's token, which it does not tell.
func (q *request) formToken() string {
	if q.who.Token == "" {
		return ""
	}
	mac := hmac.New(sha256.New, []byte(q.who.Token.Reveal()))
	mac.Write([]byte(formTokenField))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

func (q *request) hasFormToken() bool {
	return subtle.ConstantTimeCompare([]byte(q.form.Get(formTokenField)), []byte(q.formToken())) == 1
}

// safeTarget is a path of the Editor, whatever was asked for.
func safeTarget(to string) string {
	if !strings.HasPrefix(to, "/") || strings.HasPrefix(to, "//") || strings.ContainsAny(to, "\\?#") {
		return "/"
	}
	return to
}
