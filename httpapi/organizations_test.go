package httpapi_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const contractRequest = `{"admin_username":"admin","admin_password":"correct-horse-battery","name":"Grand-Estancia-Salem",
 "contact_info":{"email":"manager@ge.com","phone":"+919944421125"},
 "settings":{"max_users":50,"max_dids":10,"max_trunks":5,"max_queues":10,"recording_enabled":true,
   "features":{"call_transfer":true,"call_recording":true,"voicemail":true,"conference":true,"ivr":true,"ai_agent":false}},
 "limits":{"concurrent_calls":30,"monthly_minutes":50000,"storage_gb":50}}`

func TestTheRequestOfTheContractWorksAsItStands(t *testing.T) {
	t.Parallel()
	s := newServer(t, options{})
	created := s.client(t).post("/organizations", contractRequest).expect(http.StatusCreated)

	require.Equal(t, "application/json", created.header.Get("Content-Type"))
	require.Equal(t, `"1"`, created.header.Get("ETag"))
	require.Equal(t, "Grand-Estancia-Salem", created.text("name"))
	require.Equal(t, "general", created.text("industry"))
	require.Equal(t, "active", created.text("status"))
	require.NotEmpty(t, created.text("context_prefix"))
	require.Equal(t, map[string]any{"email": "manager@ge.com", "phone": "+919944421125"}, created.value("contact_info"))
	require.EqualValues(t, 30, created.value("limits.concurrent_calls"))
	require.Equal(t, true, created.value("settings.recording_enabled"))
	require.Equal(t, false, created.value("settings.webhook_enabled"))
	require.Len(t, created.value("settings.features"), 6)
	require.Equal(t, "announcement", created.text("compliance.recording_consent"))
	require.Equal(t, map[string]any{"desired_revision": 1.0, "applied_revision": 1.0, "state": "applied"}, created.value("config"))
	require.True(t, strings.HasPrefix(created.text("api_secret"), "ops_"))
	require.NotContains(t, string(created.body), adminPassword)

	own := s.client(t).keyPair(created.text("api_key"), created.text("api_secret")).get("/organization").expect(http.StatusOK)
	require.NotContains(t, string(own.body), "api_secret")
	require.Equal(t, created.text("id"), own.text("id"))
}

func TestWhatARequestLeavesOutComesFromThePresetAndObjectsMerge(t *testing.T) {
	t.Parallel()
	s := newServer(t, options{})
	created := s.admin.post("/organizations",
		`{"name":"Saint Mary","industry":"hospital","settings":{"max_users":null,"features":{"ai_agent":true}},"compliance":{"retention_cdr_days":null}}`).
		expect(http.StatusCreated)
	require.Nil(t, created.value("settings.max_users"))
	require.EqualValues(t, 10, created.value("settings.max_dids"))
	require.Equal(t, true, created.value("settings.features.ai_agent"))
	require.Equal(t, true, created.value("settings.features.voicemail"))
	require.Nil(t, created.value("compliance.retention_cdr_days"))
	require.EqualValues(t, 1095, created.value("compliance.retention_recording_days"))
	require.Equal(t, "explicit_opt_in", created.text("compliance.recording_consent"))
}

func TestAnOrganisationsLife(t *testing.T) {
	t.Parallel()
	s := newServer(t, options{})
	o := s.newTenant(t, "Delta One")
	path := "/organizations/" + o.id

	s.admin.post("/organizations", `{"name":"delta one"}`).problem(http.StatusConflict, "already_exists")
	changed := s.admin.patch(path, `{"name":"Delta Two","contact_info":{"email":"a@b.example"}}`).expect(http.StatusOK)
	require.Equal(t, "Delta Two", changed.text("name"))
	require.EqualValues(t, 2, changed.value("config.desired_revision"))
	require.Equal(t, "applied", changed.text("config.state"))
	changed = s.admin.put(path, `{"contact_info":{"phone":"+919944421125"}}`).expect(http.StatusOK)
	require.Equal(t, map[string]any{"email": "a@b.example", "phone": "+919944421125"}, changed.value("contact_info"))
	changed = s.admin.patch(path, `{"contact_info":{"email":null}}`).expect(http.StatusOK)
	require.Empty(t, changed.text("contact_info.email"))
	require.Equal(t, changed.body, s.admin.get(path).expect(http.StatusOK).body)

	require.Empty(t, s.admin.delete(path).expect(http.StatusNoContent).body)
	s.admin.get(path).problem(http.StatusNotFound, "not_found")
	o.get("/organization").problem(http.StatusUnauthorized, "unauthenticated")
}

func TestABadOrganisationNamesEveryBrokenField(t *testing.T) {
	t.Parallel()
	s := newServer(t, options{})
	s.admin.post("/organizations",
		`{"name":"x","industry":"circus","status":"dead","contact_info":{"email":"no","phone":"12"},"compliance":{"recording_consent":"maybe","retention_cdr_days":0}}`).
		breaks("name", "industry", "status", "contact_info.email", "contact_info.phone",
			"compliance.recording_consent", "compliance.retention_cdr_days")
	s.admin.post("/organizations",
		`{"name":null,"settings":{"max_users":-1,"max_dids":1.5,"max_queues":"3","features":{"teleport":true}},"limits":7,"Name":"x"}`).
		breaks("name", "settings.max_users", "settings.max_dids", "settings.max_queues",
			"settings.features.teleport", "limits", "(another name)")
	s.admin.post("/organizations", `{}`).breaks("name")
}

func TestOrganisationsAreFoundByNameAndStatus(t *testing.T) {
	t.Parallel()
	s := newServer(t, options{})
	s.newTenant(t, "Sea View")
	quiet := s.newTenant(t, "Sea Breeze")
	s.newTenant(t, "Mountain")
	s.admin.patch("/organizations/"+quiet.id, `{"status":"suspended"}`).expect(http.StatusOK)

	require.Len(t, s.admin.get("/organizations").items(), 3)
	require.Len(t, s.admin.get("/organizations?q=sea").items(), 2)
	require.Len(t, s.admin.get("/organizations?q=sea&status=active").items(), 1)
	s.admin.get("/organizations?status=gone").breaks("status")
	s.admin.get("/organizations?q=a%00b").breaks("q")
	s.admin.get("/organizations?name=sea").breaks("name")
	s.admin.get("/organizations?q=a&q=b").breaks("q")
}

func TestPresetsAreShown(t *testing.T) {
	t.Parallel()
	s := newServer(t, options{})
	presets := s.admin.get("/presets")
	require.Len(t, presets.items(), 3)
	require.Nil(t, presets.value("next_cursor"))
}

func TestDeletingWhileThePBXIsAwayStillDeletes(t *testing.T) {
	t.Parallel()
	s := newServer(t, options{pbx: brokenPBX{err: errors.New("the disk is full")}})
	o := s.newTenant(t, "Delta One")
	s.admin.delete("/organizations/" + o.id).expect(http.StatusNoContent)
}
