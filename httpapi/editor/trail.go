package editor

import (
	"context"
	"errors"
	"time"

	"github.com/orgpbx/orgpbx/httpapi/guard"
	"github.com/orgpbx/orgpbx/limits"
	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/org/audit"
	"github.com/orgpbx/orgpbx/org/member"
	"github.com/orgpbx/orgpbx/resource"
	"github.com/orgpbx/orgpbx/resource/cdr"
	"github.com/orgpbx/orgpbx/resource/deploy"
)

// trailTime is how long an entry of the trail may take to be saved.
const trailTime = 5 * time.Second

// recorded runs a write and sees to its entry in the trail, under the name that
// the API gives the operation. write identifies who nobody is yet, and returns
// whose chain it belongs to. What has no entry is not acknowledged.
func (q *request) recorded(operation, kind string, write func(ctx context.Context, record *audit.Record) (chain string, err error)) error {
	ctx, record := audit.Begin(q.Context(), audit.Entry{
		At: time.Now(), Actor: audit.Actor{Kind: audit.Anonymous}, Operation: operation,
	}, audit.Details{Remote: q.address()})
	record.About(audit.Object{Kind: kind})
	q.who.Identify(record, q.editor.config.AdminUsername)
	chain, failure := write(ctx, record)
	tell, untold := q.editor.config.Guard.Tell(failure, q.address())
	if !tell {
		return failure
	}
	record.Untold(untold)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(q.Context()), trailTime)
	defer cancel()
	err := q.editor.config.Trail.Finish(ctx, record, chain, outcome(failure))
	if err != nil && failure != nil {
		q.editor.config.Logger.ErrorContext(ctx, "editor: a refused write is not in the trail", "operation", operation, "error", err)
	}
	if failure != nil {
		return failure
	}
	return err
}

// outcome is the code that the API would have answered with.
func outcome(err error) string {
	var invalid *org.InvalidError
	var taken *org.DuplicateError
	var blocked *member.BlockedError
	var tooOften *guard.LimitError
	var exceeded *limits.ExceededError
	var used *resource.InUseError
	var shorter *cdr.ConfirmationError
	switch {
	case err == nil:
		return audit.OK
	case errors.As(err, &invalid):
		return "validation_failed"
	case errors.As(err, &taken):
		return "already_exists"
	case errors.As(err, &blocked):
		return "too_many_attempts"
	case errors.As(err, &tooOften):
		return "rate_limited"
	case errors.As(err, &exceeded):
		return "limit_exceeded"
	case errors.As(err, &used):
		return "in_use"
	case errors.As(err, &shorter):
		return "confirmation_required"
	case errors.Is(err, org.ErrHeld):
		return "legal_hold"
	case errors.Is(err, deploy.ErrNoRevision):
		return "revision_not_found"
	case errors.Is(err, org.ErrNotFound):
		return "not_found"
	case errors.Is(err, org.ErrVersionMismatch):
		return "precondition_failed"
	case errors.Is(err, org.ErrUnauthenticated):
		return "unauthenticated"
	case errors.Is(err, org.ErrSuspended):
		return "organization_suspended"
	case errors.Is(err, member.ErrCodeRequired):
		return "totp_required"
	case errors.Is(err, org.ErrUnavailable):
		return "not_ready"
	default:
		return "internal"
	}
}
