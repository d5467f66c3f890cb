package httpapi

import (
	"context"
	"io"
	"maps"
	"net/http"
	"reflect"
	"slices"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/orgpbx/orgpbx/httpapi/caller"
	"github.com/orgpbx/orgpbx/org/audit"
	"github.com/orgpbx/orgpbx/org/idempotency"
	"github.com/orgpbx/orgpbx/resource/cdr"
)

// operation declares one operation: what the OpenAPI document says of it, and
// what is checked before its function runs. The two cannot drift apart.
type operation struct {
	id     string // operationId; the name in logs and metrics
	method string
	path   string
	access access

	tag         string
	summary     string
	description string

	status   int           // of success; 200 when 0
	query    []*huma.Param // every query parameter it knows; others are refused
	required []string      // fields a body must have, for the document
	example  any           // a body, for the document
	change   bool          // of an object: takes back what its answer shows, see echo
	ifMatch  bool          // takes If-Match
	etag     bool          // answers with an ETag
	text     bool          // answers as text too, if that is preferred
	lines    bool          // answers any number of objects, one a line
	file     bool          // answers a recording, whole or in part
	archive  bool          // answers a zip
	platform bool          // of the platform itself, where the administrator names no organisation
	problems []int         // statuses of errors beside those that follow from the rest
}

func (op operation) successStatus() int {
	if op.status == 0 {
		return http.StatusOK
	}
	return op.status
}

// nothing is the body of an operation that takes or answers none.
type nothing struct{}

// reply is what an operation answers.
type reply[Resp any] struct {
	body    Resp
	version int64 // of the object, for its ETag; 0 for none
	text    string
	lines   func(io.Writer) error // writes an answer of lines
	file    cdr.RecordingFile     // closed once it was sent
	archive archive
}

// close frees what an answer holds that is not sent.
func (r reply[Resp]) close() {
	if r.file.ReadSeekCloser != nil {
		_ = r.file.Close()
	}
}

// register adds an operation that takes a Req and answers a Resp. Only huma's
// router and its OpenAPI document are used: what huma does between the two
// would answer with its process-wide error type, which repeats the values that
// were sent. Reading the body, checking it and writing the answer are in this
// package instead.
func register[Req, Resp any](a *API, op operation, run func(c *call, req Req) (reply[Resp], error)) {
	op.mustDeclare()
	described := a.describe(op, reflect.TypeFor[Req](), reflect.TypeFor[Resp]())
	var repeatable []string
	if op.change {
		repeatable = slices.Collect(maps.Keys(echoed(reflect.TypeFor[Req](), reflect.TypeFor[Resp]())))
	}
	a.huma.OpenAPI().AddOperation(described)
	a.huma.Adapter().Handle(described, func(ctx huma.Context) {
		r, w := humago.Unwrap(ctx)
		c := &call{api: a, op: op, r: r, w: w, repeatable: repeatable}
		defer c.release() // where run panics
		c.beginRecord()
		out, err := answer(c, run)
		err = c.finishRecord(c.countStranger(err))
		if err != nil {
			c.release()
			out.close()
			a.fail(w, r, err)
			return
		}
		if c.replayed != nil {
			op.replay(w, *c.replayed)
			return
		}
		keep(c, out)
		if op.file {
			a.writeFile(w, r, out.file)
			return
		}
		if op.lines {
			a.stream(w, r, "application/x-ndjson", out.lines)
			return
		}
		if op.archive {
			a.writeArchive(w, r, out.archive)
			return
		}
		setETag(w.Header(), out.version)
		if op.text {
			w.Header().Add("Vary", "Accept")
			if prefersText(r) {
				a.writeText(w, op.successStatus(), out.text)
				return
			}
		}
		if op.successStatus() == http.StatusNoContent {
			w.WriteHeader(http.StatusNoContent)
			return
		}
		a.write(w, r, op.successStatus(), "application/json", out.body)
	})
}

// answer takes a call through the checks, in this order: credential,
// permission, parameters, body, whether it was answered before.
func answer[Req, Resp any](c *call, run func(*call, Req) (reply[Resp], error)) (reply[Resp], error) {
	var none reply[Resp]
	exchangeOf(c.r.Context()).operation = c.op.id
	if err := c.admit(); err != nil {
		return none, err
	}
	if c.op.access != administratorsOrBody {
		if err := c.authorize(nil); err != nil {
			return none, err
		}
	}
	if err := c.checkQuery(); err != nil {
		return none, err
	}
	var req Req
	if c.op.takesBody() {
		body, err := c.readBody()
		if err != nil {
			return none, err
		}
		if c.op.access == administratorsOrBody {
			if err := c.authorize(body); err != nil {
				return none, err
			}
		}
		if c.echo, err = decode(body, &req, c.repeatable); err != nil {
			return none, err
		}
		if err := c.claim(body); err != nil || c.replayed != nil {
			return none, err
		}
	}
	return run(c, req)
}

func (op operation) takesBody() bool {
	return op.method == http.MethodPost || op.method == http.MethodPut || op.method == http.MethodPatch
}

// call is one request of an operation, after the checks.
type call struct {
	api *API
	op  operation
	r   *http.Request
	w   http.ResponseWriter

	repeatable []string // fields of the answer that the body may repeat
	echo       echo     // those that it repeats

	record *audit.Record // of the trail; nil where nothing is written
	caller caller.Caller
	// organizationID is the organisation acted on, where the operation's
	// access is organizations.
	organizationID string

	claimed  *idempotency.Claim  // the request's key, until its answer is kept
	cancel   context.CancelFunc  // of the work on a request that claimed its key
	replayed *idempotency.Answer // what the request was answered before
}

func (c *call) ctx() context.Context { return c.r.Context() }
