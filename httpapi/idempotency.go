package httpapi

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"reflect"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/orgpbx/orgpbx/org/idempotency"
)

const (
	keyHeader      = "Idempotency-Key"
	replayedHeader = "Idempotency-Replayed"

	// claimTime is how long an answer may take to be kept, or a key to be released.
	claimTime = 5 * time.Second
)

var (
	errMalformedKey = newProblem(http.StatusBadRequest, "malformed_idempotency_key", "Idempotency-Key takes one key of 1 to 255 printable ASCII characters.")
	errKeyReused    = newProblem(http.StatusConflict, "idempotency_key_reused", "This Idempotency-Key came with another request in the last 24 hours: take a new one for each.")
	errInProgress   = newProblem(http.StatusConflict, "idempotency_in_progress", "The request with this Idempotency-Key is being worked on: ask again.").
			with("Retry-After", "2")
)

// keyed reports whether the operation heeds Idempotency-Key: every POST but the
// logins and what a person does to himself. Those answer secrets that somebody
// has to have, and need no key: signing in twice harms nobody, a link works
// once, and a password is changed once.
func (op operation) keyed() bool {
	return op.method == http.MethodPost && op.access != anyone && op.access != sessions && op.access != members
}

// claim looks at the Idempotency-Key of a request whose caller is known and
// permitted. Either nothing of the kind was done before, and the work goes on
// whether the client waits for it or not, so that it ends in one way or the
// other; or c.replayed is what it was answered.
func (c *call) claim(body []byte) error {
	keys, given := c.r.Header[keyHeader]
	if !given || !c.op.keyed() {
		return nil
	}
	if len(keys) != 1 || !idempotency.IsKey(keys[0]) {
		return errMalformedKey
	}
	content, err := sameContent(c.r, body)
	if err != nil {
		return err
	}
	claimed, answered, err := c.api.config.Idempotency.Begin(c.ctx(), idempotency.Request{
		OrganizationID: c.organizationID, Caller: c.caller.Key(), Operation: c.op.id, Key: keys[0], Content: content,
	})
	switch {
	case errors.Is(err, idempotency.ErrReused):
		return errKeyReused
	case errors.Is(err, idempotency.ErrInProgress):
		return errInProgress
	case err != nil:
		return err
	case answered != nil:
		c.replayed, c.record = answered, nil // nothing is written, so nothing belongs in the trail
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(c.ctx()), idempotency.MaxWork)
	c.claimed, c.cancel = &claimed, cancel
	c.r = c.r.WithContext(ctx)
	return nil
}

// sameContent is what two requests share that mean the same: where they go, and
// their JSON, whatever the order of its members.
func sameContent(r *http.Request, body []byte) ([]byte, error) {
	var v any = map[string]any{} // what an empty body means
	if len(body) > 0 {
		d := json.NewDecoder(bytes.NewReader(body))
		d.UseNumber()
		if err := d.Decode(&v); err != nil {
			return nil, errMalformedJSON
		}
	}
	canonical, err := json.Marshal(v)
	return append([]byte(r.URL.RequestURI()+"\n"), canonical...), err
}

// keep saves the answer to a request that claimed its key, before it is sent.
// Where that fails the change is made all the same, so the answer is still the
// right one.
func keep[Resp any](c *call, out reply[Resp]) {
	if c.claimed == nil {
		return
	}
	a := idempotency.Answer{Status: c.op.successStatus(), Version: out.version}
	if a.Status != http.StatusNoContent {
		var body bytes.Buffer
		if c.op.text && prefersText(c.r) {
			a.ContentType = textType
			body.WriteString(out.text)
		} else {
			a.ContentType = "application/json"
			if err := c.api.huma.Marshal(&body, a.ContentType, withoutSecrets(out.body)); err != nil {
				return // neither can it be sent, which says so
			}
		}
		a.Body = body.Bytes()
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(c.ctx()), claimTime)
	defer cancel()
	kept, err := c.api.config.Idempotency.Keep(ctx, *c.claimed, a)
	c.claimed = nil
	if err != nil || !kept {
		c.api.config.Logger.ErrorContext(ctx, "an answer is not kept: sent again, the request is done again in a minute",
			"request_id", exchangeOf(ctx).requestID, "operation", c.op.id, "error", err)
	}
}

// release gives the key free that the request claimed, if its answer is not kept:
// it was refused and changed nothing, or failed.
func (c *call) release() {
	if c.cancel == nil {
		return
	}
	defer c.cancel()
	if c.claimed == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(c.ctx()), claimTime)
	defer cancel()
	err := c.api.config.Idempotency.Release(ctx, *c.claimed)
	c.claimed = nil
	if err != nil {
		c.api.config.Logger.ErrorContext(ctx, "an idempotency key is not released: it is free in a minute",
			"request_id", exchangeOf(ctx).requestID, "operation", c.op.id, "error", err)
	}
}

// replay sends an answer once more, in the form that it had.
func (op operation) replay(w http.ResponseWriter, a idempotency.Answer) {
	h := w.Header()
	h.Set(replayedHeader, "true")
	setETag(h, a.Version)
	if op.text {
		h.Add("Vary", "Accept")
	}
	if a.ContentType != "" {
		h.Set("Content-Type", a.ContentType)
		h.Set("Content-Length", strconv.Itoa(len(a.Body)))
	}
	w.WriteHeader(a.Status)
	_, _ = w.Write(a.Body) // the client may be gone: nothing to be done
}

// onceTag marks the fields of answers that are shown once: `once:"true"`. Those
// that can be in an answer that is kept are left out of JSON when they are empty.
const onceTag = "once"

// withoutSecrets returns an answer without what is shown once.
func withoutSecrets[T any](v T) T {
	blank(reflect.ValueOf(&v).Elem())
	return v
}

func blank(v reflect.Value) {
	if v.Kind() != reflect.Struct {
		return
	}
	for i := range v.NumField() {
		if _, once := v.Type().Field(i).Tag.Lookup(onceTag); once {
			v.Field(i).SetZero()
			continue
		}
		blank(v.Field(i))
	}
}

// keyParam and replayedParam describe the two headers.
func keyParam() *huma.Param {
	longest := idempotency.MaxKey
	shortest := 1
	return &huma.Param{
		Name: keyHeader, In: "header", Example: "7f1d0d7c-6f3c-4a55-9f2a-4a0c6b1f0f3e",
		Schema: &huma.Schema{Type: huma.TypeString, MinLength: &shortest, MaxLength: &longest, Pattern: "^[ -~]+$"},
		Description: "Makes it safe to send the request again: with the same key and body within 24 hours it is answered as it was the first time, without what is shown once, " +
			"and nothing is done. A refusal (4xx) or a failure (5xx) is not kept, and its key is free again. Keys are of one credential, organisation and operation.",
	}
}

func replayedParam() *huma.Param {
	return &huma.Param{
		Description: "true: the answer to an earlier request with this Idempotency-Key, and nothing was done now. Fields that are shown once are missing.",
		Schema:      &huma.Schema{Type: huma.TypeBoolean},
	}
}
