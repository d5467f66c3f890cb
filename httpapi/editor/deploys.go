package editor

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/google/uuid"

	"github.com/orgpbx/orgpbx/limits"
	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/org/audit"
	"github.com/orgpbx/orgpbx/org/member"
	"github.com/orgpbx/orgpbx/resource"
	"github.com/orgpbx/orgpbx/resource/deploy"
)

// deploysPerPage is how many deployments a page of the history shows.
const deploysPerPage = 20

// deploys is the page about what the PBX has of an organisation.
type deploys struct {
	head
	MayDeploy bool
	Deploy    deployState
	Status    deploy.Status
	Unknown   bool  // the PBX cannot be asked
	Plan      *plan // what a deploy would change, where something waits or is missing
	History   []deployment
	First     bool
	Next      string // the id that the next page goes on after
}

// deployment is one line of the history.
type deployment struct {
	deploy.Deployment
	Live bool // the PBX has this revision
	Back bool // it can be gone back to
}

// Took returns how long it was, in milliseconds.
func (d deployment) Took() int64 { return max(d.FinishedAt.Sub(d.StartedAt).Milliseconds(), 1) }

// Plan returns what it changed.
func (d deployment) Plan() plan {
	return plan{Known: true, Plan: deploy.Plan{Changes: resource.WithoutSettings(d.Changes), Warnings: d.Warnings}}
}

func (e *Editor) showDeploys(q *request) error {
	o, err := q.organization(member.ReadSetup)
	if err != nil {
		return err
	}
	view := deploys{head: q.head(o, "deploys"), MayDeploy: q.who.May(member.Deploy), First: true}
	if view.Deploy, err = e.deployStateOf(q.Context(), o); err != nil {
		return err
	}
	if view.Status, err = e.config.Deployer.Status(q.Context(), o.ID); err != nil {
		e.config.Logger.WarnContext(q.Context(), "editor: no comparison with the PBX", "error", err)
		view.Unknown = true
	}
	if o.Config.State != org.Applied || len(view.Status.Drift) > 0 {
		waiting := e.planOf(q.Context(), o)
		view.Plan = &waiting
	}
	if err := e.fillHistory(q, o, &view); err != nil {
		return err
	}
	return q.show(http.StatusOK, "deploys", view)
}

func (e *Editor) fillHistory(q *request, o org.Organization, view *deploys) error {
	part := org.Page{Limit: deploysPerPage + 1}
	if after := q.URL.Query().Get("after"); uuid.Validate(after) == nil {
		part.After, view.First = after, false
	}
	found, err := e.config.Deployer.History(q.Context(), o.ID, part)
	if err != nil {
		return err
	}
	if len(found) > deploysPerPage {
		found = found[:deploysPerPage]
		view.Next = found[deploysPerPage-1].ID
	}
	for _, d := range found {
		live := d.State == org.Applied && d.Revision == o.Config.AppliedRevision
		view.History = append(view.History, deployment{d, live, d.State == org.Applied && !live && view.MayDeploy})
	}
	return nil
}

// deployNow deploys what is saved once more: it heals drift, and tries again what
// failed.
func (e *Editor) deployNow(q *request) error {
	o, err := q.organization(member.Deploy)
	if err != nil {
		return err
	}
	err = q.recorded("deploy-config", "", func(context.Context, *audit.Record) (string, error) {
		_, _, err := e.deploy(q, o)
		return o.ID, err
	})
	if err != nil {
		return err
	}
	return q.redirect("/organizations/" + o.ID + "/deploys")
}

// askRollback shows what going back to a revision would change.
func (e *Editor) askRollback(q *request) error {
	o, revision, err := q.rollback(q.URL.Query().Get("revision"))
	if err != nil {
		return err
	}
	var after resource.Snapshot
	past, err := e.config.Deployer.Revision(q.Context(), o.ID, revision)
	if err == nil {
		after, err = e.config.Resources.RehearseRestore(q.Context(), o.ID, past)
	}
	if err != nil {
		return e.refuseRollback(q, o, revision, err)
	}
	p, err := e.config.Deployer.PlanSnapshot(q.Context(), after)
	shown := e.shownPlan(q.Context(), p, err)
	view := q.rollbackPage(o, revision)
	view.Plan = &shown
	return q.show(http.StatusOK, "confirm", view)
}

// rollBack goes back to a revision, unless there is a newer one than whoever
// confirms it has seen.
func (e *Editor) rollBack(q *request) error {
	o, revision, err := q.rollback(q.form.Get("revision"))
	if err != nil {
		return err
	}
	err = q.recorded("rollback-config", "", func(ctx context.Context, _ *audit.Record) (string, error) {
		if q.seenVersion() != o.Config.DesiredRevision {
			return o.ID, org.ErrVersionMismatch
		}
		past, err := e.config.Deployer.Revision(ctx, o.ID, revision)
		if err != nil {
			return o.ID, err
		}
		return o.ID, e.config.Resources.Restore(ctx, o.ID, past)
	})
	if err != nil {
		return e.refuseRollback(q, o, revision, err)
	}
	if _, _, err := e.deploy(q, o); err != nil {
		return err
	}
	return q.redirect("/organizations/" + o.ID + "/deploys")
}

func (q *request) rollback(revision string) (org.Organization, int64, error) {
	o, err := q.organization(member.Deploy)
	if err != nil {
		return o, 0, err
	}
	number, err := strconv.ParseInt(revision, 10, 64)
	if err != nil {
		return o, 0, errNoPage
	}
	return o, number, nil
}

func (q *request) rollbackPage(o org.Organization, revision int64) confirmation {
	path := "/organizations/" + o.ID
	return confirmation{
		head: q.head(o, "deploys"), Key: "rollback", Subject: strconv.FormatInt(revision, 10),
		Action: path + "/rollback", Back: path + "/deploys", Version: o.Config.DesiredRevision,
		Hidden: map[string]string{"revision": strconv.FormatInt(revision, 10)},
	}
}

// refuseRollback says why there is no way back to a revision.
func (e *Editor) refuseRollback(q *request, o org.Organization, revision int64, err error) error {
	view := q.rollbackPage(o, revision)
	var exceeded *limits.ExceededError
	var taken *org.DuplicateError
	var invalid *org.InvalidError
	switch {
	case errors.Is(err, org.ErrVersionMismatch):
		view.Problem = "confirm.changed"
	case errors.Is(err, deploy.ErrNoRevision):
		view.Refused = deploy.ErrNoRevision.Error()
	case errors.As(err, &exceeded):
		view.Refused = exceeded.Error()
	case errors.As(err, &taken):
		view.Refused = taken.Error()
	case errors.As(err, &invalid):
		view.Refused = invalid.Error()
	default:
		return err
	}
	return q.show(http.StatusConflict, "confirm", view)
}

// moment is a time for people.
// momentOrNone is empty for never.
func momentOrNone(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return moment(at)
}

func moment(at time.Time) string { return at.UTC().Format("2006-01-02 15:04:05") }
