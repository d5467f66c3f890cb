package httpapi

import (
	"github.com/orgpbx/orgpbx/limits"
	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/resource"
)

type trunkRequest struct {
	Name          field[string]             `json:"name" doc:"Unique in the organisation, ignoring case." example:"carrier-a"`
	Type          field[resource.TrunkType] `json:"trunk_type" enum:"outbound,inbound,peer2peer" doc:"outbound: we register with them; inbound: they register with us; peer2peer: known by address." example:"outbound"`
	Host          nullable[string]          `json:"host" doc:"Where the other side is; not for inbound trunks." example:"sip.carrier.example"`
	Port          field[int]                `json:"port" minimum:"1" maximum:"65535" doc:"5060 when left out." example:"5060"`
	Transport     field[resource.Transport] `json:"transport" enum:"udp,tcp,tls" doc:"udp when left out." example:"udp"`
	Username      nullable[string]          `json:"username" doc:"Needed where one side registers." example:"acct-4711"`
	Password      nullable[org.Secret]      `json:"password" writeOnly:"true" doc:"Needed where one side registers. It is never answered." example:"correct-horse-battery"`
	MaxChannels   nullable[limits.Limit]    `json:"max_channels" doc:"The most calls at a time; null, and when left out, for unlimited." example:"30"`
	RetryInterval field[int]                `json:"retry_interval" minimum:"1" maximum:"3600" doc:"Seconds between tries to register; 60 when left out." example:"60"`
	Expiration    field[int]                `json:"expiration" minimum:"60" maximum:"86400" doc:"Seconds a registration lasts; 3600 when left out." example:"3600"`
	ContactUser   nullable[string]          `json:"contact_user" example:"914440001000"`
	FromDomain    nullable[string]          `json:"from_domain" example:"carrier.example"`
}

type trunkResponse struct {
	resourceHead
	Name          string             `json:"name" example:"carrier-a"`
	Type          resource.TrunkType `json:"trunk_type" enum:"outbound,inbound,peer2peer" example:"outbound"`
	Host          string             `json:"host" example:"sip.carrier.example"`
	Port          int                `json:"port" example:"5060"`
	Transport     resource.Transport `json:"transport" enum:"udp,tcp,tls" example:"udp"`
	Username      string             `json:"username" example:"acct-4711"`
	MaxChannels   limits.Limit       `json:"max_channels" doc:"null is unlimited." example:"30"`
	RetryInterval int                `json:"retry_interval" doc:"Seconds." example:"60"`
	Expiration    int                `json:"expiration" doc:"Seconds." example:"3600"`
	ContactUser   string             `json:"contact_user" example:"914440001000"`
	FromDomain    string             `json:"from_domain" example:"carrier.example"`
	SIPUsername   string             `json:"sip_username,omitempty" doc:"What the other side of an inbound trunk registers as: username behind the organisation's prefix." example:"k3vq7xw2ma-in-branch"`
}

func (a *API) registerTrunks() {
	trunks := resourceKind[resource.Trunk, trunkRequest, trunkResponse]{
		tag: "Trunks", path: "/trunks", id: "trunk", name: "a trunk", plural: "trunks",
		required: []string{"name", "trunk_type"},
		set:      a.config.Resources.Trunks(),
		apply:    a.applyTrunk,
		meta:     func(t resource.Trunk) resource.Meta { return t.Meta },
		show:     showTrunk,
	}
	registerResource(a, trunks)
	registerCreate(a, trunks, "The password is kept encrypted and never answered.",
		createPlain(trunks, a.config.Resources.Trunks(), resource.TrunkDefaults))
}

func (a *API) applyTrunk(organizationID string, r trunkRequest, t *resource.Trunk) error {
	r.Name.into(&t.Name)
	r.Type.into(&t.Type)
	r.Host.into(&t.Host)
	r.Port.into(&t.Port)
	r.Transport.into(&t.Transport)
	r.Username.into(&t.Username)
	r.MaxChannels.into(&t.MaxChannels)
	r.RetryInterval.into(&t.RetryInterval)
	r.Expiration.into(&t.Expiration)
	r.ContactUser.into(&t.ContactUser)
	r.FromDomain.into(&t.FromDomain)
	if !r.Password.given {
		return nil
	}
	sealed, err := a.config.Resources.SealTrunkPassword(organizationID, r.Password.value)
	if err != nil { // the service never sees this trunk: what else is wrong with it is said here
		return org.JoinInvalid(org.Validate(*t), err)
	}
	t.Password = sealed
	return nil
}

func showTrunk(t resource.Trunk, config *configState) trunkResponse {
	return trunkResponse{
		resourceHead:  showHead(t.Meta, config),
		Name:          t.Name,
		Type:          t.Type,
		Host:          t.Host,
		Port:          t.Port,
		Transport:     t.Transport,
		Username:      t.Username,
		MaxChannels:   t.MaxChannels,
		RetryInterval: t.RetryInterval,
		Expiration:    t.Expiration,
		ContactUser:   t.ContactUser,
		FromDomain:    t.FromDomain,
		SIPUsername:   t.SIPUsername,
	}
}
