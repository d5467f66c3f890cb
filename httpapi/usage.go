package httpapi

import (
	"net/http"

	"github.com/orgpbx/orgpbx/limits"
	"github.com/orgpbx/orgpbx/org"
)

type usageResponse struct {
	Users  usageOfOne `json:"users"`
	DIDs   usageOfOne `json:"dids"`
	Trunks usageOfOne `json:"trunks"`
	Queues usageOfOne `json:"queues"`
}

type usageOfOne struct {
	Used  int          `json:"used" example:"40"`
	Limit limits.Limit `json:"limit" doc:"null is unlimited." example:"50"`
	Level limits.Level `json:"level" enum:"ok,near,over" doc:"near from 80 % of the limit on; over after the limit was lowered below the use." example:"near"`
}

func (a *API) registerUsage() {
	register(a, operation{
		id: "get-usage", method: http.MethodGet, path: basePath + "/usage", access: organizations,
		tag: "Usage", summary: "Read how much of each quota is used",
	}, func(c *call, _ nothing) (reply[usageResponse], error) {
		o, err := c.organization()
		if err != nil {
			return reply[usageResponse]{}, err
		}
		return a.usage(c, o)
	})
	register(a, operation{
		id: "get-organization-usage", method: http.MethodGet, path: organizationsPath + "/{id}/usage", access: administrators,
		tag: "Usage", summary: "Read how much of each quota an organisation uses",
	}, func(c *call, _ nothing) (reply[usageResponse], error) {
		id, err := c.pathID("id")
		if err != nil {
			return reply[usageResponse]{}, err
		}
		o, err := a.config.Organizations.Get(c.ctx(), id)
		if err != nil {
			return reply[usageResponse]{}, err
		}
		return a.usage(c, o)
	})
}

func (a *API) usage(c *call, o org.Organization) (reply[usageResponse], error) {
	list, err := a.config.Resources.Usage(c.ctx(), o)
	if err != nil {
		return reply[usageResponse]{}, err
	}
	var out usageResponse
	into := map[limits.Kind]*usageOfOne{
		limits.Users: &out.Users, limits.DIDs: &out.DIDs, limits.Trunks: &out.Trunks, limits.Queues: &out.Queues,
	}
	for _, u := range list {
		if one := into[u.Kind]; one != nil {
			*one = usageOfOne{Used: u.Used, Limit: u.Limit, Level: u.Level}
		}
	}
	return reply[usageResponse]{body: out}, nil
}
