package resource

import (
	"context"
	"regexp"

	"github.com/orgpbx/orgpbx/limits"
	"github.com/orgpbx/orgpbx/org"
)

// Trunk is a line to a carrier or to another PBX.
type Trunk struct {
	Meta
	Name string    `json:"name" validate:"required,label"` // unique in the organisation, ignoring case
	Type TrunkType `json:"trunk_type" validate:"required,oneof=outbound inbound peer2peer"`
	// Host and Port are where the other side is. An inbound trunk has none: it
	// registers with us.
	Host      string    `json:"host" validate:"required_unless=Type inbound,omitempty,host"`
	Port      int       `json:"port" validate:"min=1,max=65535"`
	Transport Transport `json:"transport" validate:"oneof=udp tcp tls"`
	Username  string    `json:"username" validate:"required_unless=Type peer2peer,omitempty,sipuser"`
	// Password is sealed by [Service.SealTrunkPassword]. Only the PBX ever sees
	// it in clear again.
	Password Sealed `json:"-"`
	// MaxChannels is the most calls on this trunk at a time.
	MaxChannels   limits.Limit `json:"max_channels"`
	RetryInterval int          `json:"retry_interval" validate:"min=1,max=3600"` // seconds between tries to register
	Expiration    int          `json:"expiration" validate:"min=60,max=86400"`   // seconds a registration lasts
	ContactUser   string       `json:"contact_user" validate:"omitempty,sipuser"`
	FromDomain    string       `json:"from_domain" validate:"omitempty,host"`

	// SIPUsername is what the other side of an inbound trunk registers as: the
	// Username behind the organisation's prefix, because two organisations may
	// choose the same. It is the name of the endpoint in Asterisk. The service
	// sets it; it is empty for the other types.
	SIPUsername string `json:"-"`
}

// inboundUsername keeps to what may be in the name of an endpoint, so that no
// two user names give the same one.
var inboundUsername = regexp.MustCompile(`^[A-Za-z0-9+][A-Za-z0-9._+]{0,49}$`)

// checkRegistration checks what a trunk needs where one side registers.
func checkRegistration(t *Trunk) error {
	var username, password error
	if t.Type == InboundTrunk && !inboundUsername.MatchString(t.Username) {
		username = org.Invalid("username", "sipuser", "must be 1 to 50 letters, digits or ._+ where the other side registers")
	}
	if t.Type != PeerToPeerTrunk && len(t.Password) == 0 {
		password = org.Invalid("password", "required", "is required where one side registers")
	}
	return org.JoinInvalid(username, password)
}

// nameInbound gives an inbound trunk its SIP user name, which no other trunk
// of the organisation may have.
func nameInbound(ctx context.Context, tx Tx, organizationID string, t *Trunk) error {
	t.SIPUsername = ""
	if t.Type != InboundTrunk {
		return nil
	}
	t.SIPUsername = tx.Organization().ContextPrefix + "-in-" + t.Username
	snapshot, err := tx.Snapshot(ctx, organizationID)
	if err != nil {
		return err
	}
	for _, other := range snapshot.Trunks {
		if other.SIPUsername == t.SIPUsername && other.ID != t.ID {
			return &org.DuplicateError{Field: "username"}
		}
	}
	return nil
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
