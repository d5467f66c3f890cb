package bunstore

import (
	"time"

	"github.com/uptrace/bun"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/resource"
)

// metaRow are the columns that every resource has.
type metaRow struct {
	OrganizationID string    `bun:"organization_id,pk"`
	ID             string    `bun:"id,pk"`
	Version        int64     `bun:"version"`
	CreatedAt      time.Time `bun:"created_at"`
	UpdatedAt      time.Time `bun:"updated_at"`
}

func newMetaRow(organizationID string, m resource.Meta) metaRow {
	return metaRow{
		OrganizationID: organizationID,
		ID:             m.ID,
		Version:        m.Version,
		CreatedAt:      m.CreatedAt,
		UpdatedAt:      m.UpdatedAt,
	}
}

func (r metaRow) meta() resource.Meta {
	return resource.Meta{ID: r.ID, Version: r.Version, CreatedAt: r.CreatedAt.UTC(), UpdatedAt: r.UpdatedAt.UTC()}
}

type userRow struct {
	bun.BaseModel `bun:"table:orgpbx_users,alias:t"`
	metaRow

	Extension        string `bun:"extension"`
	Username         string `bun:"username"`
	Email            string `bun:"email"`
	FullName         string `bun:"full_name"`
	Role             string `bun:"role"`
	RingTarget       string `bun:"ring_target"`
	PhoneNumber      string `bun:"phone_number"`
	VoicemailEnabled bool   `bun:"voicemail_enabled"`
	OutboundCallerID string `bun:"outbound_caller_id"`
	SIPUsername      string `bun:"sip_username"`
	SIPRealm         string `bun:"sip_realm"`
	SIPMD5           string `bun:"sip_md5"`
}

func newUserRow(organizationID string, u resource.User) *userRow {
	return &userRow{
		metaRow:          newMetaRow(organizationID, u.Meta),
		Extension:        u.Extension,
		Username:         u.Username,
		Email:            u.Email,
		FullName:         u.FullName,
		Role:             u.Role,
		RingTarget:       string(u.RingTarget),
		PhoneNumber:      u.PhoneNumber,
		VoicemailEnabled: u.VoicemailEnabled,
		OutboundCallerID: u.OutboundCallerID,
		SIPUsername:      u.SIP.Username,
		SIPRealm:         u.SIP.Realm,
		SIPMD5:           u.SIP.MD5,
	}
}

func (r *userRow) user() resource.User {
	return resource.User{
		Meta:             r.meta(),
		Extension:        r.Extension,
		Username:         r.Username,
		Email:            r.Email,
		FullName:         r.FullName,
		Role:             r.Role,
		RingTarget:       resource.RingTarget(r.RingTarget),
		PhoneNumber:      r.PhoneNumber,
		VoicemailEnabled: r.VoicemailEnabled,
		OutboundCallerID: r.OutboundCallerID,
		SIP:              resource.SIPCredential{Username: r.SIPUsername, Realm: r.SIPRealm, MD5: r.SIPMD5},
	}
}

type trunkRow struct {
	bun.BaseModel `bun:"table:orgpbx_trunks,alias:t"`
	metaRow

	Name          string `bun:"name"`
	NameKey       string `bun:"name_key"`
	Type          string `bun:"trunk_type"`
	Host          string `bun:"host"`
	Port          int    `bun:"port"`
	Transport     string `bun:"transport"`
	Username      string `bun:"username"`
	Password      []byte `bun:"password"`
	MaxChannels   *int   `bun:"max_channels"`
	RetryInterval int    `bun:"retry_interval"`
	Expiration    int    `bun:"expiration"`
	ContactUser   string `bun:"contact_user"`
	FromDomain    string `bun:"from_domain"`
	SIPUsername   string `bun:"sip_username"`
}

func newTrunkRow(organizationID string, t resource.Trunk) *trunkRow {
	return &trunkRow{
		metaRow:       newMetaRow(organizationID, t.Meta),
		Name:          t.Name,
		NameKey:       org.NameKey(t.Name),
		Type:          string(t.Type),
		Host:          t.Host,
		Port:          t.Port,
		Transport:     string(t.Transport),
		Username:      t.Username,
		Password:      t.Password,
		MaxChannels:   t.MaxChannels.Ptr(),
		RetryInterval: t.RetryInterval,
		Expiration:    t.Expiration,
		ContactUser:   t.ContactUser,
		FromDomain:    t.FromDomain,
		SIPUsername:   t.SIPUsername,
	}
}

func (r *trunkRow) trunk() resource.Trunk {
	return resource.Trunk{
		Meta:          r.meta(),
		Name:          r.Name,
		Type:          resource.TrunkType(r.Type),
		Host:          r.Host,
		Port:          r.Port,
		Transport:     resource.Transport(r.Transport),
		Username:      r.Username,
		Password:      r.Password,
		MaxChannels:   limit(r.MaxChannels),
		RetryInterval: r.RetryInterval,
		Expiration:    r.Expiration,
		ContactUser:   r.ContactUser,
		FromDomain:    r.FromDomain,
		SIPUsername:   r.SIPUsername,
	}
}

type didRow struct {
	bun.BaseModel `bun:"table:orgpbx_dids,alias:t"`
	metaRow

	Number             string `bun:"number"`
	TrunkID            string `bun:"trunk_id"`
	Description        string `bun:"description"`
	RoutingType        string `bun:"routing_type"`
	RoutingDestination string `bun:"routing_destination"`
	RecordingEnabled   bool   `bun:"recording_enabled"`
}

func newDIDRow(organizationID string, d resource.DID) *didRow {
	return &didRow{
		metaRow:            newMetaRow(organizationID, d.Meta),
		Number:             d.Number,
		TrunkID:            d.TrunkID,
		Description:        d.Description,
		RoutingType:        string(d.Routing.Type),
		RoutingDestination: d.Routing.Number,
		RecordingEnabled:   d.RecordingEnabled,
	}
}

func (r *didRow) did() resource.DID {
	return resource.DID{
		Meta:             r.meta(),
		Number:           r.Number,
		TrunkID:          r.TrunkID,
		Description:      r.Description,
		Routing:          resource.Destination{Type: resource.DestinationType(r.RoutingType), Number: r.RoutingDestination},
		RecordingEnabled: r.RecordingEnabled,
	}
}

type queueRow struct {
	bun.BaseModel `bun:"table:orgpbx_queues,alias:t"`
	metaRow

	Name                string       `bun:"name"`
	NameKey             string       `bun:"name_key"`
	Number              string       `bun:"number"`
	Strategy            string       `bun:"strategy"`
	Timeout             int          `bun:"timeout"`
	Retry               int          `bun:"retry"`
	MaxWait             int          `bun:"max_wait"`
	MusicOnHold         string       `bun:"music_on_hold"`
	RecordingEnabled    bool         `bun:"recording_enabled"`
	OverflowType        *string      `bun:"overflow_type"`
	OverflowDestination *string      `bun:"overflow_destination"`
	Members             []memberJSON `bun:"members,type:jsonb"`
}

// memberJSON is how a queue member is stored.
type memberJSON struct {
	UserID  string `json:"user_id"`
	Penalty int    `json:"penalty"`
}

func newQueueRow(organizationID string, q resource.Queue) *queueRow {
	row := &queueRow{
		metaRow:          newMetaRow(organizationID, q.Meta),
		Name:             q.Name,
		NameKey:          org.NameKey(q.Name),
		Number:           q.Number,
		Strategy:         string(q.Strategy),
		Timeout:          q.Timeout,
		Retry:            q.Retry,
		MaxWait:          q.MaxWait,
		MusicOnHold:      q.MusicOnHold,
		RecordingEnabled: q.RecordingEnabled,
		Members:          make([]memberJSON, len(q.Members)), // nil would be stored as null
	}
	for i, m := range q.Members {
		row.Members[i] = memberJSON(m)
	}
	row.OverflowType, row.OverflowDestination = columns(q.Overflow)
	return row
}

func (r *queueRow) queue() resource.Queue {
	q := resource.Queue{
		Meta:             r.meta(),
		Name:             r.Name,
		Number:           r.Number,
		Strategy:         resource.Strategy(r.Strategy),
		Timeout:          r.Timeout,
		Retry:            r.Retry,
		MaxWait:          r.MaxWait,
		MusicOnHold:      r.MusicOnHold,
		RecordingEnabled: r.RecordingEnabled,
	}
	for _, m := range r.Members {
		q.Members = append(q.Members, resource.QueueMember(m))
	}
	q.Overflow = destination(r.OverflowType, r.OverflowDestination)
	return q
}

// columns are the two of a destination that may be none.
func columns(d *resource.Destination) (kind, number *string) {
	if d == nil {
		return nil, nil
	}
	t, n := string(d.Type), d.Number
	return &t, &n
}

// destination reads what [columns] made.
func destination(kind, number *string) *resource.Destination {
	if kind == nil || number == nil {
		return nil
	}
	return &resource.Destination{Type: resource.DestinationType(*kind), Number: *number}
}

type routeRow struct {
	bun.BaseModel `bun:"table:orgpbx_outbound_routes,alias:t"`
	metaRow

	Name             string `bun:"name"`
	NameKey          string `bun:"name_key"`
	DialPattern      string `bun:"dial_pattern"`
	TrunkID          string `bun:"trunk_id"`
	Priority         int    `bun:"priority"`
	StripDigits      int    `bun:"strip_digits"`
	PrependDigits    string `bun:"prepend_digits"`
	CallerID         string `bun:"caller_id"`
	RecordingEnabled bool   `bun:"recording_enabled"`
}

func newRouteRow(organizationID string, r resource.OutboundRoute) *routeRow {
	return &routeRow{
		metaRow:          newMetaRow(organizationID, r.Meta),
		Name:             r.Name,
		NameKey:          org.NameKey(r.Name),
		DialPattern:      r.DialPattern,
		TrunkID:          r.TrunkID,
		Priority:         r.Priority,
		StripDigits:      r.StripDigits,
		PrependDigits:    r.PrependDigits,
		CallerID:         r.CallerID,
		RecordingEnabled: r.RecordingEnabled,
	}
}

func (r *routeRow) route() resource.OutboundRoute {
	return resource.OutboundRoute{
		Meta:             r.meta(),
		Name:             r.Name,
		DialPattern:      r.DialPattern,
		TrunkID:          r.TrunkID,
		Priority:         r.Priority,
		StripDigits:      r.StripDigits,
		PrependDigits:    r.PrependDigits,
		CallerID:         r.CallerID,
		RecordingEnabled: r.RecordingEnabled,
	}
}
