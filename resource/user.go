package resource

import (
	"crypto/md5" //nolint:gosec // the digest of RFC 2617, which SIP phones speak
	"encoding/hex"
	"strings"
	"time"

	"github.com/orgpbx/orgpbx/org"
)

// Meta is what every resource has beside its own fields. The service sets it.
type Meta struct {
	ID string `json:"id"` // UUIDv7
	// Version counts the edits, from 1. It is what If-Match compares.
	Version   int64     `json:"version"`
	CreatedAt time.Time `json:"created_at"`
	UpdatedAt time.Time `json:"updated_at"`
}

func (m Meta) id() string { return m.ID }

// User is a person with an extension and a phone.
type User struct {
	Meta
	// Extension is 2 to 6 digits, unique among everything of the organisation
	// that can be dialled.
	Extension string `json:"extension" validate:"required,extension"`
	// Username is unique in the organisation; case counts.
	Username string `json:"username" validate:"omitempty,sipuser"`
	Email    string `json:"email" validate:"omitempty,email,max=254"`
	FullName string `json:"full_name" validate:"omitempty,label"`
	Role     string `json:"role" validate:"oneof=agent supervisor admin"`
	// RingTarget says whether a call rings the registered phone or PhoneNumber.
	RingTarget       RingTarget `json:"ring_target" validate:"oneof=ext phone"`
	PhoneNumber      string     `json:"phone_number" validate:"required_if=RingTarget phone,omitempty,phone"`
	VoicemailEnabled bool       `json:"voicemail_enabled"`
	OutboundCallerID string     `json:"outbound_caller_id" validate:"omitempty,phone"`

	// SIP is what the phone registers with. The service makes it.
	SIP SIPCredential `json:"-"`
}

// UserDefaults returns a user with the values of fields a caller left out: an
// agent whose calls ring the registered phone.
func UserDefaults() User {
	return User{Role: "agent", RingTarget: RingExtension}
}

// RingTarget is where a call to a user rings.
type RingTarget string

// The ring targets.
const (
	RingExtension RingTarget = "ext"   // the registered phone
	RingPhone     RingTarget = "phone" // the user's phone number, over a trunk
)

// SIPCredential is how a phone proves who it is. The password is not kept:
// the digest is enough for Asterisk to check it, and of no use elsewhere.
type SIPCredential struct {
	// Username is the SIP user and the name of the endpoint in Asterisk. It is
	// unique on the platform and stays when the extension changes.
	Username string
	Realm    string
	MD5      string // hex MD5 of "username:realm:password"
}

// ContextPrefix returns that of the organisation, with which Username begins.
func (c SIPCredential) ContextPrefix() string {
	prefix, _, _ := strings.Cut(c.Username, "-")
	return prefix
}

func newSIPCredential(username, realm string, password org.Secret) SIPCredential {
	sum := md5.Sum([]byte(username + ":" + realm + ":" + password.Reveal())) //nolint:gosec // see the import
	return SIPCredential{Username: username, Realm: realm, MD5: hex.EncodeToString(sum[:])}
}
