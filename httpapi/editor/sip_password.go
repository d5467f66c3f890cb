package editor

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"rsc.io/qr"

	"github.com/orgpbx/orgpbx/org"
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

// showSIP shows what was made for the phone of a user.
func (e *Editor) showSIP(userID string, password org.Secret) afterwards {
	return func(q *request, o org.Organization) error {
		u, err := e.config.Resources.Users().Get(q.Context(), o.ID, userID)
		if err != nil {
			return err
		}
		view := sipPassword{head: q.head(o, "users"), User: u, Password: password.Reveal()}
		if view.Deploy, err = e.deployStateOf(q.Context(), o); err != nil {
			return err
		}
		view.Domain = e.config.Deployer.SIPDomain(q.Context(), o.ContextPrefix)
		if view.Domain != "" {
			uri := "sip:" + url.UserPassword(u.SIP.Username, view.Password).String() + "@" + view.Domain
			if view.QR, err = newQRCode(uri); err != nil {
				return err
			}
		}
		return q.show(http.StatusCreated, "sip-password", view)
	}
}

// createUser adds a user and shows the credentials of the phone.
func (e *Editor) createUser(ctx context.Context, _ *request, organizationID string, u resource.User) (resource.User, afterwards, error) {
	made, password, err := e.config.Resources.Users().Create(ctx, organizationID, u)
	return made, e.showSIP(made.ID, password), err
}

// newSIPPassword gives the phone of a user another password.
func (e *Editor) newSIPPassword() deedOn[resource.User] {
	return deedOn[resource.User]{
		path: "sip-password", key: "sip-password", operation: "rotate-sip-password", bad: true, offered: always[resource.User],
		do: func(ctx context.Context, _ *request, o org.Organization, u resource.User, version int64) (afterwards, error) {
			_, password, err := e.config.Resources.Users().RotateSIPPassword(ctx, o.ID, u.ID, version)
			return e.showSIP(u.ID, password), err
		},
	}
}
