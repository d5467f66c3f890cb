package httpapi

import (
	"encoding/json"
	"net/http"

	"github.com/orgpbx/orgpbx/httpapi/caller"
	"github.com/orgpbx/orgpbx/org"
)

// authorize finds out who calls and whether he may. body is looked at where
// the operation lets the administrator sign in by it.
func (c *call) authorize(body []byte) error {
	if c.op.access == anyone {
		return nil
	}
	who, err := c.api.identify(c.r, body)
	if err != nil {
		return err
	}
	exchangeOf(c.ctx()).caller = who
	who.Identify(c.record, c.api.config.AdminUsername)
	c.caller = who
	if err := c.api.config.Guard.Caller(who.Key(), who.Organization.ID); err != nil {
		return err
	}
	return c.permit(who)
}

// permit decides whether a caller may use the operation, and on which
// organisation.
func (c *call) permit(who caller.Caller) error {
	switch c.op.access {
	case administrators, administratorsOrBody:
		if who.Platform {
			return nil
		}
		return errForbidden
	case sessions:
		if who.Token != "" {
			return nil
		}
		return errUnauthenticated
	case organizations:
		if !who.May(c.op.permission()) {
			return errForbidden
		}
		return c.selectOrganization()
	case members:
		if who.Member == nil {
			return errForbidden
		}
		return c.selectOrganization()
	default:
		return errForbidden
	}
}

// identify returns the caller, or a problem. A name and password in the body
// count as a credential like any other.
func (a *API) identify(r *http.Request, body []byte) (caller.Caller, error) {
	credential, err := credentialOf(r)
	if err != nil {
		return caller.Caller{}, err
	}
	username, password, inBody := adminInBody(body)
	switch {
	case inBody && credential.scheme != "":
		return caller.Caller{}, errAmbiguousCredentials
	case inBody:
		return caller.Caller{Platform: true}, a.tryAdministrator(r, username, password)
	case credential.scheme == "":
		return caller.Caller{}, errUnauthenticated
	case credential.scheme == schemeBearer:
		return a.sessions.Resume(r.Context(), credential.secret)
	case credential.scheme == schemeBasic && !org.IsAPIKey(credential.name):
		return caller.Caller{Platform: true}, a.tryAdministrator(r, credential.name, credential.secret)
	}
	c, err := a.config.Organizations.Authenticate(r.Context(), storable(credential.name), credential.secret)
	return caller.OfKey(c), err
}

// tryAdministrator returns nil when these are the administrator's name and
// password. People choose passwords, so they can be guessed; the secrets of API
// keys and tokens cannot, and are not counted by account.
func (a *API) tryAdministrator(r *http.Request, username string, password org.Secret) error {
	return a.config.Guard.Try(a.config.Guard.Address(r), username, func() error {
		if !a.sessions.Administrator.Is(username, password) {
			return org.ErrUnauthenticated
		}
		return nil
	})
}

// adminInBody reads the administrator's name and password from a body, before
// the rest of it is judged: what is wrong with a body is not for everybody.
func adminInBody(body []byte) (username string, password org.Secret, given bool) {
	var members map[string]json.RawMessage
	if json.Unmarshal(body, &members) != nil {
		return "", "", false
	}
	name, named := members["admin_username"]
	secret, secreted := members["admin_password"]
	if !named && !secreted {
		return "", "", false
	}
	if json.Unmarshal(name, &username) != nil || json.Unmarshal(secret, &password) != nil {
		return "", "", true
	}
	return username, password, true
}

// selectOrganization decides which organisation a call is about. The
// administrator's choice is not looked up here: what the call reads or writes
// next says itself that there is no such organisation.
func (c *call) selectOrganization() error {
	if len(c.r.Header.Values("X-Organization-ID")) > 1 {
		return errAmbiguousOrganization
	}
	chosen := c.r.Header.Get("X-Organization-ID")
	if !c.caller.Platform {
		if chosen != "" && chosen != c.caller.Organization.ID {
			return errForbidden
		}
		c.organizationID = c.caller.Organization.ID
		return nil
	}
	if chosen == "" && c.op.platform {
		return nil
	}
	if chosen == "" {
		return errOrganizationRequired
	}
	if !isID(chosen) {
		return org.ErrNotFound
	}
	c.organizationID = chosen
	return nil
}

// organization returns the organisation a call is about. It costs a look at
// the store for the administrator only: an organisation brought itself along.
func (c *call) organization() (org.Organization, error) {
	if !c.caller.Platform {
		return c.caller.Organization, nil
	}
	return c.api.config.Organizations.Get(c.ctx(), c.organizationID)
}

// mustExist returns [org.ErrNotFound] when the administrator named an
// organisation that does not exist. Needed where nothing was found, which a
// list does not tell from an organisation without any.
func (c *call) mustExist() error {
	_, err := c.organization()
	return err
}
