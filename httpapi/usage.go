package httpapi

import (
	"net/http"
	"time"

	"github.com/orgpbx/orgpbx/limits"
	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/resource/cdr"
)

type usageResponse struct {
	Users  usageOfOne `json:"users"`
	DIDs   usageOfOne `json:"dids"`
	Trunks usageOfOne `json:"trunks"`
	Queues usageOfOne `json:"queues"`

	ConcurrentCalls concurrentUsage `json:"concurrent_calls" doc:"Calls over trunks at this moment."`
	MonthlyMinutes  minutesUsage    `json:"monthly_minutes" doc:"Calls over trunks, in and out, since the month began in the organisation's time zone. Advisory: nothing is ever refused for it."`
	StorageGB       storageUsage    `json:"storage_gb" doc:"Recordings and voicemail, as they were measured some minutes ago. Advisory."`
}

type usageOfOne struct {
	Used  int          `json:"used" example:"40"`
	Limit limits.Limit `json:"limit" doc:"null is unlimited." example:"50"`
	Level limits.Level `json:"level" enum:"ok,near,over" doc:"near from 80 % of the limit on; over after the limit was lowered below the use." example:"near"`
}

type concurrentUsage struct {
	Used  *int          `json:"used" doc:"null while the PBX does not say." example:"12"`
	Limit limits.Limit  `json:"limit" doc:"null is unlimited." example:"30"`
	Level *limits.Level `json:"level" enum:"ok,near,over" doc:"near from 80 % of the limit on; null with used." example:"ok"`
}

type minutesUsage struct {
	Used      int          `json:"used" doc:"Rounded up once, not call by call." example:"41200"`
	Limit     limits.Limit `json:"limit" doc:"null is unlimited." example:"50000"`
	Level     limits.Level `json:"level" enum:"ok,near,over" doc:"near from 80 % of the limit on, over above it." example:"near"`
	RunsOutOn *string      `json:"runs_out_on" format:"date" doc:"The day on which the limit is reached if the month goes on as it began; null when it is not this month, when it is reached already, and on the first day of a month." example:"2026-01-27"`
}

type storageUsage struct {
	Used  *float64      `json:"used" doc:"Gigabytes of 10^9 bytes; null until it was measured." example:"12.5"`
	Bytes *int64        `json:"bytes" doc:"The same in bytes." example:"12500000000"`
	Limit limits.Limit  `json:"limit" doc:"null is unlimited." example:"50"`
	Level *limits.Level `json:"level" enum:"ok,near,over" doc:"near from 80 % of the limit on, over above it; null with used." example:"ok"`
}

func (a *API) registerUsage() {
	register(a, operation{
		id: "get-usage", method: http.MethodGet, path: basePath + "/usage", access: organizations,
		tag: "Usage", summary: "Read how much of each limit is used",
	}, func(c *call, _ nothing) (reply[usageResponse], error) {
		o, err := c.organization()
		if err != nil {
			return reply[usageResponse]{}, err
		}
		return a.usage(c, o)
	})
	register(a, operation{
		id: "get-organization-usage", method: http.MethodGet, path: organizationsPath + "/{id}/usage", access: administrators,
		tag: "Usage", summary: "Read how much of each limit an organisation uses",
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
	calls, err := a.config.Calls.Usage(c.ctx(), o)
	if err != nil {
		return reply[usageResponse]{}, err
	}
	out := usageResponse{
		ConcurrentCalls: showConcurrent(calls.Concurrent),
		MonthlyMinutes:  showMinutes(calls.Minutes),
		StorageGB:       showStorage(calls.Storage),
	}
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

func showConcurrent(u cdr.ConcurrentUsage) concurrentUsage {
	shown := concurrentUsage{Limit: u.Limit}
	if u.Known {
		shown.Used, shown.Level = &u.Used, &u.Level
	}
	return shown
}

func showMinutes(u cdr.MinutesUsage) minutesUsage {
	shown := minutesUsage{Used: u.Used, Limit: u.Limit, Level: u.Level}
	if !u.RunsOutOn.IsZero() {
		day := u.RunsOutOn.Format(time.DateOnly)
		shown.RunsOutOn = &day
	}
	return shown
}

func showStorage(u cdr.StorageUsage) storageUsage {
	shown := storageUsage{Limit: u.Limit}
	if u.Known {
		gigabytes := float64(u.Bytes) / 1e9
		shown.Used, shown.Bytes, shown.Level = &gigabytes, &u.Bytes, &u.Level
	}
	return shown
}
