package editor

import (
	"context"
	"errors"
	"net/http"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/org/audit"
)

// deedOn is something that is done to one resource once it is confirmed.
type deedOn[T any] struct {
	path, key string // the end of its path, and the key of its texts
	operation string // of the API
	bad       bool   // there is no way back
	offered   func(*request, T) bool
	do        func(ctx context.Context, q *request, o org.Organization, v T, version int64) (afterwards, error)
}

// always offers a deed.
func always[T any](*request, T) bool { return true }

// deedLink leads to a deed, or to another page of a resource.
type deedLink struct{ Path, Key string }

func (s screen[T]) askDeed(d deedOn[T]) action {
	return func(q *request) error {
		o, v, err := s.one(q)
		if err != nil {
			return err
		}
		return s.askDeedAgain(q, http.StatusOK, d, o, v, "")
	}
}

func (s screen[T]) askDeedAgain(q *request, status int, d deedOn[T], o org.Organization, v T, problem string) error {
	path := s.path(o) + "/" + s.meta(v).ID
	return q.show(status, "confirm", confirmation{
		head: q.head(o, s.key), Key: d.key, Subject: s.title(v), Action: path + "/" + d.path, Back: path,
		Version: s.meta(v).Version, Bad: d.bad, Problem: problem,
	})
}

// doDeed does it, unless the resource is another one by now than the one that
// was looked at.
func (s screen[T]) doDeed(d deedOn[T]) action {
	return func(q *request) error {
		o, v, err := s.one(q)
		if err != nil {
			return err
		}
		var shown afterwards
		err = q.recorded(d.operation, string(s.kind), func(ctx context.Context, record *audit.Record) (_ string, err error) {
			record.About(audit.Object{Kind: string(s.kind), ID: s.meta(v).ID})
			shown, err = d.do(ctx, q, o, v, q.seenVersion())
			return o.ID, err
		})
		if errors.Is(err, org.ErrVersionMismatch) {
			return s.askDeedAgain(q, http.StatusConflict, d, o, v, "confirm.changed")
		}
		if problem := refusals.of(err); problem != "" {
			return s.askDeedAgain(q, http.StatusConflict, d, o, v, problem)
		}
		if err != nil {
			return err
		}
		return s.saved(q, o, shown)
	}
}
