package editor

import (
	"bytes"
	"context"
	"net/http"

	"github.com/orgpbx/orgpbx/internal/await"
	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/org/member"
)

// deployState is how far the PBX is with an organisation.
type deployState struct {
	ID       string
	State    org.ConfigState
	Revision int64
	Took     int64  // milliseconds, of the deploy of this revision; 0 when it is not known
	Error    string // why it did not go live
}

// deploy gives the deploy of a saved change its moment and returns how far it
// came. The change is made either way.
func (e *Editor) deploy(q *request, o org.Organization) (org.Organization, deployState, error) {
	e.await(q, "deploy", func(ctx context.Context) error {
		_, err := e.config.Deployer.Deploy(ctx, o.ID)
		return err
	})
	now, err := e.config.Organizations.Get(q.Context(), o.ID)
	if err != nil {
		return o, deployState{}, err
	}
	state, err := e.deployStateOf(q.Context(), now)
	return now, state, err
}

// await gives work that goes on by itself its moment.
func (e *Editor) await(q *request, doing string, work func(context.Context) error) {
	await.Within(q.Context(), e.config.DeployWait, e.config.Logger, doing, work)
}

func (e *Editor) deployStateOf(ctx context.Context, o org.Organization) (deployState, error) {
	s := deployState{ID: o.ID, State: o.Config.State, Revision: o.Config.DesiredRevision}
	newest, err := e.config.Deployer.History(ctx, o.ID, org.Page{Limit: 1})
	if err != nil {
		return s, err
	}
	if len(newest) > 0 && newest[0].Revision == s.Revision {
		s.Took = max(newest[0].FinishedAt.Sub(newest[0].StartedAt).Milliseconds(), 1)
		s.Error = newest[0].Error
	}
	return s, nil
}

// showDeployState sends the part of a page that says so, for scripts that wait.
func (e *Editor) showDeployState(q *request) error {
	o, err := q.organization(member.ReadSetup)
	if err != nil {
		return err
	}
	state, err := e.deployStateOf(q.Context(), o)
	if err != nil {
		return err
	}
	var out bytes.Buffer
	if err := e.pages["organization"].ExecuteTemplate(&out, "deploy-state", state); err != nil {
		return err
	}
	q.w.Header().Set("Content-Type", "text/html; charset=utf-8")
	q.w.WriteHeader(http.StatusOK)
	_, _ = q.w.Write(out.Bytes()) // the client may be gone: nothing to be done
	return nil
}
