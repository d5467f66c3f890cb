package httpapi

import (
	"context"
	"errors"
	"net/http"
	"strconv"

	"github.com/orgpbx/orgpbx/httpapi/guard"
	"github.com/orgpbx/orgpbx/limits"
	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/org/apikey"
	"github.com/orgpbx/orgpbx/org/hold"
	"github.com/orgpbx/orgpbx/org/member"
	"github.com/orgpbx/orgpbx/resource"
	"github.com/orgpbx/orgpbx/resource/cdr"
	"github.com/orgpbx/orgpbx/resource/deploy"
	"github.com/orgpbx/orgpbx/resource/subject"
	"github.com/orgpbx/orgpbx/resource/webhook"
)

// problemOf is the one place that turns errors into answers. An error it does
// not know becomes errInternal, and nothing of its text gets out.
func problemOf(err error) *problem {
	var p *problem
	if errors.As(err, &p) {
		return p
	}
	for _, known := range []struct {
		err     error
		problem *problem
	}{
		{org.ErrUnauthenticated, errUnauthenticated},
		{org.ErrSuspended, errSuspended},
		{org.ErrNotFound, errNotFound},
		{deploy.ErrNoRevision, errNoRevision},
		{deploy.ErrOneNode, errOneNode},
		{resource.ErrMoving, errMoving},
		{org.ErrVersionMismatch, errPrecondition},
		{org.ErrHeld, errHeld},
		{hold.ErrReleased, errHoldReleased},
		{subject.ErrNotReady, errExportNotReady},
		{member.ErrForbidden, errForbidden},
		{member.ErrLastOwner, errLastOwner},
		{member.ErrLinkOver, errLinkOver},
		{member.ErrCodeRequired, errTOTPRequired},
		{member.ErrTOTPState, errTOTPState},
		{member.ErrTOTPUnavailable, errTOTPUnavailable},
		{apikey.ErrScope, errScope},
		{webhook.ErrOff, errWebhooksOff},
		{resource.ErrPBXUnavailable, errPBXUnavailable},
		{org.ErrUnavailable, errNotReady},
		{context.DeadlineExceeded, errTimeout},
		{context.Canceled, errTimeout}, // nobody reads the answer
	} {
		if errors.Is(err, known.err) {
			return known.problem
		}
	}
	return detailedProblemOf(err)
}

// detailedProblemOf maps the errors that say more than that they happened.
func detailedProblemOf(err error) *problem {
	var (
		broken   *org.InvalidError
		taken    *org.DuplicateError
		exceeded *limits.ExceededError
		used     *resource.InUseError
		rejected *resource.RejectedError
		blocked  *member.BlockedError
		tooOften *guard.LimitError
		nowhere  *resource.UnknownNodeError
		shorter  *cdr.ConfirmationError
	)
	switch {
	case errors.As(err, &tooOften):
		return limitProblem(tooOften)
	case errors.As(err, &shorter):
		p := newProblem(http.StatusConflict, "confirmation_required", "A retention gets shorter: the next run would delete what retention says. Send the same with ?confirm=true if that is what you want.")
		preview := showPreview(shorter.Preview)
		p.Retention = &preview
		return p
	case errors.As(err, &broken):
		return invalid(broken.Fields)
	case errors.As(err, &nowhere):
		return invalid([]org.FieldError{{Field: "node", Rule: "node", Message: "must be one of GET /nodes"}})
	case errors.As(err, &taken):
		p := newProblem(http.StatusConflict, "already_exists", "The value of this field is taken.")
		p.Field = taken.Field
		return p
	case errors.As(err, &exceeded):
		p := newProblem(http.StatusForbidden, "limit_exceeded", "The limit is reached: remove one, or have the limit raised.")
		p.Resource, p.Limit, p.Used = string(exceeded.Kind), &exceeded.Limit, &exceeded.Used
		return p
	case errors.As(err, &used):
		p := newProblem(http.StatusConflict, "in_use", "Others still point at it: change those in used_by first.")
		for _, ref := range used.By {
			p.UsedBy = append(p.UsedBy, reference{Kind: string(ref.Kind), ID: ref.ID})
		}
		return p
	case errors.As(err, &blocked):
		return newProblem(http.StatusTooManyRequests, "too_many_attempts", "Too many wrong codes: wait as long as Retry-After says.").
			with("Retry-After", strconv.Itoa(int(blocked.RetryAfter.Seconds())))
	case errors.As(err, &rejected):
		return newProblem(http.StatusBadGateway, "pbx_rejected", rejected.Error()+".")
	default:
		return errInternal
	}
}
