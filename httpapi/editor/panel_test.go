package editor_test

import (
	"cmp"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/net/html"

	"github.com/orgpbx/orgpbx/httpapi"
	"github.com/orgpbx/orgpbx/httpapi/editor"
	"github.com/orgpbx/orgpbx/httpapi/guard"
	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/org/apikey"
	"github.com/orgpbx/orgpbx/org/audit"
	"github.com/orgpbx/orgpbx/org/hold"
	"github.com/orgpbx/orgpbx/org/member"
	"github.com/orgpbx/orgpbx/resource"
	"github.com/orgpbx/orgpbx/resource/cdr"
	"github.com/orgpbx/orgpbx/resource/deploy"
	"github.com/orgpbx/orgpbx/resource/subject"
	"github.com/orgpbx/orgpbx/resource/voicemail"
	"github.com/orgpbx/orgpbx/resource/webhook"
	"github.com/orgpbx/orgpbx/store"
	"github.com/orgpbx/orgpbx/store/memstore"
)

const (
	adminName     = "admin"
	adminPassword = "correct-horse-battery"
	userPassword  = "staple-of-the-member"
)

// today is when the calls of the tests are added up.
var today = time.Date(2026, time.November, 16, 12, 0, 0, 0, time.UTC)

// panel is an Editor on a real listener, and the services behind it.
type panel struct {
	url       string // with the prefix
	db        store.Store
	orgs      *org.Service
	people    *member.Service
	resources *resource.Service
	calls     *cdr.Service
	trail     *audit.Service
	holds     *hold.Service
	keys      *apikey.Service
	hooks     *webhook.Service
	subjects  *subject.Service

	recordings string // the folder of all organisations
	mailboxes  string // likewise
	logs       string // Asterisk's
}

func newPanel(t testing.TB, prefix string) *panel {
	t.Helper()
	return newPanelOn(t, prefix, resource.NoPBX{})
}

func newPanelOn(t testing.TB, prefix string, pbx resource.PBX) *panel {
	t.Helper()
	return newPanelWith(t, prefix, pbx, memstore.New(), cdr.Options{}, nil)
}

func newPanelWith(t testing.TB, prefix string, pbx resource.PBX, db store.Store, calls cdr.Options, limits *guard.Guard) *panel {
	t.Helper()
	sealer, err := resource.NewSealer(make([]byte, 32))
	require.NoError(t, err)
	p := &panel{
		db:        db,
		orgs:      org.New(db, org.Options{}),
		holds:     hold.New(db, hold.Options{}),
		people:    member.New(db, member.Options{Sealer: sealer, Hashing: member.Argon2{MemoryKiB: 8, Passes: 1}}),
		resources: resource.New(db, resource.Options{Sealer: sealer}),
		trail:     audit.New(db),
		keys:      apikey.New(db, apikey.Options{}),
		hooks:     webhook.New(db, webhook.Options{Sealer: sealer, AllowPrivate: true}),

		recordings: t.TempDir(),
		mailboxes:  t.TempDir(),
		logs:       t.TempDir(),
	}
	p.subjects = subject.New(db, subject.Options{
		Recordings: cdr.RecordingsFolder(p.recordings), Mailboxes: voicemail.Folder(p.mailboxes),
		QueueLog: subject.QueueLogFolder(p.logs),
	})
	calls.Recordings, calls.Now = cdr.RecordingsFolder(p.recordings), func() time.Time { return today }
	p.calls = cdr.New(db, calls)
	e, err := editor.New(editor.Config{
		Prefix: prefix, Organizations: p.orgs, Members: p.people, Resources: p.resources,
		Deployer: deploy.New(db, pbx, deploy.Options{Sealer: sealer, SIPDomain: "{organization}.sip.example.com"}), Calls: p.calls, Trail: p.trail,
		APIKeys: p.keys, Webhooks: p.hooks, Subjects: p.subjects, Holds: p.holds, ExportShapes: httpapi.ExportShapes(),
		AdminUsername: adminName, AdminPassword: adminPassword,
		Guard: limits,
	})
	require.NoError(t, err)
	mux := http.NewServeMux()
	mux.Handle(prefix+"/", e)
	listener := httptest.NewServer(mux)
	t.Cleanup(listener.Close)
	p.url = listener.URL + prefix
	return p
}

// organization adds one as an administrator would.
func (p *panel) organization(t testing.TB, name string) org.Organization {
	t.Helper()
	profile, err := p.orgs.Draft(org.Hotel)
	require.NoError(t, err)
	profile.Name = name
	o, _, err := p.orgs.Create(t.Context(), profile)
	require.NoError(t, err)
	return o
}

// person adds a member who has chosen userPassword.
func (p *panel) person(t testing.TB, o org.Organization, email string, role member.Role) {
	t.Helper()
	_, sent, err := p.people.Invite(t.Context(), member.OwnersRights(), o.ID,
		member.Invitation{Email: email, Profile: member.Profile{Name: "Asha Rao", Role: role}})
	require.NoError(t, err)
	_, token, found := strings.Cut(sent.URL.Reveal(), "token=")
	require.True(t, found)
	_, err = p.people.AcceptInvitation(t.Context(), org.Secret(token), userPassword)
	require.NoError(t, err)
}

// visitor is a browser without scripts: it keeps cookies and sends forms.
type visitor struct {
	t      testing.TB
	panel  *panel
	client *http.Client
}

// shown is what it got.
type shown struct {
	status int
	path   string
	text   string
	header http.Header
}

// plain is the text with its entities resolved.
func (s shown) plain() string { return html.UnescapeString(s.text) }

func (p *panel) visitor(t testing.TB) *visitor {
	t.Helper()
	jar, err := cookiejar.New(nil)
	require.NoError(t, err)
	return &visitor{t, p, &http.Client{Jar: jar}}
}

// administrator is a visitor who has signed in as the administrator.
func (p *panel) administrator(t testing.TB) *visitor {
	t.Helper()
	v := p.visitor(t)
	v.signIn(adminName, adminPassword)
	return v
}

func (v *visitor) get(path string) shown {
	v.t.Helper()
	r, err := http.NewRequestWithContext(v.t.Context(), http.MethodGet, v.panel.url+path, http.NoBody)
	require.NoError(v.t, err)
	return v.send(r)
}

func (v *visitor) post(path string, form url.Values) shown {
	v.t.Helper()
	r, err := http.NewRequestWithContext(v.t.Context(), http.MethodPost, v.panel.url+path, strings.NewReader(form.Encode()))
	require.NoError(v.t, err)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return v.send(r)
}

func (v *visitor) send(r *http.Request) shown {
	v.t.Helper()
	answer, err := v.client.Do(r)
	require.NoError(v.t, err)
	text, err := io.ReadAll(answer.Body)
	require.NoError(v.t, err)
	require.NoError(v.t, answer.Body.Close())
	root, err := url.Parse(v.panel.url)
	require.NoError(v.t, err)
	path := strings.TrimPrefix(answer.Request.URL.Path, root.Path)
	return shown{answer.StatusCode, path, string(text), answer.Header}
}

var formToken = regexp.MustCompile(`name="form_token" value="([^"]+)"`)

// token is that of the forms of a page.
func (s shown) token(t testing.TB) string {
	t.Helper()
	found := formToken.FindStringSubmatch(s.text)
	require.NotNil(t, found, "the page has no form of a session: %s", s.text)
	return found[1]
}

// form is what a browser would send of the first form that has a field.
func (s shown) form(t testing.TB, field string) url.Values {
	t.Helper()
	page, err := html.Parse(strings.NewReader(s.text))
	require.NoError(t, err)
	for node := range page.Descendants() {
		if node.Data != "form" {
			continue
		}
		if values := valuesOf(node); values.Has(field) {
			return values
		}
	}
	require.Fail(t, "no form has the field", "%s in %s", field, s.text)
	return nil
}

// valuesOf are the values of a form's fields.
func valuesOf(form *html.Node) url.Values {
	values := url.Values{}
	for node := range form.Descendants() {
		attr := map[string]string{}
		for _, a := range node.Attr {
			attr[a.Key] = a.Val
		}
		_, checked := attr["checked"]
		switch {
		case node.Data == "input" && (attr["type"] == "checkbox" || attr["type"] == "radio"):
			if checked {
				values.Add(attr["name"], cmp.Or(attr["value"], "on"))
			}
		case node.Data == "input" && attr["name"] != "":
			values.Add(attr["name"], attr["value"])
		case node.Data == "select":
			values.Add(attr["name"], chosen(node))
		}
	}
	return values
}

// chosen is the value of a select: the first option's, if none is selected.
func chosen(choice *html.Node) string {
	first, found := "", false
	for node := range choice.Descendants() {
		if node.Data != "option" {
			continue
		}
		value, selected := "", false
		for _, a := range node.Attr {
			switch a.Key {
			case "value":
				value = a.Val
			case "selected":
				selected = true
			}
		}
		if selected {
			return value
		}
		if !found {
			first, found = value, true
		}
	}
	return first
}

func (v *visitor) signIn(name, password string) shown {
	v.t.Helper()
	return v.post("/sign-in", url.Values{"name": {name}, "password": {password}, "to": {"/"}})
}

var secretShown = regexp.MustCompile(`id="api-secret" readonly value="([^"]+)"`)
