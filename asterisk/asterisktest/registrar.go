package asterisktest

import (
	"context"
	"crypto/subtle"
	"fmt"
	"strconv"

	"github.com/emiago/sipgo/sip"
	"github.com/icholy/digest"
)

// Registration is a REGISTER that a carrier accepted.
type Registration struct {
	// AOR is the user part of the address that was registered.
	AOR string
	// ContactUser is the user part of where it wants calls.
	ContactUser string
	// Seconds is for how long; 0 ends the registration.
	Seconds int
}

// WaitRegistration returns the next REGISTER that the carrier accepted, each once.
func (c *Carrier) WaitRegistration(ctx context.Context) (Registration, error) {
	select {
	case r := <-c.registrations:
		return r, nil
	case <-ctx.Done():
		return Registration{}, fmt.Errorf("wait for a registration: %w", ctx.Err())
	}
}

func (c *Carrier) onRegister(req *sip.Request, tx sip.ServerTransaction) error {
	if !c.authenticated(req, tx) {
		return nil
	}
	contact := req.Contact()
	if contact == nil {
		return tx.Respond(sip.NewResponseFromRequest(req, sip.StatusBadRequest, "No Contact", nil))
	}
	expires, _ := contact.Params.Get("expires")
	if header := req.GetHeader("Expires"); expires == "" && header != nil {
		expires = header.Value()
	}
	seconds, err := strconv.Atoi(expires)
	if err != nil {
		return tx.Respond(sip.NewResponseFromRequest(req, sip.StatusBadRequest, "Bad Expires", nil))
	}
	res := sip.NewResponseFromRequest(req, sip.StatusOK, "OK", nil)
	// The registrar lists the binding; without it Asterisk takes the registration for failed.
	binding := contact.Clone()
	binding.Params.Remove("expires")
	binding.Params.Add("expires", expires)
	res.AppendHeader(binding)
	if err := tx.Respond(res); err != nil {
		return err
	}
	select {
	case c.registrations <- Registration{AOR: req.To().Address.User, ContactUser: contact.Address.User, Seconds: seconds}:
	default:
	}
	return nil
}

// authenticated asks a request for the carrier's credentials and tells whether it has them.
func (c *Carrier) authenticated(req *sip.Request, tx sip.ServerTransaction) bool {
	if c.opts.Password == "" || c.proves(req) {
		return true
	}
	res := sip.NewResponseFromRequest(req, sip.StatusUnauthorized, "Unauthorized", nil)
	res.AppendHeader(sip.NewHeader("WWW-Authenticate", c.challenge().String()))
	c.check(tx.Respond(res))
	return false
}

func (c *Carrier) challenge() *digest.Challenge {
	return &digest.Challenge{Realm: "carrier", Nonce: c.nonce, Algorithm: "MD5", QOP: []string{"auth"}}
}

// proves tells whether a request carries a digest of the carrier's user name and password.
func (c *Carrier) proves(req *sip.Request) bool {
	header := req.GetHeader("Authorization")
	if header == nil {
		return false
	}
	given, err := digest.ParseCredentials(header.Value())
	if err != nil || given.Nonce != c.nonce {
		return false
	}
	wanted, err := digest.Digest(c.challenge(), digest.Options{
		Method: req.Method.String(), URI: given.URI, Count: given.Nc, Cnonce: given.Cnonce,
		Username: c.opts.Username, Password: c.opts.Password,
	})
	return err == nil && given.Username == c.opts.Username &&
		subtle.ConstantTimeCompare([]byte(wanted.Response), []byte(given.Response)) == 1
}
