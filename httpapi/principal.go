package httpapi

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"net/http"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/org/member"
)

// caller is who a request comes from.
type caller struct {
	platform     bool             // the administrator
	organization org.Organization // whose credential it is, when not platform
	member       *member.Member   // who signed in, when it is a person's
	token        org.Secret       // the Bearer token, when it was one
}

// may reports whether the caller has a permission. An organisation's own
// credential and the administrator have them all.
func (c caller) may(p member.Permission) bool { return c.member == nil || c.member.Role.May(p) }

// memberID names the person in the log; empty for other callers.
func (c caller) memberID() string {
	if c.member == nil {
		return ""
	}
	return c.member.ID
}

// administrator checks the platform administrator's name and password.
type administrator struct {
	enabled            bool
	username, password [32]byte
}

func newAdministrator(username string, password org.Secret) administrator {
	return administrator{
		enabled:  password != "",
		username: sha256.Sum256([]byte(username)),
		password: password.Hash(),
	}
}

// is compares hashes, so neither content nor length shows in the time it
// takes, and it looks at the password whether the name is right or not.
func (a administrator) is(username string, password org.Secret) bool {
	givenName, givenPassword := sha256.Sum256([]byte(username)), password.Hash()
	same := subtle.ConstantTimeCompare(givenName[:], a.username[:]) &
		subtle.ConstantTimeCompare(givenPassword[:], a.password[:])
	return a.enabled && same == 1
}

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
	c.identified(who)
	return c.permit(who)
}

// permit decides whether a caller may use the operation, and on which
// organisation.
func (c *call) permit(who caller) error {
	c.caller = who
	switch c.op.access {
	case administrators, administratorsOrBody:
		if who.platform {
			return nil
		}
		return errForbidden
	case sessions:
		if who.token != "" {
			return nil
		}
		return errUnauthenticated
	case organizations:
		if !who.may(c.op.permission()) {
			return errForbidden
		}
		return c.selectOrganization()
	case members:
		if who.member == nil {
			return errForbidden
		}
		return c.selectOrganization()
	default:
		return errForbidden
	}
}

// identify returns the caller, or a problem. A name and password in the body
// count as a credential like any other.
func (a *API) identify(r *http.Request, body []byte) (caller, error) {
	credential, err := credentialOf(r)
	if err != nil {
		return caller{}, err
	}
	username, password, inBody := adminInBody(body)
	switch {
	case inBody && credential.scheme != "":
		return caller{}, errAmbiguousCredentials
	case inBody && a.admin.is(username, password):
		return caller{platform: true}, nil
	case inBody, credential.scheme == "":
		return caller{}, errUnauthenticated
	case credential.scheme == schemeBearer:
		return a.resume(r.Context(), credential.secret)
	case credential.scheme == schemeBasic && a.admin.is(credential.name, credential.secret):
		return caller{platform: true}, nil
	}
	o, err := a.config.Organizations.Authenticate(r.Context(), storable(credential.name), credential.secret)
	return caller{organization: o}, err
}

func (a *API) resume(ctx context.Context, token org.Secret) (caller, error) {
	if member.IsToken(token) {
		m, err := a.config.Members.ResumeSession(ctx, token)
		return caller{organization: m.Organization, member: &m.Member, token: token}, err
	}
	session, o, err := a.config.Organizations.ResumeSession(ctx, token)
	if err != nil {
		return caller{}, err
	}
	if session.IsPlatform() && !a.admin.enabled {
		return caller{}, errUnauthenticated
	}
	return caller{platform: session.IsPlatform(), organization: o, token: token}, nil
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
	if !c.caller.platform {
		if chosen != "" && chosen != c.caller.organization.ID {
			return errForbidden
		}
		c.organizationID = c.caller.organization.ID
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
	if !c.caller.platform {
		return c.caller.organization, nil
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
