package editor

import (
	"encoding/base64"
	"fmt"
	"html/template"
	"net/http"

	"github.com/orgpbx/orgpbx/org"
)

// credentials are an API key and its secret, which is shown this once.
type credentials struct {
	Organization org.Organization
	APIKey       string
	Secret       string
}

// created is the page after the wizard.
type created struct {
	Credentials credentials
	Deploy      deployState
	Checklist   []checklistStep
}

func (e *Editor) showCreated(q *request, o org.Organization, secret org.Secret) error {
	o, deployed, err := e.deploy(q, o)
	if err != nil {
		return err
	}
	usage, err := e.config.Resources.Usage(q.Context(), o)
	if err != nil {
		return err
	}
	steps, err := e.checklist(q.Context(), o, usage)
	if err != nil {
		return err
	}
	return q.show(http.StatusCreated, "created", created{
		Credentials: credentials{o, o.APIKey, secret.Reveal()}, Deploy: deployed, Checklist: steps,
	})
}

// FileName is what the credentials are saved as.
func (c credentials) FileName() string { return "orgpbx-" + c.Organization.ContextPrefix + ".txt" }

// File returns the credentials as a file in an address, for a link that saves
// it: the secret is not kept anywhere that it could be fetched from.
func (c credentials) File() template.URL {
	content := fmt.Sprintf("organization: %s\norganization_id: %s\napi_key: %s\napi_secret: %s\n",
		c.Organization.Name, c.Organization.ID, c.APIKey, c.Secret)
	return template.URL("data:text/plain;charset=utf-8;base64," + base64.StdEncoding.EncodeToString([]byte(content))) //nolint:gosec // base64 has no meaning in HTML
}
