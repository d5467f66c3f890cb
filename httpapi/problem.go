package httpapi

import (
	"net/http"

	"github.com/orgpbx/orgpbx/org"
)

// problem is an error as RFC 9457 writes it. Nothing in it was sent by the
// caller, and nothing is said of the inside of the server.
type problem struct {
	Status    int            `json:"status" doc:"The HTTP status." example:"422"`
	Code      string         `json:"code" doc:"A stable word for programs." example:"validation_failed"`
	Title     string         `json:"title" doc:"The name of the HTTP status." example:"Unprocessable Entity"`
	Detail    string         `json:"detail" doc:"What went wrong and what helps, for people."`
	RequestID string         `json:"request_id" doc:"Names this request in the server's log. It is also in the X-Request-ID header." example:"6QZ4VJ3PQ2T5"`
	Errors    []fieldProblem `json:"errors,omitempty" nullable:"false" doc:"Every field that breaks a rule (422)."`
	Field     string         `json:"field,omitempty" doc:"The field whose value is taken (already_exists)." example:"extension"`
	Resource  string         `json:"resource,omitempty" doc:"What is limited (limit_exceeded)." example:"users"`
	Limit     *int           `json:"limit,omitempty" doc:"The limit in force (limit_exceeded)." example:"50"`
	Used      *int           `json:"used,omitempty" doc:"How many there are (limit_exceeded)." example:"50"`
	UsedBy    []reference    `json:"used_by,omitempty" nullable:"false" doc:"What still points at the object (in_use)."`

	Retention *previewResponse `json:"retention,omitempty" doc:"What the next run would delete (confirmation_required)."`

	header http.Header // sent along, such as WWW-Authenticate
}

// fieldProblem is one field and the rule it breaks.
type fieldProblem struct {
	Field   string `json:"field" doc:"Path of the field, such as settings.max_users." example:"extension"`
	Rule    string `json:"rule" doc:"A stable word for the rule." example:"extension"`
	Message string `json:"message" doc:"The rule, for people." example:"must be 2 to 6 digits"`
}

// reference names a resource.
type reference struct {
	Kind string `json:"kind" doc:"The kind of resource." example:"did"`
	ID   string `json:"id" doc:"Its id." example:"01998f3a-7c1e-7d2b-9a41-3f5b8c2d1e07"`
}

// Error returns the code.
func (p *problem) Error() string { return p.Code }

func newProblem(status int, code, detail string) *problem {
	return &problem{Status: status, Code: code, Title: http.StatusText(status), Detail: detail}
}

// with returns a copy that sends a header along.
func (p *problem) with(name string, values ...string) *problem {
	q := *p
	q.header = p.header.Clone()
	if q.header == nil {
		q.header = http.Header{}
	}
	q.header[http.CanonicalHeaderKey(name)] = values
	return &q
}

// The problems that are always the same.
var (
	errMalformedJSON         = newProblem(http.StatusBadRequest, "malformed_json", "The body is not one valid JSON document in UTF-8, names a field twice, or is nested too deep.")
	errMalformedIfMatch      = newProblem(http.StatusBadRequest, "malformed_if_match", "If-Match takes one entity tag as an ETag header gave it, or *.")
	errAmbiguousCredentials  = newProblem(http.StatusBadRequest, "ambiguous_credentials", "The request carries more than one credential: send one.")
	errOrganizationRequired  = newProblem(http.StatusBadRequest, "organization_required", "The administrator has to name an organisation in X-Organization-ID.")
	errAmbiguousOrganization = newProblem(http.StatusBadRequest, "ambiguous_organization", "X-Organization-ID is there more than once.")
	errUnauthenticated       = newProblem(http.StatusUnauthorized, "unauthenticated", "The credential is missing, wrong or no longer valid.").
					with("WWW-Authenticate", `Bearer realm="orgpbx"`, `Basic realm="orgpbx", charset="UTF-8"`)
	errSuspended = newProblem(http.StatusUnauthorized, "organization_suspended", "The organisation is suspended.").
			with("WWW-Authenticate", `Bearer realm="orgpbx"`)
	errTOTPRequired = newProblem(http.StatusUnauthorized, "totp_required", "The password is right: send the code of the second factor with it.").
			with("WWW-Authenticate", `Bearer realm="orgpbx"`)
	errLastOwner        = newProblem(http.StatusConflict, "last_owner", "An organisation has to keep an owner who can sign in: make another one first.")
	errHeld             = newProblem(http.StatusConflict, "legal_hold", "A legal hold is in force: an organisation that has one cannot be removed.")
	errHoldReleased     = newProblem(http.StatusConflict, "hold_released", "The legal hold is released already.")
	errTOTPState        = newProblem(http.StatusConflict, "totp_state", "There is a second factor already, or none that could be confirmed.")
	errWebhooksOff      = newProblem(http.StatusConflict, "webhooks_off", "Webhooks are switched off for this organisation: have webhook_enabled switched on.")
	errOneNode          = newProblem(http.StatusConflict, "one_node", "This server has one PBX: there is no other node.")
	errExportNotReady   = newProblem(http.StatusConflict, "export_not_ready", "There is nothing to fetch of this request: it is no export, or is not ready yet, or its time is over.")
	errMoving           = newProblem(http.StatusConflict, "moving", "The organisation is being moved already, or has not left its old node yet: try again later.")
	errTOTPUnavailable  = newProblem(http.StatusConflict, "totp_unavailable", "This server is not set up for second factors.")
	errLinkOver         = newProblem(http.StatusGone, "link_over", "The link was used or replaced, or its time is over: have a new one sent.")
	errForbidden        = newProblem(http.StatusForbidden, "forbidden", "This credential may not do that.")
	errScope            = newProblem(http.StatusForbidden, "scope_exceeded", "A key may not have a scope that its maker does not have.")
	errCrossSite        = newProblem(http.StatusForbidden, "cross_site", "Another site's page may not use a remembered Basic password.")
	errNotFound         = newProblem(http.StatusNotFound, "not_found", "There is no such thing here.")
	errNoRevision       = newProblem(http.StatusNotFound, "revision_not_found", "The organisation never had this revision live, or so long ago that it is not kept any more.")
	errMethodNotAllowed = newProblem(http.StatusMethodNotAllowed, "method_not_allowed", "This path does not take this method: see the Allow header.")
	errBodyTimeout      = newProblem(http.StatusRequestTimeout, "request_timeout", "The body did not arrive in time.").
				with("Connection", "close")
	errRange            = newProblem(http.StatusRequestedRangeNotSatisfiable, "range_not_satisfiable", "The recording has no such part: Content-Range says how long it is.")
	errPrecondition     = newProblem(http.StatusPreconditionFailed, "precondition_failed", "The object changed since the version in If-Match: read it again.")
	errTooLarge         = newProblem(http.StatusRequestEntityTooLarge, "payload_too_large", "The body is larger than this server takes.")
	errMediaType        = newProblem(http.StatusUnsupportedMediaType, "unsupported_media_type", "The body has to be application/json, without a content encoding.")
	errInternal         = newProblem(http.StatusInternalServerError, "internal", "Something went wrong here. The server's log knows this request by its id.")
	errPBXUnavailable   = newProblem(http.StatusServiceUnavailable, "pbx_unavailable", "The PBX cannot be reached. Saved changes are kept and go live by themselves.").with("Retry-After", "5")
	errTimeout          = newProblem(http.StatusServiceUnavailable, "timeout", "The server did not finish in time.").with("Retry-After", "5")
	errNotReady         = newProblem(http.StatusServiceUnavailable, "not_ready", "The server cannot do its work now.").with("Retry-After", "5")
	errValidationFailed = newProblem(http.StatusUnprocessableEntity, "validation_failed", "Some fields break a rule: see errors.")
)

// invalid returns the 422 for broken fields.
func invalid(fields []org.FieldError) *problem {
	p := *errValidationFailed
	for _, f := range fields {
		p.Errors = append(p.Errors, fieldProblem{Field: f.Field, Rule: f.Rule, Message: f.Message})
	}
	return &p
}
