package main

import (
	"io"
	"net"
	"strings"
	"text/template"

	"github.com/orgpbx/orgpbx/org"
)

// banner is what a newcomer sees first: where things are and what to do next.
var banner = template.Must(template.New("banner").Parse(`
orgpbx is running.

  Editor       {{.URL}}/
  API          {{.URL}}/api/v1
  API docs     {{.URL}}/api-docs (Swagger UI)   {{.URL}}/reference (Scalar)
  Database     {{.Database}}
  Asterisk     {{.Asterisk}}
  Admin        {{.AdminUsername}}{{if .Generated}}, password {{.Password}} (made for this run: set ADMIN_PASSWORD to choose your own){{end}}

Create the first organisation:

  curl -sS {{.URL}}/api/v1/organizations -H 'Content-Type: application/json' -d '{
    "admin_username":{{.QuotedUsername}},"admin_password":"{{if .Generated}}{{.Password}}{{else}}'"$ADMIN_PASSWORD"'{{end}}","name":"Grand-Estancia-Salem",
    "industry":"hotel","contact_info":{"email":"manager@ge.com","phone":"+919944421125"}}'

The answer holds api_key and api_secret; the secret is shown this once.
{{if .Include}}
Asterisk loads what is generated once its own files include it:
{{range .Include}}
  {{.File}}: #tryinclude {{.Path}}{{end}}
{{end}}
`))

type bannerData struct {
	URL, Database, Asterisk       string
	AdminUsername, QuotedUsername string
	Generated                     bool
	Password                      string
	Include                       []include
}

type include struct{ File, Path string }

func printBanner(out io.Writer, s Settings, addr net.Addr, password org.Secret) error {
	data := bannerData{
		URL:            "http://" + addr.String(),
		Database:       databaseName(s.DatabaseURL),
		Asterisk:       "nothing is configured (ORGPBX_PBX=none)",
		AdminUsername:  s.AdminUsername,
		QuotedUsername: quoteForCurl(s.AdminUsername),
		Generated:      s.AdminPassword == "",
	}
	if data.Generated {
		data.Password = password.Reveal()
	}
	if s.PBX == "live" {
		at := s.AMIAddr
		if len(s.Nodes) > 0 {
			at = nodeNames(s)
		}
		data.Asterisk = "over AMI at " + at + " (--preflight says whether it is prepared)"
	}
	if s.PBX == "files" {
		dir := absolute(s.AsteriskDir)
		data.Asterisk = dir + ", reloaded over AMI at " + s.AMIAddr
		if s.AMIAddr == "" {
			data.Asterisk = dir + " (files only: set ORGPBX_AMI_ADDR to have Asterisk reloaded)"
		}
		for _, file := range []string{"pjsip.conf", "extensions.conf", "queues.conf", "voicemail.conf"} {
			data.Include = append(data.Include, include{file, dir + "/" + file})
		}
	}
	return banner.Execute(out, data)
}

// nodeNames says which nodes there are and where, without their secrets.
func nodeNames(s Settings) string {
	nodes, _ := s.asterisks() // checked before
	var names []string
	for _, n := range nodes {
		names = append(names, n.name+" "+n.addr)
	}
	return strings.Join(names, ", ")
}

// databaseName says which database it is without the password in a URL.
func databaseName(url string) string {
	scheme, file, _ := strings.Cut(url, ":")
	switch scheme {
	case "memory":
		return "in memory: nothing is kept"
	case "sqlite":
		return "SQLite, " + absolute(file)
	default:
		return "Postgres"
	}
}

// quoteForCurl writes a JSON string that can stand inside single quotes.
func quoteForCurl(s string) string {
	quoted := strings.NewReplacer(`\`, `\\`, `"`, `\"`, `'`, `'"'"'`).Replace(s)
	return `"` + quoted + `"`
}
