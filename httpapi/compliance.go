package httpapi

import (
	"errors"
	"net/http"
	"strings"

	"github.com/orgpbx/orgpbx/org"
)

type changedComplianceResponse struct {
	complianceResponse
	Config *configState `json:"config,omitempty" doc:"How far the PBX is."`
}

func (a *API) registerCompliance() {
	register(a, operation{
		id: "get-compliance", method: http.MethodGet, path: basePath + "/compliance", access: organizations,
		tag: "Compliance", summary: "Read how calls are recorded, kept and shown",
		description: "It has the version of the organisation.", etag: true,
	}, a.getCompliance)
	register(a, operation{
		id: "put-compliance", method: http.MethodPut, path: basePath + "/compliance", access: organizations,
		tag: "Compliance", summary: "Change how calls are recorded, kept and shown",
		description: "Fields that are left out stay. " + asksFirst, query: confirmParams(), change: true, ifMatch: true, etag: true,
		problems: []int{http.StatusConflict},
	}, a.putCompliance)
}

func (a *API) getCompliance(c *call, _ nothing) (reply[complianceResponse], error) {
	o, err := c.organization()
	return reply[complianceResponse]{body: complianceResponse(o.Compliance), version: o.Version}, err
}

func (a *API) putCompliance(c *call, req complianceRequest) (reply[changedComplianceResponse], error) {
	version, err := c.ifMatch()
	if err != nil {
		return reply[changedComplianceResponse]{}, err
	}
	o, err := c.updateOrganization(c.organizationID, version, func(p *org.Profile) error {
		req.apply(&p.Compliance)
		return nil
	})
	if err != nil {
		return reply[changedComplianceResponse]{}, aboutCompliance(err)
	}
	return reply[changedComplianceResponse]{
		body:    changedComplianceResponse{complianceResponse(o.Compliance), c.settle(o.ID)},
		version: o.Version,
	}, nil
}

// aboutCompliance renames the fields of an error about an organisation to
// those of the request about its compliance.
func aboutCompliance(err error) error {
	var broken *org.InvalidError
	if !errors.As(err, &broken) {
		return err
	}
	inside := func(field string) string { return strings.TrimPrefix(field, "compliance.") }
	return &org.InvalidError{Fields: renamed(broken.Fields, inside)}
}
