package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/asterisk/asterisktest"
)

const adminPassword = "admin-password-of-the-test"

// object is a JSON object of the API.
type object = map[string]any

// platform is the example server beside a real Asterisk.
type platform struct {
	t       *testing.T
	pbx     *asterisktest.Asterisk
	backend backend
	url     string
}

// startPlatform runs both until the test ends, with a SQLite file, and files
// that Asterisk includes.
func startPlatform(t *testing.T) *platform {
	t.Helper()
	return startPlatformOn(t, "sqlite:"+filepath.Join(t.TempDir(), "orgpbx.db"), newFiles(t))
}

func startPlatformOn(t *testing.T, databaseURL string, b backend) *platform {
	t.Helper()
	// Asterisk is there first, as at an operator's: the include finds nothing
	// until the server writes.
	p := &platform{t: t, backend: b, pbx: asterisktest.Start(t, asterisktest.Options{Files: b.asteriskFiles()})}
	settings := settingsFor(p.pbx, databaseURL)
	b.choose(&settings)
	p.start(settings)
	return p
}

// settingsFor are settings that reach an Asterisk, but for the backend.
func settingsFor(pbx *asterisktest.Asterisk, databaseURL string) Settings {
	manager := pbx.AMI()
	return Settings{
		Addr:          "127.0.0.1:0",
		DatabaseURL:   databaseURL,
		AdminUsername: "admin",
		AdminPassword: adminPassword,
		EncryptionKey: "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",
		AMIAddr:       manager.Addr,
		AMIUsername:   manager.Username,
		AMISecret:     secretOf(manager.Secret),
		SIPDomain:     pbx.SIPAddr(),
		LogFormat:     "text",
		DriftInterval: time.Minute,
		CDRInterval:   time.Minute,
		UsageInterval: time.Minute,
		DeployWait:    30 * time.Second, // a busy machine is no reason to say that a change waits
	}
}

func (p *platform) start(settings Settings) {
	p.t.Helper()
	s := startServer(p.t, settings, io.Discard)
	p.url = "http://" + s.listener.Addr().String()
	require.NoError(p.t, s.nodes[0].conn.Ready(p.t.Context()))
}

// startServer runs the server until the test ends, as a signal would end it.
func startServer(t *testing.T, settings Settings, banner io.Writer) *server {
	t.Helper()
	require.NoError(t, settings.check())
	s, err := open(t.Context(), settings, banner)
	require.NoError(t, err)
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.run(ctx) }()
	t.Cleanup(func() {
		stop()
		require.NoError(t, <-done)
	})
	return s
}

// call sends a request and returns the answer, which must have the status.
func (p *platform) call(method, path string, login func(*http.Request), body any, status int) object {
	p.t.Helper()
	payload, err := json.Marshal(body)
	require.NoError(p.t, err)
	if body == nil {
		payload = nil
	}
	req, err := http.NewRequestWithContext(p.t.Context(), method, p.url+path, bytes.NewReader(payload))
	require.NoError(p.t, err)
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if login != nil {
		login(req)
	}
	res, err := http.DefaultClient.Do(req)
	require.NoError(p.t, err)
	text, err := io.ReadAll(res.Body)
	require.NoError(p.t, err)
	require.NoError(p.t, res.Body.Close())
	require.Equal(p.t, status, res.StatusCode, "%s %s: %s", method, path, text)
	if len(text) == 0 {
		return nil
	}
	var answer object
	require.NoError(p.t, json.Unmarshal(text, &answer), "%s", text)
	return answer
}

func (p *platform) admin(method, path string, body any, status int) object {
	p.t.Helper()
	login := func(r *http.Request) { r.SetBasicAuth("admin", adminPassword) }
	return p.call(method, "/api/v1"+path, login, body, status)
}

// tenant is an organisation that calls the API with its own key.
type tenant struct {
	*platform
	id, prefix, key, secret string
}

// create onboards an organisation with the documented request.
func (p *platform) create(name string) *tenant {
	p.t.Helper()
	o := p.call("POST", "/api/v1/organizations", nil, object{
		"admin_username": "admin", "admin_password": adminPassword, "name": name,
		"contact_info": object{"email": "manager@ge.com", "phone": "+919944421125"},
		"settings": object{
			"max_users": 50, "max_dids": 10, "max_trunks": 5, "max_queues": 10, "recording_enabled": true,
			"features": object{
				"call_transfer": true, "call_recording": true, "voicemail": true,
				"conference": true, "ivr": true, "ai_agent": false,
			},
		},
		"limits": object{"concurrent_calls": 30, "monthly_minutes": 50000, "storage_gb": 50},
	}, http.StatusCreated)
	requireLive(p.t, o)
	return &tenant{
		platform: p,
		id:       o["id"].(string), prefix: o["context_prefix"].(string),
		key: o["api_key"].(string), secret: o["api_secret"].(string),
	}
}

func (o *tenant) login(r *http.Request) {
	r.Header.Set("X-API-Key", o.key)
	r.Header.Set("X-API-Secret", o.secret)
}

// api calls as the organisation.
func (o *tenant) api(method, path string, body any, status int) object {
	o.t.Helper()
	return o.call(method, "/api/v1"+path, o.login, body, status)
}

// add creates a resource, which must be live when the answer comes.
func (o *tenant) add(path string, body object) object {
	o.t.Helper()
	created := o.api("POST", path, body, http.StatusCreated)
	requireLive(o.t, created)
	return created
}

// update changes the organisation as the administrator.
func (o *tenant) update(patch object) object {
	o.t.Helper()
	changed := o.admin("PATCH", "/organizations/"+o.id, patch, http.StatusOK)
	requireLive(o.t, changed)
	return changed
}

func requireLive(t *testing.T, answer object) {
	t.Helper()
	config, ok := answer["config"].(object)
	require.True(t, ok, "the answer to a write has its config state: %v", answer)
	require.Equal(t, "applied", config["state"], "%v", answer)
	require.Equal(t, config["desired_revision"], config["applied_revision"])
}

// files returns what the backend gave Asterisk of the organisation.
func (o *tenant) files() map[string]string {
	o.t.Helper()
	return o.backend.written(o.t, o.pbx, o.prefix)
}

// phone creates a user and registers his phone with what the API answered.
func (o *tenant) phone(extension string) (*asterisktest.Phone, object) {
	o.t.Helper()
	user := o.add("/users", object{
		"extension": extension, "username": "user" + extension, "full_name": "Phone " + extension,
		"email": "u" + extension + "@ge.com", "role": "agent",
	})
	phone := asterisktest.NewPhone(o.t, asterisktest.PhoneOptions{
		Asterisk: user["sip_domain"].(string),
		Username: user["sip_username"].(string),
		Password: user["sip_password"].(string),
	})
	require.NoError(o.t, phone.Register(patience(o.t)))
	return phone, user
}

// carrier creates a trunk to a carrier of its own.
func (o *tenant) carrier(host string) (*asterisktest.Carrier, object) {
	o.t.Helper()
	carrier := asterisktest.NewCarrier(o.t, asterisktest.CarrierOptions{Host: host})
	return carrier, o.trunkTo(carrier)
}

func (o *tenant) trunkTo(carrier *asterisktest.Carrier) object {
	o.t.Helper()
	host, port, found := strings.Cut(carrier.Addr(), ":")
	require.True(o.t, found)
	return o.add("/trunks", object{
		"name": "Carrier", "trunk_type": "peer2peer", "host": host, "port": json.Number(port),
	})
}

// patience bounds one step of a call.
func patience(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	t.Cleanup(cancel)
	return ctx
}
