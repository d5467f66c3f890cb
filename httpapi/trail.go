package httpapi

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/org/audit"
)

// trailTime is how long an entry of the trail may take to be saved.
const trailTime = 5 * time.Second

// objectKinds are what the objects of a tag are called in the trail, for
// operations that were refused before there was one.
var objectKinds = map[string]string{
	organizationsTag:   "organization",
	peopleTag:          "member",
	"Users":            "user",
	"Trunks":           "trunk",
	"DIDs":             "did",
	"Queues":           "queue",
	"Outbound routes":  "outbound_route",
	"IVRs":             "ivr",
	"Conferences":      "conference",
	"AI agents":        "ai_agent",
	webhooksTag:        "webhook",
	apiKeysTag:         "api_key",
	legalHoldsTag:      "legal_hold",
	recordingsTag:      "recording",
	subjectRequestsTag: "subject_request",
	callsTag:           "call",
}

// writes reports whether the operation belongs in the trail. Who listens to a
// recording does, too, and who fetches all there is of somebody.
func (op operation) writes() bool {
	return op.method != http.MethodGet || op.tag == recordingsTag || op.archive
}

// beginRecord hands the record of a writing operation down with the context.
func (c *call) beginRecord() {
	if !c.op.writes() {
		return
	}
	x := exchangeOf(c.ctx())
	ctx, record := audit.Begin(c.ctx(), audit.Entry{
		At: x.start, Actor: audit.Actor{Kind: audit.Anonymous}, Operation: c.op.id, RequestID: x.requestID,
	}, audit.Details{Remote: c.api.config.Guard.Address(c.r)})
	if kind := objectKinds[c.op.tag]; kind != "" {
		record.About(audit.Object{Kind: kind, ID: storable(c.r.PathValue("id"))})
	}
	c.r, c.record = c.r.WithContext(ctx), record
}

// signedIn tells the trail that somebody has just shown who he is, and whose
// chain that goes into.
func (c *call) signedIn(organizationID string) {
	c.record.About(audit.Object{Kind: "session"})
	c.organizationID = organizationID
}

// finishRecord appends the entry of an operation that no change has saved. It
// returns an error when there is no entry of something that was done: then it
// must not be acknowledged. What was refused stays refused; a request that the
// store was away for does not wait for it once more.
func (c *call) finishRecord(failure error) error {
	if c.record == nil || errors.Is(failure, org.ErrUnavailable) {
		return failure
	}
	tell, untold := c.api.config.Guard.Tell(failure, c.whoIsLimited())
	if !tell {
		return failure
	}
	c.record.Untold(untold)
	outcome := audit.OK
	if failure != nil {
		outcome = problemOf(failure).Code
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(c.ctx()), trailTime)
	defer cancel()
	err := c.api.config.Trail.Finish(ctx, c.record, c.chain(), outcome)
	if err != nil && failure != nil {
		c.api.config.Logger.ErrorContext(ctx, "a refused request is not in the trail",
			"request_id", exchangeOf(ctx).requestID, "operation", c.op.id, "error", err)
		return failure
	}
	if failure == nil {
		return err
	}
	return failure
}

// chain returns the chain that an operation belongs to: that of the
// organisation acted on, or of the caller. Who is nobody yet cannot write into
// an organisation's.
func (c *call) chain() string {
	switch {
	case c.organizationID != "":
		return c.organizationID
	case c.caller.Platform && c.op.tag == organizationsTag:
		return storable(c.r.PathValue("id"))
	default:
		return c.caller.Organization.ID
	}
}
