package bunstore

import (
	"github.com/uptrace/bun"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/resource"
)

type ivrRow struct {
	bun.BaseModel `bun:"table:orgpbx_ivrs,alias:t"`
	metaRow

	Name                string                     `bun:"name"`
	NameKey             string                     `bun:"name_key"`
	Number              string                     `bun:"number"`
	Greeting            string                     `bun:"greeting"`
	Timeout             int                        `bun:"timeout"`
	Options             map[string]destinationJSON `bun:"options,type:jsonb"`
	FallbackType        *string                    `bun:"fallback_type"`
	FallbackDestination *string                    `bun:"fallback_destination"`
}

// destinationJSON is how a destination is stored inside a column.
type destinationJSON struct {
	Type   resource.DestinationType `json:"type"`
	Number string                   `json:"destination"`
}

func newIVRRow(organizationID string, i resource.IVR) *ivrRow {
	row := &ivrRow{
		metaRow:  newMetaRow(organizationID, i.Meta),
		Name:     i.Name,
		NameKey:  org.NameKey(i.Name),
		Number:   i.Number,
		Greeting: i.Greeting,
		Timeout:  i.Timeout,
		Options:  make(map[string]destinationJSON, len(i.Options)), // nil would be stored as null
	}
	for key, d := range i.Options {
		row.Options[key] = destinationJSON(d)
	}
	row.FallbackType, row.FallbackDestination = columns(i.Fallback)
	return row
}

func (r *ivrRow) ivr() resource.IVR {
	i := resource.IVR{
		Meta:     r.meta(),
		Name:     r.Name,
		Number:   r.Number,
		Greeting: r.Greeting,
		Timeout:  r.Timeout,
		Fallback: destination(r.FallbackType, r.FallbackDestination),
	}
	if len(r.Options) > 0 {
		i.Options = make(map[string]resource.Destination, len(r.Options))
	}
	for key, d := range r.Options {
		i.Options[key] = resource.Destination(d)
	}
	return i
}

type conferenceRow struct {
	bun.BaseModel `bun:"table:orgpbx_conferences,alias:t"`
	metaRow

	Name       string `bun:"name"`
	NameKey    string `bun:"name_key"`
	Number     string `bun:"number"`
	PIN        string `bun:"pin"`
	MaxMembers int    `bun:"max_members"`
}

func newConferenceRow(organizationID string, c resource.Conference) *conferenceRow {
	return &conferenceRow{
		metaRow:    newMetaRow(organizationID, c.Meta),
		Name:       c.Name,
		NameKey:    org.NameKey(c.Name),
		Number:     c.Number,
		PIN:        c.PIN,
		MaxMembers: c.MaxMembers,
	}
}

func (r *conferenceRow) conference() resource.Conference {
	return resource.Conference{Meta: r.meta(), Name: r.Name, Number: r.Number, PIN: r.PIN, MaxMembers: r.MaxMembers}
}

type agentRow struct {
	bun.BaseModel `bun:"table:orgpbx_ai_agents,alias:t"`
	metaRow

	Name     string `bun:"name"`
	NameKey  string `bun:"name_key"`
	Number   string `bun:"number"`
	Protocol string `bun:"protocol"`
	Address  string `bun:"address"`
}

func newAgentRow(organizationID string, a resource.AIAgent) *agentRow {
	return &agentRow{
		metaRow:  newMetaRow(organizationID, a.Meta),
		Name:     a.Name,
		NameKey:  org.NameKey(a.Name),
		Number:   a.Number,
		Protocol: string(a.Protocol),
		Address:  a.Address,
	}
}

func (r *agentRow) agent() resource.AIAgent {
	return resource.AIAgent{
		Meta: r.meta(), Name: r.Name, Number: r.Number,
		Protocol: resource.AIAgentProtocol(r.Protocol), Address: r.Address,
	}
}
