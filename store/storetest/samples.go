package storetest

import (
	"crypto/sha256"
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/limits"
	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/resource"
	"github.com/orgpbx/orgpbx/resource/deploy"
	"github.com/orgpbx/orgpbx/store"
)

// moment has all the microseconds a backend has to keep.
var moment = time.Date(2031, time.March, 9, 23, 59, 58, 123456000, time.UTC)

func newID() string { return uuid.Must(uuid.NewV7()).String() }

func days(n int) *int { return &n }

// sampleOrganization has a value in every field, and shares no unique value
// with any other sample.
func sampleOrganization() org.Organization {
	id := newID()
	random := id[len(id)-12:]
	return org.Organization{
		ID: id,
		Profile: org.Profile{
			Name:     "Sample " + random,
			Industry: org.Hospital,
			Status:   org.Active,
			Contact:  org.Contact{Email: "desk@example.org", Phone: "+15550100"},
			Settings: org.Settings{
				MaxUsers:         limits.AtMost(50),
				MaxDIDs:          limits.AtMost(10),
				MaxTrunks:        limits.AtMost(5),
				MaxQueues:        limits.AtMost(7),
				RecordingEnabled: true,
				WebhookEnabled:   true,
				TimeZone:         "Asia/Kolkata",
				Features: org.Features{
					CallTransfer: true, CallRecording: true, Voicemail: true,
					Conference: true, IVR: true, AIAgent: true,
				},
			},
			Limits: org.CallLimits{
				ConcurrentCalls: limits.AtMost(30),
				MonthlyMinutes:  limits.AtMost(limits.Max),
				StorageGB:       limits.Unlimited(),
			},
			Compliance: org.Compliance{
				RecordingConsent:       org.ExplicitOptIn,
				RetentionCDRDays:       days(1825),
				RetentionRecordingDays: days(1095),
				PIIMasking:             true,
			},
			EmergencyNumbers: []string{"911", "112"}, // the order is the administrator's
		},
		ContextPrefix: "p" + random,
		APIKey:        "opk_" + random,
		SecretHash:    sha256.Sum256([]byte(random)),
		SecretVersion: 3,

		OldSecretHash: sha256.Sum256([]byte("old")), OldSecretUntil: moment.Add(time.Second),

		Config:    org.ConfigStatus{DesiredRevision: 4, AppliedRevision: 2, State: org.Pending},
		Version:   5,
		CreatedAt: moment,
		UpdatedAt: moment.Add(time.Microsecond),
	}
}

func sampleMeta() resource.Meta {
	return resource.Meta{ID: newID(), Version: 2, CreatedAt: moment, UpdatedAt: moment.Add(time.Hour)}
}

// sampleUser has a value in every field. n makes the unique ones differ inside
// an organisation; so it does for the other samples.
func sampleUser(n int) resource.User {
	meta := sampleMeta()
	return resource.User{
		Meta:             meta,
		Extension:        fmt.Sprint(1000 + n),
		Username:         fmt.Sprintf("agent.%d", n),
		Email:            "agent@example.org",
		FullName:         "Agent O'Neil & Ågren",
		Role:             "supervisor",
		RingTarget:       resource.RingPhone,
		PhoneNumber:      "+15550123",
		VoicemailEnabled: true,
		OutboundCallerID: "+15550199",
		SIP: resource.SIPCredential{
			Username: "sip-" + meta.ID,
			Realm:    "orgpbx",
			MD5:      "0123456789abcdef0123456789abcdef",
		},
	}
}

func sampleTrunk(n int) resource.Trunk {
	return resource.Trunk{
		Meta:          sampleMeta(),
		Name:          fmt.Sprintf("Trunk %d", n),
		Type:          resource.OutboundTrunk,
		Host:          "sip.example.net",
		Port:          5061,
		Transport:     resource.TLS,
		Username:      "account",
		Password:      resource.Sealed{0, 1, 0xfe, 0xff, '\'', '\\', '"'},
		MaxChannels:   limits.AtMost(12),
		RetryInterval: 61,
		Expiration:    3601,
		ContactUser:   "line1",
		FromDomain:    "example.net",
		SIPUsername:   "k3v9x2m4-in-account",
	}
}

func sampleDID(n int) resource.DID {
	meta := sampleMeta()
	return resource.DID{
		Meta: meta,
		// The last digits of the id keep samples of organisations apart.
		Number:           fmt.Sprintf("+1%03d%s", n, digits(meta.ID, 8)),
		TrunkID:          newID(),
		Description:      "front desk, (day & night)",
		Routing:          resource.Destination{Type: resource.ToExternal, Number: "+15550142"},
		RecordingEnabled: true,
	}
}

func sampleQueue(n int) resource.Queue {
	return resource.Queue{
		Meta:             sampleMeta(),
		Name:             fmt.Sprintf("Queue %d", n),
		Number:           fmt.Sprint(8000 + n),
		Strategy:         resource.RRMemory,
		Timeout:          16,
		Retry:            6,
		MaxWait:          301,
		MusicOnHold:      "jazz",
		RecordingEnabled: true,
		Overflow:         &resource.Destination{Type: resource.ToVoicemail, Number: "1001"},
		// Not in order of id: the order is the organisation's choice.
		Members: []resource.QueueMember{{UserID: "b", Penalty: 10}, {UserID: "a", Penalty: 0}},
	}
}

func sampleRoute(n int) resource.OutboundRoute {
	return resource.OutboundRoute{
		Meta:             sampleMeta(),
		Name:             fmt.Sprintf("Route %d", n),
		DialPattern:      "_9[1-5]XX.",
		TrunkID:          newID(),
		Priority:         7,
		StripDigits:      1,
		PrependDigits:    "00",
		CallerID:         "+15550188",
		RecordingEnabled: true,
	}
}

func sampleIVR(n int) resource.IVR {
	return resource.IVR{
		Meta:     sampleMeta(),
		Name:     fmt.Sprintf("Menu %d", n),
		Number:   fmt.Sprint(7000 + n),
		Greeting: "welcome-2",
		Timeout:  7,
		Options: map[string]resource.Destination{
			"1": {Type: resource.ToQueue, Number: "8001"},
			"*": {Type: resource.ToExternal, Number: "+15550142"},
		},
		Fallback: &resource.Destination{Type: resource.ToExtension, Number: "1001"},
	}
}

func sampleConference(n int) resource.Conference {
	return resource.Conference{
		Meta:       sampleMeta(),
		Name:       fmt.Sprintf("Room %d", n),
		Number:     fmt.Sprint(5000 + n),
		PIN:        "0042",
		MaxMembers: 12,
	}
}

func sampleAIAgent(n int) resource.AIAgent {
	return resource.AIAgent{
		Meta:     sampleMeta(),
		Name:     fmt.Sprintf("Agent %d", n),
		Number:   fmt.Sprint(4000 + n),
		Protocol: resource.AgentSIP,
		Address:  "sip:agent@ai.example.com:5070;transport=tcp",
	}
}

func sampleDeployment(revision int64, state org.ConfigState) deploy.Deployment {
	return deploy.Deployment{
		ID:       newID(),
		Revision: revision,
		State:    state,
		Changes: []resource.Change{
			{Action: resource.Modify, Object: "queue", Name: "p-queue"},
			{Action: resource.Add, Object: "endpoint", Name: "p-abc"},
		},
		Warnings: []resource.Warning{
			{Code: resource.WarnNoMembers, Kind: resource.KindQueue, ID: "q", Field: "members", Message: "it's empty"},
			{Code: resource.WarnFeatureOff, Kind: resource.KindDID, ID: "d", Field: "routing_destination", Message: "off"},
		},
		StartedAt:  moment,
		FinishedAt: moment.Add(1500 * time.Microsecond),
		Error:      "the PBX did not take endpoint p-abc: it's \"odd\"",
	}
}

// sampleRecord is a deployment with a snapshot if it went live. A backend does
// not look into it.
func sampleRecord(revision int64, state org.ConfigState) deploy.Record {
	r := deploy.Record{Deployment: sampleDeployment(revision, state)}
	if state == org.Applied {
		r.Snapshot = fmt.Append([]byte{0, 0xff, '\'', '\\'}, revision)
	}
	return r
}

// sampleLease is one that nobody has.
func sampleLease(organizationID string) deploy.Lease {
	return deploy.Lease{OrganizationID: organizationID, Token: newID()}
}

// digits returns n decimal digits made of the hexadecimal ones at the end of
// an id.
func digits(id string, n int) string {
	tail := []byte(id[len(id)-n:])
	for i, c := range tail {
		if c > '9' {
			tail[i] = c - 'a' + '0'
		}
	}
	return string(tail)
}

// addOrganization saves a sample organisation.
func addOrganization(t *testing.T, db store.Store) org.Organization {
	t.Helper()
	o := sampleOrganization()
	require.NoError(t, db.InsertOrganization(t.Context(), o))
	return o
}

// filled is an organisation that has one of everything.
type filled struct {
	org.Organization
	user       resource.User
	trunk      resource.Trunk
	did        resource.DID
	queue      resource.Queue
	route      resource.OutboundRoute
	ivr        resource.IVR
	conference resource.Conference
	agent      resource.AIAgent
	deployment deploy.Deployment
	session    org.Session
}

// addFilled saves an organisation with one of everything.
func addFilled(t *testing.T, db store.Store) filled {
	t.Helper()
	f := filled{
		Organization: addOrganization(t, db),
		user:         sampleUser(1), trunk: sampleTrunk(1), did: sampleDID(1), queue: sampleQueue(1), route: sampleRoute(1),
		ivr: sampleIVR(1), conference: sampleConference(1), agent: sampleAIAgent(1),
	}
	change(t, db, f.ID, func(tx resource.Tx) {
		require.NoError(t, tx.Users().Insert(t.Context(), f.ID, f.user))
		require.NoError(t, tx.Trunks().Insert(t.Context(), f.ID, f.trunk))
		require.NoError(t, tx.DIDs().Insert(t.Context(), f.ID, f.did))
		require.NoError(t, tx.Queues().Insert(t.Context(), f.ID, f.queue))
		require.NoError(t, tx.OutboundRoutes().Insert(t.Context(), f.ID, f.route))
		require.NoError(t, tx.IVRs().Insert(t.Context(), f.ID, f.ivr))
		require.NoError(t, tx.Conferences().Insert(t.Context(), f.ID, f.conference))
		require.NoError(t, tx.AIAgents().Insert(t.Context(), f.ID, f.agent))
	})
	f.deployment = sampleDeployment(1, org.Failed)
	record(t, db, f.ID, f.deployment)
	f.session = sampleSession(f.ID)
	require.NoError(t, db.InsertSession(t.Context(), f.session))
	f.Organization = organization(t, db, f.ID)
	return f
}

func sampleSession(organizationID string) org.Session {
	return org.Session{
		TokenHash:      sha256.Sum256([]byte(newID())),
		OrganizationID: organizationID,
		SecretVersion:  3,
		CreatedAt:      moment,
		ExpiresAt:      moment.Add(12 * time.Hour),
	}
}

// sampleKeySession is a session that a named key opened.
func sampleKeySession(organizationID, keyID string) org.Session {
	session := sampleSession(organizationID)
	session.APIKeyID = keyID
	return session
}

// record records a deployment as a process does that has the lease.
func record(t *testing.T, db store.Store, organizationID string, d deploy.Deployment) {
	t.Helper()
	r := sampleRecord(d.Revision, d.State)
	r.Deployment = d
	l := sampleLease(organizationID)
	requireLease(t, true, db.AcquireLease, l)
	require.NoError(t, db.RecordDeployment(t.Context(), l, r))
	require.NoError(t, db.ReleaseLease(t.Context(), l))
}

// change runs fn in a change that is saved.
func change(t *testing.T, db store.Store, organizationID string, fn func(tx resource.Tx)) {
	t.Helper()
	require.NoError(t, db.Change(t.Context(), organizationID, func(tx resource.Tx) error {
		fn(tx)
		return nil
	}))
}

func organization(t *testing.T, db store.Store, id string) org.Organization {
	t.Helper()
	o, err := db.Organization(t.Context(), id)
	require.NoError(t, err)
	return o
}

// requireDuplicate checks that err names the field whose value is taken.
func requireDuplicate(t *testing.T, err error, field string) {
	t.Helper()
	var duplicate *org.DuplicateError
	require.ErrorAs(t, err, &duplicate)
	require.Equal(t, field, duplicate.Field)
}

// hostile are ids that a caller may send and that no row has.
var hostile = []string{
	"", "%", "_", "*", "x' OR '1'='1", `x" OR "1"="1`, `\`, "?", "?0", "\x00", "a\x00b", "\xff\xfe", "';--",
	"00000000-0000-0000-0000-000000000000",
}
