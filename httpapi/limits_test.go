package httpapi_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestALimitLoweredBelowUseIsReportedAndRefusesNewOnes(t *testing.T) {
	t.Parallel()
	s := newServer(t, options{})
	o := s.newTenant(t, "Delta One")
	for _, extension := range []string{"1001", "1002", "1003"} {
		o.post("/users", `{"extension":"`+extension+`"}`).expect(http.StatusCreated)
	}
	s.admin.patch("/organizations/"+o.id, `{"settings":{"max_users":2}}`).expect(http.StatusOK)

	for _, usage := range []answer{o.get("/usage"), s.admin.get("/organizations/" + o.id + "/usage"), s.admin.on(o.id).get("/usage")} {
		usage.expect(http.StatusOK)
		require.Equal(t, map[string]any{"used": 3.0, "limit": 2.0, "level": "over"}, usage.value("users"))
		require.Equal(t, map[string]any{"used": 0.0, "limit": 10.0, "level": "ok"}, usage.value("dids"))
	}
	require.Len(t, o.get("/users").items(), 3)
	refused := o.post("/users", `{"extension":"1004"}`).problem(http.StatusForbidden, "limit_exceeded")
	require.Equal(t, "users", refused.text("resource"))
	require.EqualValues(t, 2, refused.value("limit"))
	require.EqualValues(t, 3, refused.value("used"))
}

func TestNullIsUnlimitedAndZeroIsNone(t *testing.T) {
	t.Parallel()
	s := newServer(t, options{})
	o := s.newTenant(t, "Delta One")
	s.admin.patch("/organizations/"+o.id, `{"settings":{"max_users":0,"max_queues":null}}`).expect(http.StatusOK)

	refused := o.post("/users", `{"extension":"1001"}`).problem(http.StatusForbidden, "limit_exceeded")
	require.EqualValues(t, 0, refused.value("limit"))
	require.EqualValues(t, 0, refused.value("used"))
	usage := o.get("/usage").expect(http.StatusOK)
	require.Equal(t, map[string]any{"used": 0.0, "limit": nil, "level": "ok"}, usage.value("queues"))
	o.post("/queues", `{"name":"reception","number":"6000"}`).expect(http.StatusCreated)
}

func TestNullWhereThereIsNothingToClearIsRefused(t *testing.T) {
	t.Parallel()
	s := newServer(t, options{})
	f := s.newFurnished(t, "Delta One", "+914440001000")
	for _, tc := range []struct {
		path, body string
		broken     []string
	}{
		{"/users/" + f.user, `{"extension":null,"role":null,"ring_target":null,"voicemail_enabled":null}`, []string{"extension", "role", "ring_target", "voicemail_enabled"}},
		{"/trunks/" + f.trunk, `{"name":null,"port":null,"transport":null,"trunk_type":null}`, []string{"name", "port", "transport", "trunk_type"}},
		{"/dids/" + f.did, `{"number":null,"trunk_id":null,"routing_type":null}`, []string{"number", "trunk_id", "routing_type"}},
		{"/queues/" + f.queue, `{"timeout":null,"overflow":{"type":null}}`, []string{"timeout", "overflow.type"}},
		{"/outbound-routes/" + f.route, `{"dial_pattern":null,"priority":null}`, []string{"dial_pattern", "priority"}},
	} {
		f.patch(tc.path, tc.body).breaks(tc.broken...)
	}
	s.admin.patch("/organizations/"+f.id, `{"settings":null,"status":null,"contact_info":null,"compliance":{"pii_masking":null}}`).
		breaks("settings", "status", "contact_info", "compliance.pii_masking")
}

func TestAQueuesOverflowMerges(t *testing.T) {
	t.Parallel()
	s := newServer(t, options{})
	f := s.newFurnished(t, "Delta One", "+914440001000")
	f.post("/users", `{"extension":"1002"}`).expect(http.StatusCreated)
	path := "/queues/" + f.queue
	f.patch(path, `{"overflow":{"type":"extension"}}`).breaks("overflow.destination")
	f.patch(path, `{"overflow":{"type":"extension","destination":"1001"}}`).expect(http.StatusOK)
	merged := f.patch(path, `{"overflow":{"destination":"1002"}}`).expect(http.StatusOK)
	require.Equal(t, map[string]any{"type": "extension", "destination": "1002"}, merged.value("overflow"))
	f.patch(path, `{"overflow":{"number":"1002"}}`).breaks("overflow.number")
}
