package resource

import "github.com/orgpbx/orgpbx/limits"

// Trunk is a line to a carrier or to another PBX.
type Trunk struct {
	Meta
	Name string    `json:"name" validate:"label"` // unique in the organisation, ignoring case
	Type TrunkType `json:"trunk_type" validate:"oneof=outbound inbound peer2peer"`
	// Host and Port are where the other side is. An inbound trunk has none: it
	// registers with us.
	Host      string    `json:"host" validate:"required_unless=Type inbound,omitempty,host"`
	Port      int       `json:"port" validate:"min=1,max=65535"`
	Transport Transport `json:"transport" validate:"oneof=udp tcp tls"`
	Username  string    `json:"username" validate:"required_unless=Type peer2peer,omitempty,sipuser"`
	// Password is sealed; see [Sealer]. The service takes it in clear beside
	// the trunk and never gives it back.
	Password Sealed `json:"-"`
	// MaxChannels is the most calls on this trunk at a time.
	MaxChannels   limits.Limit `json:"max_channels"`
	RetryInterval int          `json:"retry_interval" validate:"min=1,max=3600"` // seconds between tries to register
	Expiration    int          `json:"expiration" validate:"min=60,max=86400"`   // seconds a registration lasts
	ContactUser   string       `json:"contact_user" validate:"omitempty,sipuser"`
	FromDomain    string       `json:"from_domain" validate:"omitempty,host"`
}

// TrunkType says which side registers.
type TrunkType string

// The trunk types.
const (
	OutboundTrunk   TrunkType = "outbound"  // we register with them
	InboundTrunk    TrunkType = "inbound"   // they register with us
	PeerToPeerTrunk TrunkType = "peer2peer" // nobody registers: known by address
)

// Transport is what SIP is carried by.
type Transport string

// The transports.
const (
	UDP Transport = "udp"
	TCP Transport = "tcp"
	TLS Transport = "tls"
)

// TrunkDefaults returns a trunk with the values of fields a caller left out:
// port 5060, UDP, unlimited channels, a retry every 60 s, registrations of an
// hour.
func TrunkDefaults() Trunk {
	return Trunk{Port: 5060, Transport: UDP, MaxChannels: limits.Unlimited(), RetryInterval: 60, Expiration: 3600}
}
