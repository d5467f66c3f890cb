package editor

import (
	"context"
	"net/http"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/org/audit"
	"github.com/orgpbx/orgpbx/org/member"
)

// savingCompliance is what the trail calls it when somebody saves the rules of
// recording, or confirms those that the preset brought.
const savingCompliance = "put-compliance"

// changesLooked is how many of the newest changes of an organisation are looked
// through for one of its compliance.
const changesLooked = 100

// complianceDecided reports whether somebody has decided about the rules of
// recording. The preset of an industry is nobody's decision. The trail knows.
func (e *Editor) complianceDecided(ctx context.Context, o org.Organization) (bool, error) {
	saved, err := e.config.Trail.List(ctx, o.ID, audit.Filter{Operation: savingCompliance, Outcome: audit.OK}, audit.Page{NewestFirst: true, Limit: 1})
	if err != nil || len(saved) > 0 {
		return len(saved) > 0, err
	}
	for _, operation := range []string{"update-organization", "put-organization"} {
		edits, err := e.config.Trail.List(ctx, o.ID, audit.Filter{Operation: operation, Outcome: audit.OK}, audit.Page{NewestFirst: true, Limit: changesLooked})
		if err != nil {
			return false, err
		}
		for _, entry := range edits {
			if changed, err := changesCompliance(entry); changed || err != nil {
				return changed, err
			}
		}
	}
	return false, nil
}

func changesCompliance(e audit.Entry) (bool, error) {
	d, err := e.Reveal()
	for _, diff := range d.Changes {
		if _, changed := diff.Fields["compliance"]; changed {
			return true, err
		}
	}
	return false, err
}

func (e *Editor) askCompliance(q *request) error {
	o, err := q.organization(member.WriteCompliance)
	if err != nil {
		return err
	}
	return e.askComplianceAgain(q, http.StatusOK, o, "")
}

func (e *Editor) askComplianceAgain(q *request, status int, o org.Organization, problem string) error {
	path := "/organizations/" + o.ID
	return q.show(status, "confirm", confirmation{
		head: q.head(o, "settings"), Key: "confirm-compliance", Subject: o.Name, Action: path + "/confirm-compliance",
		Back: path + "/settings#compliance", Version: o.Version, Problem: problem,
		Facts: fieldsOf(complianceInputs(), &o.Profile, &o.Profile, nil, nil),
	})
}

// confirmCompliance notes in the trail that the rules are right as they are,
// unless they are other ones by now than those that were looked at.
func (e *Editor) confirmCompliance(q *request) error {
	o, err := q.organization(member.WriteCompliance)
	if err != nil {
		return err
	}
	if q.seenVersion() != o.Version {
		return e.askComplianceAgain(q, http.StatusConflict, o, "confirm.changed")
	}
	err = q.recorded(savingCompliance, "organization", func(_ context.Context, record *audit.Record) (string, error) {
		record.About(audit.Object{Kind: "organization", ID: o.ID})
		return o.ID, nil
	})
	if err != nil {
		return err
	}
	return q.redirect("/organizations/" + o.ID)
}
