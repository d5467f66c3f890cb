package editor

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/org/audit"
	"github.com/orgpbx/orgpbx/resource"
)

func (s screen[T]) askDelete(q *request) error {
	o, v, err := s.one(q)
	if err != nil {
		return err
	}
	return s.askDeleteAgain(q, http.StatusOK, o, v, "")
}

// askDeleteAgain asks, and names what still refers to it.
func (s screen[T]) askDeleteAgain(q *request, status int, o org.Organization, v T, problem string) error {
	snapshot, err := s.snapshot(q, o)
	if err != nil {
		return err
	}
	id := s.meta(v).ID
	refused := ""
	if refs := snapshot.References(resource.Ref{Kind: s.kind, ID: id}); len(refs) > 0 {
		if refused, err = usedIn(snapshot, refs); err != nil {
			return err
		}
	}
	path := s.path(o) + "/" + id
	return q.show(status, "confirm", confirmation{
		head: q.head(o, s.key), Key: s.removal(), Subject: s.title(v), Action: path + "/delete", Back: path,
		Version: s.meta(v).Version, Bad: true, Problem: problem, Refused: refused,
	})
}

// removal is the key of the texts about deleting it.
func (s screen[T]) removal() string {
	if s.deployed {
		return "remove"
	}
	return s.key + ".remove"
}

func (s screen[T]) delete(q *request) error {
	o, v, err := s.one(q)
	if err != nil {
		return err
	}
	err = q.recorded("delete-"+s.operation(), string(s.kind), func(ctx context.Context, record *audit.Record) (string, error) {
		record.About(audit.Object{Kind: string(s.kind), ID: s.meta(v).ID})
		return o.ID, s.set(q).Delete(ctx, o.ID, s.meta(v).ID, q.seenVersion())
	})
	var used *resource.InUseError
	switch {
	case errors.Is(err, org.ErrVersionMismatch):
		return s.askDeleteAgain(q, http.StatusConflict, o, v, "confirm.changed")
	case errors.As(err, &used):
		return s.askDeleteAgain(q, http.StatusConflict, o, v, "")
	case refusals.of(err) != "":
		return s.askDeleteAgain(q, http.StatusConflict, o, v, refusals.of(err))
	case err != nil:
		return err
	}
	return s.saved(q, o, nil)
}

// operation is what the API's operations call the kind.
func (s screen[T]) operation() string { return strings.ReplaceAll(string(s.kind), "_", "-") }

// usedBy says what refers to something, for people.
func (e *Editor) usedBy(q *request, o org.Organization, refs []resource.Ref) (string, error) {
	snapshot, err := e.config.Resources.Snapshot(q.Context(), o.ID)
	if err != nil {
		return "", err
	}
	return usedIn(snapshot, refs)
}

// mostNamed is how many of what refers to something a page names.
const mostNamed = 10

func usedIn(snapshot resource.Snapshot, refs []resource.Ref) (string, error) {
	names := namesOf(snapshot)
	var named []string
	for _, ref := range refs[:min(len(refs), mostNamed)] {
		kind, err := text("resource." + string(ref.Kind))
		if err != nil {
			return "", err
		}
		named = append(named, kind+" "+names[ref])
	}
	return text("remove.used", strings.Join(named, ", "), len(refs)-len(named))
}

// namesOf returns what people call the resources that can refer to others.
func namesOf(s resource.Snapshot) map[resource.Ref]string {
	names := map[resource.Ref]string{}
	for _, d := range s.DIDs {
		names[resource.Ref{Kind: resource.KindDID, ID: d.ID}] = d.Number
	}
	for _, v := range s.Queues {
		names[resource.Ref{Kind: resource.KindQueue, ID: v.ID}] = v.Name
	}
	for _, r := range s.OutboundRoutes {
		names[resource.Ref{Kind: resource.KindOutboundRoute, ID: r.ID}] = r.Name
	}
	for _, i := range s.IVRs {
		names[resource.Ref{Kind: resource.KindIVR, ID: i.ID}] = i.Name
	}
	return names
}
