package editor

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/google/uuid"

	"github.com/orgpbx/orgpbx/httpapi/caller"
	"github.com/orgpbx/orgpbx/httpapi/guard"
	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/org/member"
)

// maxForm is the largest form in bytes.
const maxForm = 64 << 10

// The refusals of the Editor itself; those of the services keep their own.
var (
	errNoPage       = errors.New("there is no such page")
	errForbidden    = errors.New("this session may not do that")
	errCrossSite    = errors.New("the form does not come from a page of this session")
	errUnreadable   = errors.New("the form cannot be read")
	errFormTooLarge = errors.New("the form is too large")
)

// request is one request for a page.
type request struct {
	*http.Request
	editor *Editor
	w      http.ResponseWriter
	who    caller.Caller // nobody where anyone may ask
	form   url.Values    // of a POST
}

// action answers a request, or returns why it cannot.
type action func(*request) error

// anyone adds a page for everybody.
func (e *Editor) anyone(pattern string, answer action) {
	method, path, _ := strings.Cut(pattern, " ")
	e.mux.HandleFunc(method+" "+e.config.Prefix+path, func(w http.ResponseWriter, r *http.Request) {
		q := &request{Request: r, editor: e, w: w}
		if err := q.answer(answer); err != nil {
			q.fail(err)
		}
	})
}

// signedIn adds a page for whoever has a session. A write has to come from a
// page of that session.
func (e *Editor) signedIn(pattern string, answer action) {
	e.anyone(pattern, func(q *request) error {
		if err := q.resume(); err != nil {
			return err
		}
		if q.Method == http.MethodPost && !q.hasFormToken() {
			return errCrossSite
		}
		return answer(q)
	})
}

// administrator adds a page for the platform's administrator.
func (e *Editor) administrator(pattern string, answer action) {
	e.signedIn(pattern, func(q *request) error {
		if !q.who.Platform {
			return errForbidden
		}
		return answer(q)
	})
}

// address is where the request comes from.
func (q *request) address() string { return q.editor.config.Guard.Address(q.Request) }

func (q *request) answer(answer action) error {
	if err := q.editor.config.Guard.Request(q.address()); err != nil {
		return err
	}
	if q.Method == http.MethodPost {
		if err := q.readForm(); err != nil {
			return err
		}
	}
	return answer(q)
}

// readForm reads a form of this site. What no field can hold is refused as a
// whole.
func (q *request) readForm() error {
	if q.editor.guard.Check(q.Request) != nil {
		return errCrossSite
	}
	q.Body = http.MaxBytesReader(q.w, q.Body, maxForm)
	err := q.ParseForm()
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return errFormTooLarge
	case err != nil:
		return errUnreadable
	}
	for _, values := range q.PostForm {
		for _, v := range values {
			if !utf8.ValidString(v) || strings.ContainsFunc(v, unicode.IsControl) {
				return errUnreadable
			}
		}
	}
	q.form = q.PostForm
	return nil
}

// organization returns the organisation of the path: the caller's own, or any
// for the administrator. Others give [org.ErrNotFound], as absent ones do.
func (q *request) organization(p member.Permission) (org.Organization, error) {
	id := q.PathValue("id")
	if uuid.Validate(id) != nil {
		return org.Organization{}, org.ErrNotFound
	}
	if q.who.Platform {
		return q.editor.config.Organizations.Get(q.Context(), id)
	}
	if id != q.who.Organization.ID {
		return org.Organization{}, org.ErrNotFound
	}
	if !q.who.May(p) {
		return org.Organization{}, errForbidden
	}
	return q.who.Organization, nil
}

// show sends a page. It is made before the first byte goes out, so one that
// cannot be made is still a proper error.
func (q *request) show(status int, name string, content any) error {
	var out bytes.Buffer
	if err := q.editor.pages.write(&out, name, q.page(content)); err != nil {
		return err
	}
	q.w.Header().Set("Content-Type", "text/html; charset=utf-8")
	q.w.WriteHeader(status)
	_, _ = q.w.Write(out.Bytes()) // the client may be gone: nothing to be done
	return nil
}

// redirect sends the browser to a path of the Editor by GET.
func (q *request) redirect(path string) error {
	http.Redirect(q.w, q.Request, q.editor.config.Prefix+path, http.StatusSeeOther)
	return nil
}

// fail answers with the page of an error, and logs what nobody foresaw.
func (q *request) fail(err error) {
	status, text := http.StatusInternalServerError, "error.internal"
	var tooOften *guard.LimitError
	switch {
	case errors.Is(err, org.ErrUnauthenticated), errors.Is(err, org.ErrSuspended):
		q.forget()
		_ = q.redirect("/sign-in?" + url.Values{"to": {q.target()}}.Encode()) // always works
		return
	case errors.Is(err, errNoPage), errors.Is(err, org.ErrNotFound):
		status, text = http.StatusNotFound, "error.not_found"
	case errors.Is(err, errForbidden):
		status, text = http.StatusForbidden, "error.forbidden"
	case errors.Is(err, errCrossSite):
		status, text = http.StatusForbidden, "error.cross_site"
	case errors.Is(err, errUnreadable):
		status, text = http.StatusBadRequest, "error.unreadable"
	case errors.Is(err, errFormTooLarge):
		status, text = http.StatusRequestEntityTooLarge, "error.too_large"
	case errors.As(err, &tooOften):
		q.w.Header().Set("Retry-After", strconv.Itoa(int(tooOften.RetryAfter.Seconds())))
		status, text = http.StatusTooManyRequests, "error.too_often"
	case errors.Is(err, org.ErrUnavailable):
		q.editor.config.Logger.WarnContext(q.Context(), "editor: page not served", "path", q.URL.Path, "error", err)
		q.w.Header().Set("Retry-After", "5")
		status, text = http.StatusServiceUnavailable, "error.unavailable"
	case errors.Is(err, context.Canceled):
		return
	default:
		q.editor.config.Logger.ErrorContext(q.Context(), "editor: page failed", "path", q.URL.Path, "error", err)
	}
	if err := q.show(status, "error", text); err != nil {
		q.editor.config.Logger.ErrorContext(q.Context(), "editor: error page failed", "error", err)
		http.Error(q.w, http.StatusText(status), status)
	}
}

// target is where to come back to after signing in: the path inside the
// Editor, for a request that only reads.
func (q *request) target() string {
	if q.Method != http.MethodGet {
		return "/"
	}
	return strings.TrimPrefix(q.URL.Path, q.editor.config.Prefix)
}
