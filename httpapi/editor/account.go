package editor

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/org/audit"
	"github.com/orgpbx/orgpbx/org/member"
)

const accountPath = "/account"

// account is the page where a member changes the own password and second factor.
type account struct {
	Member       member.Member
	Organization org.Organization
	FormToken    string
	Failed       string   // key of the part whose form was refused
	Problems     []string // what is wrong with it
	Done         string   // key of what was done
}

func (e *Editor) accountRoutes() {
	e.person("GET "+accountPath, e.showAccount)
	e.person("POST "+accountPath+"/password", e.changePassword)
	e.person("POST "+accountPath+"/totp", e.startTOTP)
	e.person("POST "+accountPath+"/totp/confirm", e.confirmTOTP)
	e.person("POST "+accountPath+"/totp/drop", e.dropTOTP)
	e.person("POST "+accountPath+"/sign-out-everywhere", e.signOutEverywhere)
}

// person adds a page for members: the administrator is none.
func (e *Editor) person(pattern string, answer action) {
	e.signedIn(pattern, func(q *request) error {
		if q.who.Member == nil {
			return errNoPage
		}
		return answer(q)
	})
}

func (e *Editor) showAccount(q *request) error {
	view := account{}
	if q.URL.Query().Has("dropped") {
		view.Done = "account.totp.dropped"
	}
	return q.showAccount(http.StatusOK, view)
}

func (q *request) showAccount(status int, view account) error {
	view.Member, view.Organization, view.FormToken = *q.who.Member, q.who.Organization, q.formToken()
	return q.show(status, "account", view)
}

// refused shows the page again with why one of its forms was refused.
func (q *request) refused(part string, err error) error {
	view := account{Failed: part}
	if told := refusals.of(err); told != "" {
		problem, failed := text(told)
		if failed != nil {
			return failed
		}
		view.Problems = []string{problem}
		return q.showAccount(http.StatusConflict, view)
	}
	problems, is := told(err)
	if !is {
		return err
	}
	view.Problems = problems
	return q.showAccount(http.StatusUnprocessableEntity, view)
}

// told puts broken rules into sentences; false when the error is about something
// else.
func told(err error) ([]string, bool) {
	var invalid *org.InvalidError
	if !errors.As(err, &invalid) {
		return nil, false
	}
	var list []string
	for _, f := range invalid.Fields {
		name, err := text("field.account." + f.Field)
		if err != nil {
			return nil, false
		}
		list = append(list, name+" "+f.Message+".")
	}
	return list, true
}

// oneself does something to the member who asks, as the API's operation does.
func (q *request) oneself(operation string, do func(ctx context.Context, organizationID, id string) error) error {
	o, m := q.who.Organization, q.who.Member
	return q.recorded(operation, "member", func(ctx context.Context, record *audit.Record) (string, error) {
		record.About(audit.Object{Kind: "member", ID: m.ID})
		return o.ID, do(ctx, o.ID, m.ID)
	})
}

func (q *request) secret(field string) org.Secret { return org.Secret(q.form.Get(field)) }

// changePassword ends every session, so the member signs in with the new one.
func (e *Editor) changePassword(q *request) error {
	err := q.oneself("change-password", func(ctx context.Context, organizationID, id string) error {
		if q.form.Get("password") != q.form.Get("repeated") {
			return org.Invalid("repeated", "same", "is another one")
		}
		return e.config.Members.ChangePassword(ctx, organizationID, id, q.secret("current_password"), q.secret("password"))
	})
	if err != nil {
		return q.refused("password", err)
	}
	q.forget()
	return q.redirect("/sign-in?changed")
}

func (e *Editor) signOutEverywhere(q *request) error {
	err := q.oneself("logout-everywhere", e.config.Members.CloseSessions)
	if err != nil {
		return err
	}
	q.forget()
	return q.redirect("/sign-in")
}

// secondFactor is the page that sets one up.
type secondFactor struct {
	FormToken string
	Seed      string  // shown this once; empty when a code was wrong
	QR        *qrCode // of the address that an app scans
	Problems  []string
}

func (e *Editor) startTOTP(q *request) error {
	var setup member.TOTPSetup
	err := q.oneself("start-totp", func(ctx context.Context, _, id string) (err error) {
		setup, err = e.config.Members.StartTOTP(ctx, q.who.Organization, id, q.secret("current_password"))
		return err
	})
	if err != nil {
		return q.refused("totp", err)
	}
	code, err := newQRCode(setup.URI.Reveal())
	if err != nil {
		return err
	}
	return q.show(http.StatusCreated, "totp", secondFactor{FormToken: q.formToken(), Seed: setup.Seed.Reveal(), QR: code})
}

// recovery is the page with the recovery codes, shown this once.
type recovery struct{ Codes []string }

// List is all of them, to be copied.
func (r recovery) List() string { return strings.Join(r.Codes, " ") }

// confirmTOTP turns the second factor on. What an app has scanned it has still
// when a code was wrong, so that is not shown again.
func (e *Editor) confirmTOTP(q *request) error {
	var codes []org.Secret
	err := q.oneself("confirm-totp", func(ctx context.Context, organizationID, id string) (err error) {
		codes, err = e.config.Members.ConfirmTOTP(ctx, organizationID, id, org.Secret(strings.TrimSpace(q.form.Get("code"))))
		return err
	})
	if problems, wrong := told(err); wrong {
		return q.show(http.StatusUnprocessableEntity, "totp", secondFactor{FormToken: q.formToken(), Problems: problems})
	}
	if err != nil {
		return q.refused("totp", err)
	}
	var view recovery
	for _, code := range codes {
		view.Codes = append(view.Codes, code.Reveal())
	}
	return q.show(http.StatusCreated, "recovery", view)
}

func (e *Editor) dropTOTP(q *request) error {
	err := q.oneself("drop-totp", func(ctx context.Context, organizationID, id string) error {
		return e.config.Members.DropTOTP(ctx, organizationID, id, q.secret("current_password"))
	})
	if err != nil {
		return q.refused("totp", err)
	}
	return q.redirect(accountPath + "?dropped")
}
