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

// confirmation is a page that says what will happen before it does.
type confirmation struct {
	head
	Key     string // of its texts
	Subject string // what it is about
	Action  string // path that does it
	Back    string // path of whoever changes his mind
	Version int64
	Named   bool   // the name of the subject has to be typed
	Bad     bool   // there is no way back
	Problem string // key of a text
	Refused string // why it cannot be done at all
	Hidden  map[string]string
	Plan    *plan
	Facts   []field // what it is about, as it is
	Fields  []field // what is asked beside the confirmation
}

// deed is something that is done to an organisation once it is confirmed.
type deed struct {
	key, operation string
	named, bad     bool
	do             func(q *request, o org.Organization, record func(write) error) error
}

// write changes something under a version, or any when it is seen before.
type write func(ctx context.Context, version int64) error

// deeds are those of the administrator, by the end of their path.
func (e *Editor) deeds() []deed {
	return []deed{
		{"suspend", "update-organization", false, true, e.suspend(org.Suspended)},
		{"resume", "update-organization", false, false, e.suspend(org.Active)},
		{"rotate-secret", "rotate-secret", false, true, e.rotateSecret},
		{"delete", "delete-organization", true, true, e.deleteOrganization},
	}
}

func (e *Editor) ask(d deed) action {
	return func(q *request) error {
		o, err := q.organization(member.ReadSetup)
		if err != nil {
			return err
		}
		return e.askAgain(q, http.StatusOK, d, o, "")
	}
}

func (e *Editor) askAgain(q *request, status int, d deed, o org.Organization, problem string) error {
	path := "/organizations/" + o.ID
	return q.show(status, "confirm", confirmation{
		head: q.head(o, "settings"), Key: d.key, Subject: o.Name, Action: path + "/" + d.key, Back: path + "/settings",
		Version: o.Version, Named: d.named, Bad: d.bad, Problem: problem,
	})
}

// confirmed does the deed, unless the organisation is another one by now than
// the one that was looked at.
func (e *Editor) confirmed(d deed) action {
	return func(q *request) error {
		o, err := q.organization(member.ReadSetup)
		if err != nil {
			return err
		}
		if d.named && strings.TrimSpace(q.form.Get("confirm")) != o.Name {
			return e.askAgain(q, http.StatusUnprocessableEntity, d, o, "confirm.wrong_name")
		}
		err = d.do(q, o, func(w write) error {
			return q.recorded(d.operation, "organization", func(ctx context.Context, _ *audit.Record) (string, error) {
				return o.ID, w(ctx, q.seenVersion())
			})
		})
		if errors.Is(err, org.ErrVersionMismatch) {
			return e.askAgain(q, http.StatusConflict, d, o, "confirm.changed")
		}
		if errors.Is(err, org.ErrHeld) {
			return e.askAgain(q, http.StatusConflict, d, o, "confirm.held")
		}
		return err
	}
}

// suspend gives an organisation a status.
func (e *Editor) suspend(status org.Status) func(*request, org.Organization, func(write) error) error {
	return func(q *request, o org.Organization, record func(write) error) error {
		err := record(func(ctx context.Context, version int64) error {
			_, err := e.config.Organizations.Update(ctx, o.ID, version, func(p *org.Profile) error {
				p.Status = status
				return nil
			})
			return err
		})
		if err != nil {
			return err
		}
		if _, _, err := e.deploy(q, o); err != nil {
			return err
		}
		return q.redirect("/organizations/" + o.ID + "/settings?saved")
	}
}

func (e *Editor) deleteOrganization(q *request, o org.Organization, record func(write) error) error {
	err := record(func(ctx context.Context, version int64) error {
		return e.config.Organizations.Delete(ctx, o.ID, version)
	})
	if err != nil {
		return err
	}
	e.await(q, "remove from the PBX", e.config.Deployer.RemoveDeleted)
	return q.redirect("/organizations?deleted")
}

// rotateSecret shows the new secret, this once.
func (e *Editor) rotateSecret(q *request, o org.Organization, record func(write) error) error {
	var secret org.Secret
	err := record(func(ctx context.Context, version int64) (err error) {
		o, secret, err = e.config.Organizations.RotateSecret(ctx, o.ID, version, 0)
		return err
	})
	if err != nil {
		return err
	}
	return q.show(http.StatusOK, "rotated", struct {
		head
		Credentials credentials
	}{q.head(o, "settings"), credentials{o, o.APIKey, secret.Reveal()}})
}
