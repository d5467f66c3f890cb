package httpapi_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/resource/cdr"
)

// furnished is an organisation with one of each kind of resource, and an owner
// who signed in. No resource points at the user, the queue or a room, save the
// queue's member.
type furnished struct {
	tenant
	user, trunk, did, queue, route, member string // ids
	ivr, conference, agent, call           string
	webhook, delivery, apiKey, hold        string
	subject                                string
	owner                                  client
}

func (s *server) newFurnished(t *testing.T, name, number string) furnished {
	t.Helper()
	f := furnished{tenant: s.newTenant(t, name)}
	id := func(path, body string) string { return f.post(path, body).expect(http.StatusCreated).text("id") }
	f.user = id("/users", `{"extension":"1001"}`)
	f.trunk = id("/trunks", trunkBody)
	f.did = id("/dids", fmt.Sprintf(`{"number":%q,"trunk_id":%q,"routing_type":"external","routing_destination":"+919944421125"}`, number, f.trunk))
	f.queue = id("/queues", `{"name":"reception","number":"6000"}`)
	f.route = id("/outbound-routes", fmt.Sprintf(`{"name":"national","dial_pattern":"0X.","trunk_id":%q}`, f.trunk))
	f.ivr = id("/ivrs", `{"name":"main menu","number":"7000","greeting":"welcome","options":{"1":{"type":"external","destination":"+919944421125"}}}`)
	f.conference = id("/conferences", `{"name":"morning round","number":"5000","pin":"4711208369"}`)
	f.agent = id("/ai-agents", `{"name":"night desk","number":"4000","protocol":"audiosocket","address":"ai.example.com:9092"}`)
	f.member, f.owner = f.join(s, "owner@example.com", "owner")
	f.call = s.newCall(t, f.tenant, cdr.Record{Caller: "+14155550100", CallerName: "Ada Lovelace", Called: number})
	s.admin.patch("/organizations/"+f.id, `{"settings":{"webhook_enabled":true}}`).expect(http.StatusOK)
	f.webhook = id("/webhooks", `{"url":"http://127.0.0.1:1/","events":["user.created"]}`) // where nobody listens
	f.delivery = f.post("/webhooks/"+f.webhook+"/test", "").expect(http.StatusOK).text("id")
	f.subject = id("/subject-requests", `{"kind":"find","number":"+914440001999","reason":"Letter 12"}`)
	require.NoError(t, s.subjects.Work(t.Context()))
	f.hold = id("/legal-holds", `{"target":"number","value":"+914440001999","reason":"Case 12/2026"}`)
	f.apiKey = id("/api-keys", `{"name":"billing","scopes":["calls:read"]}`)
	f.post("/queues/"+f.queue+"/members", fmt.Sprintf(`{"user_id":%q}`, f.user)).expect(http.StatusCreated)
	return f
}

const trunkBody = `{"name":"carrier-a","trunk_type":"outbound","host":"sip.carrier.example","username":"acct","password":"tr0nk-pa55"}`

func TestTheLifeOfEachKindOfResource(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, path string
		body       string // TRUNK is replaced by the id of a trunk
		want       string // the fields of the answer beside id, times and config
		patch      string // one change
		changed    string // the field it changes, and
		value      any    // its value then
		clash      string // body of a second one that is a duplicate
		clashField string
	}{
		{
			name: "user", path: "/users",
			body:  `{"extension":"1002","username":"asha","email":"asha@example.com","full_name":"Asha Nair","voicemail_enabled":true}`,
			want:  `{"extension":"1002","username":"asha","email":"asha@example.com","full_name":"Asha Nair","role":"agent","ring_target":"ext","phone_number":"","voicemail_enabled":true,"outbound_caller_id":""}`,
			patch: `{"email":null}`, changed: "email", value: "",
			clash: `{"extension":"1002"}`, clashField: "extension",
		},
		{
			name: "trunk", path: "/trunks",
			body:  strings.Replace(trunkBody, "carrier-a", "carrier-b", 1),
			want:  `{"name":"carrier-b","trunk_type":"outbound","host":"sip.carrier.example","port":5060,"transport":"udp","username":"acct","max_channels":null,"retry_interval":60,"expiration":3600,"contact_user":"","from_domain":""}`,
			patch: `{"max_channels":0}`, changed: "max_channels", value: 0.0,
			clash: strings.Replace(trunkBody, "carrier-a", "Carrier-B", 1), clashField: "name",
		},
		{
			name: "DID", path: "/dids",
			body:  `{"number":"+914440001000","trunk_id":"TRUNK","routing_type":"extension","routing_destination":"1001","description":"Front desk"}`,
			want:  `{"number":"+914440001000","trunk_id":"TRUNK","routing_type":"extension","routing_destination":"1001","description":"Front desk","recording_enabled":false}`,
			patch: `{"description":null}`, changed: "description", value: "",
			clash:      `{"number":"+914440001000","trunk_id":"TRUNK","routing_type":"extension","routing_destination":"1001"}`,
			clashField: "number",
		},
		{
			name: "queue", path: "/queues",
			body:  `{"name":"billing","number":"6001","overflow":{"type":"extension","destination":"1001"}}`,
			want:  `{"name":"billing","number":"6001","strategy":"ringall","timeout":15,"retry":5,"max_wait":300,"music_on_hold":"default","recording_enabled":false,"overflow":{"type":"extension","destination":"1001"}}`,
			patch: `{"overflow":null}`, changed: "overflow", value: nil,
			clash: `{"name":"other","number":"6001"}`, clashField: "number",
		},
		{
			name: "outbound route", path: "/outbound-routes",
			body:  `{"name":"abroad","dial_pattern":"00X.","trunk_id":"TRUNK","priority":5,"strip_digits":2,"prepend_digits":"+"}`,
			want:  `{"name":"abroad","dial_pattern":"00X.","trunk_id":"TRUNK","priority":5,"strip_digits":2,"prepend_digits":"+","caller_id":"","recording_enabled":false}`,
			patch: `{"prepend_digits":null}`, changed: "prepend_digits", value: "",
			clash: `{"name":"ABROAD","dial_pattern":"9.","trunk_id":"TRUNK"}`, clashField: "name",
		},
		{
			name: "IVR", path: "/ivrs",
			body: `{"name":"menu","number":"7001","greeting":"welcome-2","options":{"1":{"type":"extension","destination":"1001"},"#":{"type":"external","destination":"+919944421125"}},` +
				`"fallback":{"type":"extension","destination":"1001"}}`,
			want: `{"name":"menu","number":"7001","greeting":"welcome-2","timeout":5,"options":{"1":{"type":"extension","destination":"1001"},"#":{"type":"external","destination":"+919944421125"}},` +
				`"fallback":{"type":"extension","destination":"1001"}}`,
			patch: `{"fallback":null}`, changed: "fallback", value: nil,
			clash: `{"name":"other","number":"1001","greeting":"x"}`, clashField: "number",
		},
		{
			name: "conference", path: "/conferences",
			body:  `{"name":"round","number":"5001","pin":"4711","max_members":20}`,
			want:  `{"name":"round","number":"5001","pin":"4711","max_members":20}`,
			patch: `{"max_members":null}`, changed: "max_members", value: nil,
			clash: `{"name":"ROUND","number":"5002"}`, clashField: "name",
		},
		{
			name: "AI agent", path: "/ai-agents",
			body:  `{"name":"desk","number":"4001","protocol":"sip","address":"sip:desk@ai.example.com:5070;transport=tcp"}`,
			want:  `{"name":"desk","number":"4001","protocol":"sip","address":"sip:desk@ai.example.com:5070;transport=tcp"}`,
			patch: `{"protocol":"audiosocket","address":"[2001:db8::1]:9092"}`, changed: "address", value: "[2001:db8::1]:9092",
			clash: `{"name":"other","number":"4001","protocol":"audiosocket","address":"10.0.0.1:9"}`, clashField: "number",
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t, options{})
			o := s.newTenant(t, "Delta One")
			o.post("/users", `{"extension":"1001"}`).expect(http.StatusCreated)
			trunk := o.post("/trunks", trunkBody).expect(http.StatusCreated).text("id")
			fill := strings.NewReplacer("TRUNK", trunk).Replace

			created := o.post(tc.path, fill(tc.body)).expect(http.StatusCreated)
			require.Equal(t, "applied", created.text("config.state"))
			require.Equal(t, `"1"`, created.header.Get("ETag"))
			path := tc.path + "/" + created.text("id")

			read := o.get(path).expect(http.StatusOK)
			require.Equal(t, `"1"`, read.header.Get("ETag"))
			want := strings.TrimSuffix(fill(tc.want), "}") + fmt.Sprintf(`,"id":%q,"created_at":%q,"updated_at":%q}`,
				created.text("id"), created.text("created_at"), created.text("updated_at"))
			require.JSONEq(t, want, string(read.body))

			o.post(tc.path, fill(tc.clash)).problem(http.StatusConflict, "already_exists").value("field")
			require.Equal(t, tc.clashField, o.post(tc.path, fill(tc.clash)).text("field"))

			changed := o.patch(path, tc.patch).expect(http.StatusOK)
			require.Equal(t, `"2"`, changed.header.Get("ETag"))
			require.Equal(t, "applied", changed.text("config.state"))
			read = o.get(path).expect(http.StatusOK)
			require.Equal(t, tc.value, read.value(tc.changed))
			for _, put := range []string{`{}`, ``} {
				require.Equal(t, tc.value, o.put(path, put).expect(http.StatusOK).value(tc.changed))
			}
			o.patch(path, `{"id":"x"}`).breaks("id")

			require.Empty(t, o.delete(path).expect(http.StatusNoContent).body)
			o.get(path).problem(http.StatusNotFound, "not_found")
			o.delete(path).problem(http.StatusNotFound, "not_found")
			o.patch(path, `{}`).problem(http.StatusNotFound, "not_found")
		})
	}
}

func TestEveryBrokenFieldIsNamedAtOnce(t *testing.T) {
	t.Parallel()
	s := newServer(t, options{})
	f := s.newFurnished(t, "Delta One", "+914440001000")
	for _, tc := range []struct{ path, body, fields string }{
		{"/users", ``, "extension"},
		{"/users", `{"extension":"1","role":"boss","ring_target":"phone","email":"x"}`, "extension role phone_number email"},
		{"/trunks", `{"trunk_type":"outbound"}`, "name host username password"},
		{"/trunks", `{"name":"]","trunk_type":"inbound","username":"a-b"}`, "name username password"},
		{"/trunks", `{"name":"]","trunk_type":"peer2peer","password":"a b"}`, "name host password"},
		{"/dids", `{}`, "number trunk_id routing_type routing_destination"},
		{"/dids", `{"number":"1","trunk_id":"x","routing_type":"queue","routing_destination":"1001"}`, "number trunk_id routing_destination"},
		{"/queues", `{}`, "name number"},
		{"/queues", `{"name":"]","number":"6001","overflow":{}}`, "name overflow.type overflow.destination"},
		{"/queues/" + f.queue + "/members", `{"user_id":"x","penalty":11}`, "user_id penalty"},
		{"/queues", `{"name":"loop","number":"6001","overflow":{"type":"queue","destination":"6001"}}`, "overflow.destination"},
		{"/ivrs", `{}`, "name number greeting"},
		{
			"/ivrs", `{"name":"]","number":"7001","greeting":"../x","timeout":61,"options":{"1":{"type":"ivr","destination":"7001"},"2":{"type":"queue","destination":"1001"},"3":{}},"fallback":{"type":"ivr","destination":"7001"}}`,
			"name greeting timeout options.1.destination options.2.destination options.3.type options.3.destination fallback.destination",
		},
		{"/ivrs", `{"options":{"a":{},"1":{"kind":"x"},"2":7}}`, "options.a options.1.kind options.2"},
		{"/ivrs", `{"options":[]}`, "options"},
		{"/conferences", `{}`, "name number"},
		{"/conferences", `{"name":"]","number":"5","pin":"12a","max_members":501}`, "name number pin max_members"},
		{"/conferences", `{"name":"]","number":"5001","max_members":0}`, "name max_members"},
		{"/ai-agents", `{}`, "name number protocol address"},
		{"/ai-agents", `{"name":"]","number":"4001","protocol":"sip","address":"ai.example.com:9092"}`, "name address"},
		{"/ai-agents", `{"name":"a","number":"4001","protocol":"audiosocket","address":"sip:a@b"}`, "address"},
		{"/ai-agents", `{"name":"a","number":"911","protocol":"smoke","address":"x"}`, "protocol"},
		{"/ai-agents", `{"name":"a","number":"911","protocol":"audiosocket","address":"a:1"}`, "number"},
		{"/users", `{"extension":"112"}`, "extension"},
		{"/outbound-routes", `{}`, "name dial_pattern trunk_id"},
		{"/outbound-routes", `{"name":"]","dial_pattern":"(","trunk_id":"x","priority":-1}`, "name dial_pattern trunk_id priority"},
	} {
		f.post(tc.path, tc.body).breaks(strings.Fields(tc.fields)...)
	}
}

// What a POST cannot leave out, by the document, is said to be required.
func TestWhatAPostLacksIsSaidToBeRequired(t *testing.T) {
	t.Parallel()
	s := newServer(t, options{})
	o := s.newTenant(t, "Delta One")
	for _, op := range s.operations(t) {
		schema := at[map[string]any](t, op.spec, "responses")
		if op.method != http.MethodPost || schema["201"] == nil || strings.Contains(op.path, "{") {
			continue
		}
		c := o.client
		if op.id == "create-organization" {
			c = s.admin
		}
		parts := at[[]any](t, op.spec, "requestBody", "content", "application/json", "schema", "allOf")
		rules := map[string]any{}
		for _, broken := range at[[]any](t, c.raw(op.method, op.path, "{}").problem(http.StatusUnprocessableEntity, "validation_failed").value("errors")) {
			rules[at[string](t, broken, "field")] = at[string](t, broken, "rule")
		}
		for _, name := range at[[]any](t, parts[1], "required") {
			require.Equal(t, "required", rules[name.(string)], "%s of %s", name, op.id)
		}
	}
}

func TestASIPPasswordIsShownOnce(t *testing.T) {
	t.Parallel()
	s := newServer(t, options{})
	o := s.newTenant(t, "Delta One")
	created := o.post("/users", `{"extension":"1001"}`).expect(http.StatusCreated)
	require.NotEmpty(t, created.text("sip_password"))
	require.Equal(t, sipDomain, created.text("sip_domain"))
	path := "/users/" + created.text("id")

	rotated := o.post(path+"/rotate-sip-password", "").expect(http.StatusOK)
	require.Equal(t, created.text("sip_username"), rotated.text("sip_username"))
	require.Equal(t, "applied", rotated.text("config.state"))
	require.NotEqual(t, created.text("sip_password"), rotated.text("sip_password"))
	for _, read := range []answer{o.get(path), o.get("/users"), o.patch(path, `{"full_name":"Asha"}`)} {
		require.NotContains(t, string(read.expect(http.StatusOK).body), "sip_password")
	}
}

func TestATrunkPasswordIsNeverAnswered(t *testing.T) {
	t.Parallel()
	s := newServer(t, options{})
	o := s.newTenant(t, "Delta One")
	created := o.post("/trunks", trunkBody).expect(http.StatusCreated)
	path := "/trunks/" + created.text("id")
	for _, a := range []answer{created, o.get(path), o.get("/trunks"), o.patch(path, `{"password":"an0ther"}`)} {
		require.Less(t, a.status, 300)
		require.NotContains(t, string(a.body), "password")
		require.NotContains(t, string(a.body), "tr0nk-pa55")
	}
	o.patch(path, `{"password":null}`).breaks("password")
	o.patch(path, `{"password":"with space","port":0,"name":"[x]"}`).breaks("password", "port", "name")
}

func TestKeysOfAnIVRMergeAndNullTakesOneAway(t *testing.T) {
	t.Parallel()
	s := newServer(t, options{})
	f := s.newFurnished(t, "Delta One", "+914440001000")
	path := "/ivrs/" + f.ivr
	keysAfter := func(patch string) string {
		return string(marshal(t, f.patch(path, patch).expect(http.StatusOK).value("options")))
	}
	require.JSONEq(t, `{"1":{"type":"external","destination":"+919944421125"},"2":{"type":"extension","destination":"1001"}}`,
		keysAfter(`{"options":{"2":{"type":"extension","destination":"1001"}}}`))
	require.JSONEq(t, `{"1":{"type":"external","destination":"+4930123456"},"2":{"type":"extension","destination":"1001"}}`,
		keysAfter(`{"options":{"1":{"destination":"+4930123456"}}}`))
	f.delete("/users/"+f.user).problem(http.StatusConflict, "in_use")
	require.JSONEq(t, `{"1":{"type":"external","destination":"+4930123456"}}`, keysAfter(`{"options":{"2":null,"3":null}}`))
	require.JSONEq(t, `{}`, keysAfter(`{"options":null}`))
}

func TestCallsCanLeadToEveryKindOfPlace(t *testing.T) {
	t.Parallel()
	s := newServer(t, options{})
	f := s.newFurnished(t, "Delta One", "+914440001000")
	f.patch("/users/"+f.user, `{"voicemail_enabled":true}`).expect(http.StatusOK)
	menu := f.post("/ivrs", `{"name":"sub","number":"7001","greeting":"x"}`).expect(http.StatusCreated).text("id")
	for kind, number := range map[string]string{
		"extension": "1001", "voicemail": "1001", "queue": "6000", "ivr": "7000", "conference": "5000", "ai_agent": "4000",
		"external": "+4930123456",
	} {
		to := fmt.Sprintf(`{"type":%q,"destination":%q}`, kind, number)
		f.patch("/dids/"+f.did, fmt.Sprintf(`{"routing_type":%q,"routing_destination":%q}`, kind, number)).expect(http.StatusOK)
		f.patch("/ivrs/"+menu, `{"options":{"1":`+to+`},"fallback":`+to+`}`).expect(http.StatusOK)
		if kind != "queue" {
			f.patch("/queues/"+f.queue, `{"overflow":`+to+`}`).expect(http.StatusOK)
		}
		if kind == "external" {
			continue
		}
		wrong := fmt.Sprintf(`{"type":%q,"destination":"9999"}`, kind)
		f.patch("/dids/"+f.did, `{"routing_type":"`+kind+`","routing_destination":"9999"}`).breaks("routing_destination")
		f.patch("/ivrs/"+menu, `{"options":{"1":`+wrong+`},"fallback":`+wrong+`}`).breaks("options.1.destination", "fallback.destination")
		f.patch("/queues/"+f.queue, `{"overflow":`+wrong+`}`).breaks("overflow.destination")
	}
}

func TestEmergencyNumbersAreTheAdministrators(t *testing.T) {
	t.Parallel()
	s := newServer(t, options{})
	o := s.newTenant(t, "Delta One")
	require.Equal(t, []any{"112", "911"}, o.get("/organization").expect(http.StatusOK).value("emergency_numbers"))
	o.patch("/organizations/"+o.id, `{"emergency_numbers":[]}`).problem(http.StatusForbidden, "forbidden")
	path := "/organizations/" + o.id
	for body, fields := range map[string]string{
		`{"emergency_numbers":null}`:                        "emergency_numbers",
		`{"emergency_numbers":"112"}`:                       "emergency_numbers",
		`{"emergency_numbers":[112]}`:                       "emergency_numbers",
		`{"emergency_numbers":["112","112"]}`:               "emergency_numbers",
		`{"emergency_numbers":["112","1"]}`:                 "emergency_numbers[1]",
		`{"emergency_numbers":["112;x","+4930123",null]}`:   "emergency_numbers[0] emergency_numbers[1] emergency_numbers[2]",
		`{"emergency_numbers":[` + numbers(21) + `]}`:       "emergency_numbers",
		`{"emergency_numbers":[{"a":1}],"status":"paused"}`: "emergency_numbers",
	} {
		s.admin.patch(path, body).breaks(strings.Fields(fields)...)
	}
	before := revision(o.get("/organization"))
	changed := s.admin.patch(path, `{"emergency_numbers":["999","112"]}`).expect(http.StatusOK)
	require.Equal(t, []any{"999", "112"}, changed.value("emergency_numbers"))
	require.Equal(t, before+1, revision(changed))
	o.post("/queues", `{"name":"q","number":"999"}`).breaks("number")
	o.post("/users", `{"extension":"911"}`).expect(http.StatusCreated)
	require.Equal(t, []any{}, s.admin.patch(path, `{"emergency_numbers":[]}`).expect(http.StatusOK).value("emergency_numbers"))
	for _, preset := range s.admin.get("/presets").items() {
		require.Equal(t, []any{"112", "911"}, at[[]any](t, preset, "emergency_numbers"))
	}
}

// numbers are n different ones, as JSON.
func numbers(n int) string {
	list := make([]string, n)
	for i := range list {
		list[i] = fmt.Sprintf(`"%d"`, 100+i)
	}
	return strings.Join(list, ",")
}

func TestQueueMembers(t *testing.T) {
	t.Parallel()
	s := newServer(t, options{})
	f := s.newFurnished(t, "Delta One", "+914440001000")
	members := "/queues/" + f.queue + "/members"
	second := f.post("/users", `{"extension":"1002"}`).expect(http.StatusCreated).text("id")

	added := f.post(members, fmt.Sprintf(`{"user_id":%q,"penalty":3}`, second)).expect(http.StatusCreated)
	require.EqualValues(t, 3, added.value("penalty"))
	require.Equal(t, "applied", added.text("config.state"))
	require.Equal(t, added.header.Get("ETag"), f.get("/queues/"+f.queue).header.Get("ETag"))

	f.post(members, fmt.Sprintf(`{"user_id":%q}`, second)).problem(http.StatusConflict, "already_exists")
	require.Equal(t, "user_id", f.post(members, fmt.Sprintf(`{"user_id":%q}`, second)).text("field"))
	f.post(members, `{"user_id":"`+unknownID+`"}`).breaks("user_id")
	f.post(members, fmt.Sprintf(`{"user_id":%q,"penalty":11}`, second)).breaks("penalty")
	f.post(members, `{}`).breaks("user_id")
	f.with("If-Match", `"1"`).post(members, `{}`).problem(http.StatusPreconditionFailed, "precondition_failed")

	first := f.get(members + "?limit=1")
	require.Len(t, first.items(), 1)
	rest := f.get(members + "?limit=1&cursor=" + first.text("next_cursor"))
	require.Equal(t, second, at[string](t, rest.items()[0], "user_id"))
	require.Nil(t, rest.value("next_cursor"))

	f.delete("/users/"+second).problem(http.StatusConflict, "in_use")
	f.delete(members + "/" + second).expect(http.StatusNoContent)
	f.delete(members+"/"+second).problem(http.StatusNotFound, "not_found")
	f.delete("/users/" + second).expect(http.StatusNoContent)
}

func TestWhatIsUsedCannotBeRemovedAndSaysByWhat(t *testing.T) {
	t.Parallel()
	s := newServer(t, options{})
	f := s.newFurnished(t, "Delta One", "+914440001000")
	refused := f.delete("/trunks/"+f.trunk).problem(http.StatusConflict, "in_use")
	require.Equal(t, []any{
		map[string]any{"kind": "did", "id": f.did},
		map[string]any{"kind": "outbound_route", "id": f.route},
	}, refused.value("used_by"))
}

func TestHostileNamesAreRefused(t *testing.T) {
	t.Parallel()
	s := newServer(t, options{})
	o := s.newTenant(t, "Delta One")
	for _, hostile := range []string{"a\\nb", "a]b", "a;b", "${EXTEN}", "a=>b", "a\\u0000b", "a\\rb", `a\"b`, "a,b", "a|b"} {
		o.post("/trunks", strings.Replace(trunkBody, "carrier-a", hostile, 1)).breaks("name")
		o.post("/queues", `{"name":"`+hostile+`","number":"6000"}`).breaks("name")
		o.post("/users", `{"extension":"1001","full_name":"`+hostile+`"}`).breaks("full_name")
		o.post("/users", `{"extension":"1001","username":"`+hostile+`"}`).breaks("username")
	}
	for _, path := range []string{"/trunks", "/queues", "/users"} {
		require.Empty(t, o.get(path).items())
	}
}

func TestCompliance(t *testing.T) {
	t.Parallel()
	s := newServer(t, options{})
	o := s.newTenant(t, "Delta One")
	before := o.get("/compliance").expect(http.StatusOK)
	require.JSONEq(t, `{"recording_consent":"announcement","retention_cdr_days":365,"retention_recording_days":365,"pii_masking":false}`, string(before.body))

	changed := o.with("If-Match", before.header.Get("ETag")).
		put("/compliance", `{"retention_cdr_days":null,"pii_masking":true}`).expect(http.StatusOK)
	require.Equal(t, "applied", changed.text("config.state"))
	after := o.get("/compliance").expect(http.StatusOK)
	require.JSONEq(t, `{"recording_consent":"announcement","retention_cdr_days":null,"retention_recording_days":365,"pii_masking":true}`, string(after.body))
	require.Equal(t, changed.header.Get("ETag"), after.header.Get("ETag"))

	o.with("If-Match", before.header.Get("ETag")).put("/compliance", `{}`).problem(http.StatusPreconditionFailed, "precondition_failed")
	o.put("/compliance", `{"retention_recording_days":0,"recording_consent":"never"}`).breaks("retention_recording_days", "recording_consent")
	o.put("/compliance", `{"recording_consent":null,"pii_masking":null}`).breaks("recording_consent", "pii_masking")
	o.put("/compliance", `{"max_users":500}`).breaks("max_users")
	o.put("/compliance", string(changed.body)).expect(http.StatusOK)
}
