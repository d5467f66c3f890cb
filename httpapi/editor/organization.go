package editor

import (
	"context"
	"net/http"

	"github.com/orgpbx/orgpbx/limits"
	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/org/member"
	"github.com/orgpbx/orgpbx/resource"
	"github.com/orgpbx/orgpbx/resource/cdr"
)

// overview is the first page of an organisation.
type overview struct {
	head
	MayReadSetup bool
	Deploy       deployState
	Usage        []usageRow
	Checklist    []checklistStep
}

// usageRow is the use of one of the seven limits.
type usageRow struct {
	Kind  limits.Kind
	Known bool
	Used  int
	Limit limits.Limit
	Level limits.Level
}

func (e *Editor) showOrganization(q *request) error {
	o, err := q.organization(member.ReadDirectory)
	if err != nil {
		return err
	}
	view := overview{head: q.head(o, "overview"), MayReadSetup: q.who.May(member.ReadSetup)}
	if view.MayReadSetup {
		if err := e.fill(q.Context(), &view); err != nil {
			return err
		}
	}
	return q.show(http.StatusOK, "organization", view)
}

func (e *Editor) fill(ctx context.Context, view *overview) (err error) {
	if view.Deploy, err = e.deployStateOf(ctx, view.Organization); err != nil {
		return err
	}
	stored, err := e.config.Resources.Usage(ctx, view.Organization)
	if err != nil {
		return err
	}
	if view.Usage, err = e.usage(ctx, view.Organization, stored); err != nil {
		return err
	}
	view.Checklist, err = e.checklist(ctx, view.Organization, stored)
	return err
}

// usage returns the use of all seven limits, four of which the store counts.
func (e *Editor) usage(ctx context.Context, o org.Organization, stored []resource.Usage) ([]usageRow, error) {
	var rows []usageRow
	for _, u := range stored {
		rows = append(rows, usageRow{u.Kind, true, u.Used, u.Limit, u.Level})
	}
	calls, err := e.config.Calls.Usage(ctx, o)
	if err != nil {
		return nil, err
	}
	return append(rows, usageOfCalls(calls)...), nil
}

func usageOfCalls(u cdr.Usage) []usageRow {
	const gigabyte = 1e9
	return []usageRow{
		{limits.ConcurrentCalls, u.Concurrent.Known, u.Concurrent.Used, u.Concurrent.Limit, u.Concurrent.Level},
		{limits.MonthlyMinutes, true, u.Minutes.Used, u.Minutes.Limit, u.Minutes.Level},
		{limits.StorageGB, u.Storage.Known, int(u.Storage.Bytes / gigabyte), u.Storage.Limit, u.Storage.Level},
	}
}
