package httpapi

import "github.com/orgpbx/orgpbx/resource"

type queueRequest struct {
	Name             field[string]                `json:"name" doc:"Unique in the organisation, ignoring case." example:"reception"`
	Number           field[string]                `json:"number" doc:"What to dial: 2 to 6 digits, unique among everything of the organisation that can be dialled, and no emergency number." example:"6000"`
	Strategy         field[resource.Strategy]     `json:"strategy" enum:"ringall,leastrecent,fewestcalls,random,rrmemory,linear" doc:"The order members ring in; ringall when left out." example:"ringall"`
	Timeout          field[int]                   `json:"timeout" minimum:"1" maximum:"600" doc:"Seconds a member rings; 15 when left out." example:"15"`
	Retry            field[int]                   `json:"retry" minimum:"0" maximum:"600" doc:"Seconds until the next try; 5 when left out." example:"5"`
	MaxWait          field[int]                   `json:"max_wait" minimum:"1" maximum:"7200" doc:"Seconds a caller waits at most; 300 when left out." example:"300"`
	MusicOnHold      field[string]                `json:"music_on_hold" doc:"A music class of the PBX; default when left out." example:"default"`
	RecordingEnabled field[bool]                  `json:"recording_enabled" doc:"Record the calls that pass the queue, if the organisation records; false when left out." example:"false"`
	Overflow         nullable[destinationRequest] `json:"overflow" doc:"Where a caller goes after max_wait; null, and when left out, ends the call. It must not lead back here, through other queues and fallbacks of IVRs either."`
}

type queueResponse struct {
	resourceHead
	Name             string               `json:"name" example:"reception"`
	Number           string               `json:"number" example:"6000"`
	Strategy         resource.Strategy    `json:"strategy" enum:"ringall,leastrecent,fewestcalls,random,rrmemory,linear" example:"ringall"`
	Timeout          int                  `json:"timeout" doc:"Seconds." example:"15"`
	Retry            int                  `json:"retry" doc:"Seconds." example:"5"`
	MaxWait          int                  `json:"max_wait" doc:"Seconds." example:"300"`
	MusicOnHold      string               `json:"music_on_hold" example:"default"`
	RecordingEnabled bool                 `json:"recording_enabled" example:"false"`
	Overflow         *destinationResponse `json:"overflow" doc:"null ends the call."`
}

func (r queueRequest) apply(q *resource.Queue) {
	r.Name.into(&q.Name)
	r.Number.into(&q.Number)
	r.Strategy.into(&q.Strategy)
	r.Timeout.into(&q.Timeout)
	r.Retry.into(&q.Retry)
	r.MaxWait.into(&q.MaxWait)
	r.MusicOnHold.into(&q.MusicOnHold)
	r.RecordingEnabled.into(&q.RecordingEnabled)
	intoDestination(r.Overflow, &q.Overflow)
}

func showQueue(q resource.Queue, config *configState) queueResponse {
	return queueResponse{
		resourceHead:     showHead(q.Meta, config),
		Name:             q.Name,
		Number:           q.Number,
		Strategy:         q.Strategy,
		Timeout:          q.Timeout,
		Retry:            q.Retry,
		MaxWait:          q.MaxWait,
		MusicOnHold:      q.MusicOnHold,
		RecordingEnabled: q.RecordingEnabled,
		Overflow:         showDestination(q.Overflow),
	}
}

func (a *API) registerQueues() {
	queues := resourceKind[resource.Queue, queueRequest, queueResponse]{
		tag: "Queues", path: "/queues", id: "queue", name: "a queue", plural: "queues",
		required: []string{"name", "number"},
		set:      a.config.Resources.Queues(),
		apply:    func(_ string, req queueRequest, q *resource.Queue) error { req.apply(q); return nil },
		meta:     func(q resource.Queue) resource.Meta { return q.Meta },
		show:     showQueue,
	}
	registerResource(a, queues)
	registerCreate(a, queues, "Members are added one by one at /queues/{id}/members.",
		createPlain(queues, a.config.Resources.Queues(), resource.QueueDefaults))
}
