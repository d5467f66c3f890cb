package httpapi

import (
	"net/http"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/orgpbx/orgpbx/limits"
)

const (
	apiTitle       = "orgpbx"
	apiVersion     = "1.0"
	apiDescription = "The organisations of a multi-tenant Asterisk PBX: who they are, what they may use, and what the PBX does about it. " +
		"Errors are problem documents (RFC 9457) with a stable code. Objects carry an ETag, and If-Match is honoured. A POST with an Idempotency-Key can be sent again and is done once. Every saved change deploys to the PBX by itself."
)

// newOpenAPI returns the document without operations.
func newOpenAPI() *huma.OpenAPI {
	doc := &huma.OpenAPI{
		OpenAPI: "3.1.0",
		Info:    &huma.Info{Title: apiTitle, Version: apiVersion, Description: apiDescription},
		Servers: []*huma.Server{{URL: "/", Description: "This server."}},
		Tags: []*huma.Tag{
			{Name: "Sessions", Description: "Signing in and out."},
			{Name: organizationsTag, Description: "The tenants, run by the platform administrator."},
			{Name: peopleTag, Description: "Who signs in for an organisation, and as what."},
			{Name: "Users", Description: "People with an extension and a phone."},
			{Name: "Trunks", Description: "Lines to carriers and to other PBXs."},
			{Name: "DIDs", Description: "Phone numbers and where calls to them go."},
			{Name: "Queues", Description: "Callers waiting for the next free member."},
			{Name: "Outbound routes", Description: "Which trunk takes which dialled number."},
			{Name: "IVRs", Description: "Menus: press a key."},
			{Name: "Conferences", Description: "Rooms where everybody hears everybody. They belong to one organisation."},
			{Name: "AI agents", Description: "Programs elsewhere that answer calls."},
			{Name: "Compliance", Description: "How calls are recorded, kept and shown."},
			{Name: "Usage", Description: "How much of each limit is used."},
			{Name: callsTag, Description: "Calls that have ended. One is there some moments after it ended, and a call that was handed on is one."},
			{Name: apiKeysTag, Description: "Credentials beside the organisation's main one, each with a name and with no more rights than its scopes."},
			{Name: legalHoldsTag, Description: "What may not be deleted, whatever its age."},
			{Name: subjectRequestsTag, Description: "What people may ask about themselves: what is kept of their phone number, a copy of it, and to erase it."},
			{Name: webhooksTag, Description: "Who is told of what happens, over HTTP. See docs/WEBHOOKS.md."},
			{Name: recordingsTag, Description: "What was recorded of calls, and by which right. Whoever reads any of it is in the trail."},
			{Name: auditTag, Description: "Who wrote what, or tried to. Nobody can change it."},
			{Name: "Configuration", Description: "Keeping the PBX in step."},
			{Name: "Server", Description: "For whoever runs the server."},
		},
		Components: &huma.Components{
			Schemas:         huma.NewMapRegistry(schemaPrefix, schemaName),
			SecuritySchemes: securitySchemes(),
			Responses:       map[string]*huma.Response{},
		},
	}
	doc.Components.Schemas.RegisterTypeAlias(reflect.TypeFor[limits.Limit](), reflect.TypeFor[*int]())
	return doc
}

func securitySchemes() map[string]*huma.SecurityScheme {
	return map[string]*huma.SecurityScheme{
		schemeKey:    {Type: "apiKey", In: "header", Name: "X-API-Key", Description: "An organisation's API key, beside its secret."},
		schemeSecret: {Type: "apiKey", In: "header", Name: "X-API-Secret", Description: "The secret of the API key."},
		schemeBasic:  {Type: "http", Scheme: "basic", Description: "The administrator's name and password, or an organisation's API key and secret."},
		schemeBearer: {Type: "http", Scheme: "bearer", Description: "A token from POST /admin/auth, POST /auth/login or POST /auth/user-login."},
	}
}

// describe writes an operation down for the document and the router.
func (a *API) describe(op operation, req, resp reflect.Type) *huma.Operation {
	described := &huma.Operation{
		OperationID: op.id,
		Method:      op.method,
		Path:        op.path,
		Tags:        []string{op.tag},
		Summary:     op.summary,
		Description: strings.TrimSpace(op.describe() + " " + op.description),
		Security:    op.access.security(),
		Parameters:  op.parameters(),
		Responses:   map[string]*huma.Response{},
	}
	if p := op.permission(); p != "" {
		described.Extensions = map[string]any{"x-permission": p, "x-roles": p.Roles()}
	}
	if req != reflect.TypeFor[nothing]() {
		described.RequestBody = a.requestBody(op, req, resp)
	}
	described.Responses[strconv.Itoa(op.successStatus())] = a.success(op, resp)
	if op.file {
		part := *described.Responses[strconv.Itoa(http.StatusOK)]
		part.Description = "The part that Range asks for."
		described.Responses[strconv.Itoa(http.StatusPartialContent)] = &part
	}
	for _, status := range op.failures() {
		described.Responses[strconv.Itoa(status)] = a.failure(status)
	}
	return described
}

var pathParam = regexp.MustCompile(`\{(\w+)\}`)

func (op operation) parameters() []*huma.Param {
	var params []*huma.Param
	for _, match := range pathParam.FindAllStringSubmatch(op.path, -1) {
		params = append(params, &huma.Param{
			Name: match[1], In: "path", Required: true, Description: "The object's id.",
			Schema: &huma.Schema{Type: huma.TypeString}, Example: "01998f3a-7c1e-7d2b-9a41-3f5b8c2d1e07",
		})
	}
	params = append(params, op.query...)
	if op.access == organizations {
		params = append(params, &huma.Param{
			Name: "X-Organization-ID", In: "header", Schema: &huma.Schema{Type: huma.TypeString},
			Description: "The organisation the platform administrator acts on. An organisation needs none.",
		})
	}
	if op.file {
		params = append(params, &huma.Param{
			Name: "Range", In: "header", Schema: &huma.Schema{Type: huma.TypeString}, Example: "bytes=0-65535",
			Description: "The part of the file that is asked for; all of it when missing.",
		})
	}
	if op.keyed() {
		params = append(params, keyParam())
	}
	if op.ifMatch {
		params = append(params, &huma.Param{
			Name: "If-Match", In: "header", Schema: &huma.Schema{Type: huma.TypeString}, Example: `"3"`,
			Description: "The ETag of the version the caller has seen: the object is left alone if it changed since.",
		})
	}
	return params
}

func (a *API) requestBody(op operation, req, resp reflect.Type) *huma.RequestBody {
	schema := a.schema(req)
	if op.change {
		schema = a.changeSchema(schema, req, resp)
	}
	if len(op.required) > 0 {
		schema = &huma.Schema{AllOf: []*huma.Schema{schema, {Required: op.required}}}
	}
	return &huma.RequestBody{
		Required: true,
		Content:  map[string]*huma.MediaType{"application/json": {Schema: schema, Example: op.example}},
	}
}

func (a *API) success(op operation, resp reflect.Type) *huma.Response {
	r := &huma.Response{
		Description: http.StatusText(op.successStatus()),
		Headers:     map[string]*huma.Param{"X-Request-ID": requestIDHeader()},
	}
	if op.keyed() {
		r.Headers[replayedHeader] = replayedParam()
	}
	if op.etag {
		r.Headers["ETag"] = &huma.Param{
			Description: "The version of the object, for If-Match.",
			Schema:      &huma.Schema{Type: huma.TypeString}, Example: `"3"`,
		}
	}
	if resp != reflect.TypeFor[nothing]() {
		r.Content = map[string]*huma.MediaType{"application/json": {Schema: a.schema(resp)}}
	}
	if op.lines {
		r.Content = map[string]*huma.MediaType{"application/x-ndjson": {Schema: a.schema(resp)}}
	}
	if op.archive {
		r.Content = map[string]*huma.MediaType{"application/zip": {Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}}}
	}
	if op.file {
		r.Content = map[string]*huma.MediaType{"audio/wav": {Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}}}
	}
	if op.text {
		r.Content["text/plain"] = &huma.MediaType{Schema: &huma.Schema{Type: huma.TypeString}}
	}
	return r
}

func (a *API) schema(t reflect.Type) *huma.Schema {
	return a.huma.OpenAPI().Components.Schemas.Schema(t, true, "")
}

// failures returns the statuses an operation can fail with.
func (op operation) failures() []int {
	statuses := append([]int{http.StatusInternalServerError}, op.problems...)
	if op.access != anyone {
		statuses = append(statuses, http.StatusBadRequest, http.StatusUnauthorized, http.StatusForbidden)
	}
	if op.access == organizations || op.access == members || strings.Contains(op.path, "{") {
		statuses = append(statuses, http.StatusNotFound)
	}
	if op.takesBody() {
		statuses = append(statuses, http.StatusBadRequest, http.StatusRequestTimeout,
			http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType)
	}
	if op.keyed() {
		statuses = append(statuses, http.StatusConflict)
	}
	if op.limited() {
		statuses = append(statuses, http.StatusTooManyRequests)
	}
	if op.file {
		statuses = append(statuses, http.StatusPreconditionFailed, http.StatusRequestedRangeNotSatisfiable)
	}
	if op.ifMatch {
		statuses = append(statuses, http.StatusBadRequest, http.StatusPreconditionFailed)
	}
	// Every operation refuses fields or parameters that it does not know.
	statuses = append(statuses, http.StatusUnprocessableEntity)
	slices.Sort(statuses)
	return slices.Compact(statuses)
}

// failure returns a reference to the response of a status, which is described
// once.
func (a *API) failure(status int) *huma.Response {
	responses := a.huma.OpenAPI().Components.Responses
	name := strings.ReplaceAll(http.StatusText(status), " ", "")
	if responses[name] == nil {
		about := failureDocs[status]
		headers := map[string]*huma.Param{"X-Request-ID": requestIDHeader()}
		if status == http.StatusUnauthorized {
			headers["WWW-Authenticate"] = &huma.Param{Description: "The schemes that are taken.", Schema: &huma.Schema{Type: huma.TypeString}}
		}
		if status == http.StatusTooManyRequests || status == http.StatusConflict {
			headers["Retry-After"] = &huma.Param{Description: "Seconds to wait.", Schema: &huma.Schema{Type: huma.TypeInteger}}
		}
		example := *about.example
		example.RequestID = "6QZ4VJ3PQ2T5XW7K"
		responses[name] = &huma.Response{
			Description: about.description,
			Headers:     headers,
			Content: map[string]*huma.MediaType{
				"application/problem+json": {Schema: a.schema(reflect.TypeFor[problem]()), Example: example},
			},
		}
	}
	return &huma.Response{Ref: "#/components/responses/" + name}
}

func requestIDHeader() *huma.Param {
	return &huma.Param{Description: "Names this request in the server's log.", Schema: &huma.Schema{Type: huma.TypeString}}
}
