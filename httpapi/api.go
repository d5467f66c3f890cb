package httpapi

import (
	"fmt"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
	"github.com/rs/cors"

	"github.com/orgpbx/orgpbx/httpapi/caller"
)

const basePath = "/api/v1"

// API is the HTTP interface of the platform. It is an [http.Handler], safe for
// concurrent use, and starts nothing.
type API struct {
	config   Config
	sessions caller.Sessions
	mux      *http.ServeMux
	cors     *cors.Cors // nil: no page of another server may call
	huma     huma.API
	metrics  requestMetrics
	resets   chan struct{} // holds one for every password reset that is being mailed
}

// New returns the API. It returns an error when the configuration is not
// usable, or when its metrics registry already has these metrics.
func New(config Config) (*API, error) {
	if err := config.validate(); err != nil {
		return nil, err
	}
	a := &API{config: config.withDefaults(), mux: http.NewServeMux(), cors: newCORS(config.AllowedOrigins), resets: make(chan struct{}, resetsAtOnce)}
	a.sessions = caller.Sessions{
		Organizations: config.Organizations, Members: config.Members,
		Administrator: caller.NewAdministrator(config.AdminUsername, config.AdminPassword),
	}
	a.huma = humago.New(a.mux, huma.Config{
		OpenAPI: newOpenAPI(),
		Formats: map[string]huma.Format{"application/json": huma.DefaultJSONFormat},
	})
	var err error
	if a.metrics, err = newRequestMetrics(a.config.Metrics); err != nil {
		return nil, err
	}
	if err := a.config.Metrics.Register(newDriftMetric(a.config.Deployer.Drifted)); err != nil {
		return nil, fmt.Errorf("httpapi: register metrics: %w", err)
	}

	if err := a.config.Metrics.Register(newNoticeMetric(a.config.Calls.Notices)); err != nil {
		return nil, fmt.Errorf("httpapi: register metrics: %w", err)
	}

	if err := a.config.Metrics.Register(newPurgedMetric(a.config.Calls.Refused)); err != nil {
		return nil, fmt.Errorf("httpapi: register metrics: %w", err)
	}

	if err := a.config.Metrics.Register(newLimitMetric(a.config.Guard.Refused)); err != nil {
		return nil, fmt.Errorf("httpapi: register metrics: %w", err)
	}

	a.registerSessions()
	a.registerMemberLogin()
	a.registerPeople()
	a.registerOneself()
	a.registerOrganizations()
	a.registerNodes()
	a.registerUsers()
	a.registerTrunks()
	a.registerTrunkStates()
	a.registerDIDs()
	a.registerQueues()
	a.registerQueueMembers()
	a.registerOutboundRoutes()
	a.registerIVRs()
	a.registerConferences()
	a.registerAIAgents()
	a.registerCompliance()
	a.registerUsage()
	a.registerCalls()
	a.registerRecordings()
	a.registerAuditLog()
	a.registerWebhooks()
	a.registerAPIKeys()
	a.registerLegalHolds()
	a.registerSubjectRequests()
	a.registerRetention()
	a.registerConfiguration()
	a.registerHealth()
	if err := a.servePages(); err != nil { // last: the OpenAPI document is complete now
		return nil, err
	}
	return a, nil
}
