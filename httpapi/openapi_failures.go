package httpapi

import (
	"net/http"
	"time"

	"github.com/orgpbx/orgpbx/httpapi/guard"
	"github.com/orgpbx/orgpbx/limits"
	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/resource"
)

// failureDocs says, for each status of an error, which codes it has, with an
// example made by the code that makes the real one.
var failureDocs = map[int]struct {
	description string
	example     *problem
}{
	http.StatusBadRequest: {
		"malformed_json, malformed_if_match, malformed_idempotency_key, ambiguous_credentials: two credentials in one request, organization_required: the administrator named no organisation, or ambiguous_organization: he named two.",
		errMalformedJSON,
	},
	http.StatusUnauthorized: {
		"unauthenticated: the credential is missing or no good, or organization_suspended: it is good, and its organisation suspended, or totp_required: a code of the second factor is missing.",
		errUnauthenticated,
	},
	http.StatusForbidden: {
		"forbidden: not with this credential, cross_site, or limit_exceeded: a limit is reached.",
		problemOf(&limits.ExceededError{Kind: limits.Users, Limit: 50, Used: 50}),
	},
	http.StatusNotFound:       {"not_found: no such object, or not of this organisation, or revision_not_found.", errNotFound},
	http.StatusRequestTimeout: {"request_timeout: the body did not arrive in time.", errBodyTimeout},
	http.StatusConflict: {
		"already_exists: a value has to be unique and is taken, in_use: something still points at the object, last_owner: the only owner has to stay, legal_hold: one is in force, confirmation_required: it would delete calls or recordings, hold_released: there is none to release, export_not_ready: there is nothing to fetch of the request, totp_state: there is a second factor already, or none to confirm, idempotency_key_reused: the Idempotency-Key came with another request, or idempotency_in_progress: with one that is being worked on, then with Retry-After.",
		problemOf(&resource.InUseError{By: []resource.Ref{{Kind: resource.KindDID, ID: "01998f3a-7c1e-7d2b-9a41-3f5b8c2d1e07"}}}),
	},
	http.StatusGone: {"link_over: the link was used or replaced, or its time is over.", errLinkOver},
	http.StatusTooManyRequests: {
		"rate_limited: too many requests, or tries of a password, or too_many_attempts: wrong codes of a second factor. Retry-After says how long to wait, in seconds.",
		problemOf(&guard.LimitError{Limit: guard.OfAddress, RetryAfter: time.Second}),
	},
	http.StatusPreconditionFailed:           {"precondition_failed: the object changed since the version in If-Match.", errPrecondition},
	http.StatusRequestEntityTooLarge:        {"payload_too_large: the body is too large.", errTooLarge},
	http.StatusUnsupportedMediaType:         {"unsupported_media_type: the body is not application/json.", errMediaType},
	http.StatusRequestedRangeNotSatisfiable: {"range_not_satisfiable: the recording has no such part.", errRange},
	http.StatusUnprocessableEntity: {
		"validation_failed: some fields break a rule, or are not known.",
		invalid([]org.FieldError{{Field: "extension", Rule: "extension", Message: "must be 2 to 6 digits"}}),
	},
	http.StatusInternalServerError: {"internal: an error that nobody foresaw.", errInternal},
	http.StatusBadGateway: {
		"pbx_rejected: the PBX did not take an object.",
		problemOf(&resource.RejectedError{Object: "endpoint", Name: "k3vq7xw2ma-9fj2kd8s", Reason: "it is not there after the reload"}),
	},
	http.StatusServiceUnavailable: {"pbx_unavailable, not_ready or timeout: try again later.", errPBXUnavailable},
}
