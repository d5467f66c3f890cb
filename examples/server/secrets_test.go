package main

import (
	"database/sql"
	"encoding/base32"
	"encoding/base64"
	"encoding/hex"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"
	"github.com/stretchr/testify/require"
)

// TestNoSecretIsKeptInClear has a server show or be told every kind of secret, and
// then looks for them in every table of the database, in what was logged, and in
// every file that was written.
func TestNoSecretIsKeptInClear(t *testing.T) {
	t.Parallel()
	s := newStand(t, filepath.Join(t.TempDir(), "asterisk-config"))
	logged, err := os.Create(filepath.Join(t.TempDir(), "log"))
	require.NoError(t, err)
	s.log = logged
	p := s.start("ORGPBX_WEBHOOK_ALLOW_PRIVATE=true")
	v := vault{t: t, p: p.platform, known: map[string]string{"the manager's secret": s.pbx.AMI().Secret}}
	v.fill()
	p.kill()
	require.NoError(t, logged.Close())

	for name, secret := range v.known {
		require.GreaterOrEqual(t, len(secret), 8, "%s: what is so short is found by chance", name)
	}
	log := readFile(t, logged.Name())
	require.Contains(t, log, "operation=create-user")
	v.requireNoneIn("the log", log)
	tables := tablesOf(t, s)
	require.Contains(t, tables["orgpbx_organizations"], "Grand-Estancia-Salem", "what is there is found")
	for table, rows := range tables {
		v.requireNoneIn(table, rows)
	}
	// Asterisk has to send the password of a trunk that registers, in clear.
	delete(v.known, "trunk password")
	files := 0
	require.NoError(t, filepath.WalkDir(s.dir, func(name string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			files++
			v.requireNoneIn(name, readFile(t, name))
		}
		return err
	}))
	require.Greater(t, files, 4)
}

// vault knows every secret that a server has seen.
type vault struct {
	t     *testing.T
	p     *platform
	known map[string]string
}

// keep notes a secret of an answer.
func (v vault) keep(name string, answer object, field string) string {
	v.t.Helper()
	secret, _ := answer[field].(string)
	require.NotEmpty(v.t, secret, "%s: %v", name, answer)
	v.known[name] = secret
	return secret
}

// fill goes through everything that has a secret.
func (v vault) fill() {
	v.t.Helper()
	v.known["administrator's password"] = adminPassword
	v.known["key that seals"] = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
	v.keep("administrator's token", v.p.call("POST", "/api/v1/admin/auth", nil,
		object{"admin_username": "admin", "admin_password": adminPassword}, http.StatusOK), "token")
	o := v.p.create("Grand-Estancia-Salem")
	v.known["API secret"] = o.secret
	o.update(object{"settings": object{"webhook_enabled": true}})
	login := object{"api_key": o.key, "api_secret": o.secret}
	v.keep("organisation's token", v.p.call("POST", "/api/v1/auth/login", nil, login, http.StatusOK), "token")
	named := o.api("POST", "/api-keys", object{"name": "billing", "scopes": []string{"calls:read"}}, http.StatusCreated)
	v.keep("named secret", named, "api_secret")
	v.keep("rotated named secret", o.api("POST", "/api-keys/"+named["id"].(string)+"/rotate", object{"overlap_seconds": 60}, http.StatusOK), "api_secret")
	user := o.api("POST", "/users", person("1001"), http.StatusCreated)
	v.keep("SIP password", user, "sip_password")
	v.keep("rotated SIP password", o.api("POST", "/users/"+user["id"].(string)+"/rotate-sip-password", nil, http.StatusOK), "sip_password")
	v.trunks(o)
	v.webhooks(o)
	v.people(o)
	v.keep("rotated API secret", v.p.admin("POST", "/organizations/"+o.id+"/rotate-secret", nil, http.StatusOK), "api_secret")
}

func (v vault) trunks(o *tenant) {
	v.t.Helper()
	trunk := object{"name": "carrier", "trunk_type": "outbound", "host": "127.0.0.99", "username": "acct", "password": "tr0nk-pa55word"}
	v.known["trunk password"] = "tr0nk-pa55word"
	id := o.api("POST", "/trunks", trunk, http.StatusCreated)["id"].(string)
	trunk["password"] = "another-tr0nk-pa55word"
	v.known["trunk password that is no more"] = "another-tr0nk-pa55word"
	o.api("PATCH", "/trunks/"+id, trunk, http.StatusOK)
	trunk["password"] = v.known["trunk password"]
	o.api("PATCH", "/trunks/"+id, trunk, http.StatusOK)
	v.known["inbound trunk's password"] = "1nb0und-pa55word"
	o.api("POST", "/trunks", object{"name": "branch", "trunk_type": "inbound", "username": "branch", "password": "1nb0und-pa55word"}, http.StatusCreated)
	v.known["password of a trunk that is refused"] = "refused-pa55word"
	o.api("POST", "/trunks", object{"name": "]", "trunk_type": "outbound", "password": "refused-pa55word"}, http.StatusUnprocessableEntity)
}

func (v vault) webhooks(o *tenant) {
	v.t.Helper()
	webhook := o.api("POST", "/webhooks", object{"url": "http://127.0.0.1:9/", "events": []string{"user.created"}}, http.StatusCreated)
	v.keep("webhook secret", webhook, "secret")
	path := "/webhooks/" + webhook["id"].(string)
	v.keep("rotated webhook secret", o.api("POST", path+"/rotate-secret", nil, http.StatusOK), "secret")
	o.api("POST", path+"/test", nil, http.StatusOK)
}

// people has a member invited, who sets up a second factor and has the password
// reset.
func (v vault) people(o *tenant) {
	v.t.Helper()
	token := func(name string, answer object, field string) string {
		link := v.keep(name+" as a link", answer, field)
		_, secret, _ := strings.Cut(link, "token=")
		v.known[name] = secret
		return secret
	}
	call := func(path, bearer string, body object, status int) object {
		return v.p.call("POST", "/api/v1"+path, func(r *http.Request) {
			if bearer != "" {
				r.Header.Set("Authorization", "Bearer "+bearer)
			}
		}, body, status)
	}
	const password = "correct horse battery staple"
	v.known["member's password"] = password
	invited := o.api("POST", "/org-users/invite", object{"email": "asha@example.com", "name": "Asha Nair", "role": "owner"}, http.StatusCreated)
	call("/auth/accept-invite", "", object{"token": token("invitation", invited, "accept_url"), "password": password}, http.StatusOK)
	login := object{"email": "asha@example.com", "password": password}
	session := v.keep("member's token", call("/auth/user-login", "", login, http.StatusOK), "token")
	v.known["wrong password"] = "wrong horse battery staple"
	call("/auth/user-login", "", object{"email": "asha@example.com", "password": v.known["wrong password"]}, http.StatusUnauthorized)

	setup := call("/org-users/me/totp", session, object{"current_password": password}, http.StatusOK)
	seed := v.keep("seed of the second factor", setup, "seed")
	binary, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(seed)
	require.NoError(v.t, err)
	v.known["seed of the second factor, as bytes"] = string(binary)
	code, err := totp.GenerateCode(seed, time.Now())
	require.NoError(v.t, err)
	confirmed := call("/org-users/me/totp/confirm", session, object{"code": code}, http.StatusOK)
	for _, code := range confirmed["recovery_codes"].([]any) {
		v.known["recovery code "+code.(string)] = code.(string)
	}
	link := o.api("POST", "/org-users/"+invited["id"].(string)+"/link", nil, http.StatusOK)
	v.known["new password"] = "another horse battery staple"
	call("/auth/reset-password", "", object{"token": token("reset", link, "url"), "password": v.known["new password"]}, http.StatusOK)
}

// requireNoneIn fails where a text has one of the secrets, as it is or encoded.
func (v vault) requireNoneIn(where, text string) {
	v.t.Helper()
	for name, secret := range v.known {
		for _, form := range []string{
			secret, hex.EncodeToString([]byte(secret)), strings.TrimRight(base64.StdEncoding.EncodeToString([]byte(secret)), "="),
			strings.TrimRight(base64.URLEncoding.EncodeToString([]byte(secret)), "="),
		} {
			if strings.Contains(text, form) { // which NotContains would print
				require.Fail(v.t, "a secret is kept in clear", "%s in %s", name, where)
			}
		}
	}
}

// tablesOf are all rows of all tables, as text.
func tablesOf(t *testing.T, s *stand) map[string]string {
	t.Helper()
	var address string
	for _, variable := range s.env {
		if value, is := strings.CutPrefix(variable, "ORGPBX_DATABASE_URL="); is {
			address = value
		}
	}
	db, err := sql.Open("pgx", address)
	require.NoError(t, err)
	names := column(t, db, "SELECT quote_ident(table_name) FROM information_schema.tables WHERE table_schema = 'public'")
	require.Greater(t, len(names), 15)
	tables := map[string]string{}
	for _, name := range names {
		rows := column(t, db, "SELECT row_to_json(t)::text FROM "+name+" t")
		tables[name] = strings.Join(rows, "\n")
	}
	for _, name := range []string{"orgpbx_trunks", "orgpbx_users", "orgpbx_webhooks", "orgpbx_members", "orgpbx_api_keys", "orgpbx_audit"} {
		require.NotEmpty(t, tables[name], name)
	}
	require.NoError(t, db.Close())
	return tables
}

// column is the one column of a query.
func column(t *testing.T, db *sql.DB, query string) []string {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), query)
	require.NoError(t, err)
	defer func() { require.NoError(t, rows.Close()) }()
	var all []string
	for rows.Next() {
		var value string
		require.NoError(t, rows.Scan(&value))
		all = append(all, value)
	}
	require.NoError(t, rows.Err())
	return all
}
