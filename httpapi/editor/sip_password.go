package editor

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"rsc.io/qr"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/org/audit"
	"github.com/orgpbx/orgpbx/org/member"
	"github.com/orgpbx/orgpbx/resource"
)

// sipPassword is the page with what a phone registers with, shown this once.
type sipPassword struct {
	head
	User     resource.User
	Password string
	Domain   string
	Deploy   deployState
	QR       *qrCode // of a SIP URI with all three; none where the domain is not known
}

// qrCode is drawn as one path in units of a module.
type qrCode struct {
	Size int // modules, with the quiet zone
	Path string
}

// quietZone is how many modules stay empty around a QR code.
const quietZone = 4

func newQRCode(content string) (*qrCode, error) {
	code, err := qr.Encode(content, qr.M)
	if err != nil {
		return nil, fmt.Errorf("QR code: %w", err)
	}
	var path strings.Builder
	for y := range code.Size {
		for x := range code.Size {
			if code.Black(x, y) {
				fmt.Fprintf(&path, "M%d %dh1v1h-1z", x+quietZone, y+quietZone)
			}
		}
	}
	return &qrCode{Size: code.Size + 2*quietZone, Path: path.String()}, nil
}

// showSIP gives the deploy its moment and shows what was made.
func (e *Editor) showSIP(q *request, o org.Organization, userID string, password org.Secret) error {
	o, deployed, err := e.deploy(q, o)
	if err != nil {
		return err
	}
	u, err := e.config.Resources.Users().Get(q.Context(), o.ID, userID)
	if err != nil {
		return err
	}
	view := sipPassword{head: q.head(o, "users"), User: u, Password: password.Reveal(), Domain: e.config.SIPDomain, Deploy: deployed}
	if view.Domain != "" {
		uri := "sip:" + url.UserPassword(u.SIP.Username, view.Password).String() + "@" + view.Domain
		if view.QR, err = newQRCode(uri); err != nil {
			return err
		}
	}
	return q.show(http.StatusCreated, "sip-password", view)
}

// userOfPath returns the user whose password is rotated.
func (e *Editor) userOfPath(q *request) (o org.Organization, u resource.User, err error) {
	if o, err = q.organization(member.WriteSetup); err != nil {
		return o, u, err
	}
	id, err := q.resource()
	if err != nil {
		return o, u, err
	}
	u, err = e.config.Resources.Users().Get(q.Context(), o.ID, id)
	return o, u, err
}

func (e *Editor) askSIPPassword(q *request) error {
	o, u, err := e.userOfPath(q)
	if err != nil {
		return err
	}
	return e.askSIPPasswordAgain(q, http.StatusOK, o, u, "")
}

func (e *Editor) askSIPPasswordAgain(q *request, status int, o org.Organization, u resource.User, problem string) error {
	path := "/organizations/" + o.ID + "/users/" + u.ID
	return q.show(status, "confirm", confirmation{
		head: q.head(o, "users"), Key: "sip-password", Subject: u.Extension, Action: path + "/sip-password", Back: path,
		Version: u.Version, Bad: true, Problem: problem,
	})
}

func (e *Editor) rotateSIPPassword(q *request) error {
	o, u, err := e.userOfPath(q)
	if err != nil {
		return err
	}
	var password org.Secret
	err = q.recorded("rotate-sip-password", string(resource.KindUser), func(ctx context.Context, record *audit.Record) (_ string, err error) {
		record.About(audit.Object{Kind: string(resource.KindUser), ID: u.ID})
		_, password, err = e.config.Resources.Users().RotateSIPPassword(ctx, o.ID, u.ID, q.seenVersion())
		return o.ID, err
	})
	if errors.Is(err, org.ErrVersionMismatch) {
		return e.askSIPPasswordAgain(q, http.StatusConflict, o, u, "confirm.changed")
	}
	if err != nil {
		return err
	}
	return e.showSIP(q, o, u.ID, password)
}
