package caller

import (
	"context"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/org/member"
)

// Sessions resumes and ends the sessions of every kind of caller.
type Sessions struct {
	Organizations *org.Service
	Members       *member.Service
	Administrator Administrator
}

// Resume returns whose session a token is of. It returns
// [org.ErrUnauthenticated] for an unknown or ended one, and for one of an
// administrator when there is none any more, and [org.ErrSuspended] while the
// organisation is suspended.
func (s Sessions) Resume(ctx context.Context, token org.Secret) (Caller, error) {
	if member.IsToken(token) {
		m, err := s.Members.ResumeSession(ctx, token)
		if err != nil {
			return Caller{}, err
		}
		return Caller{Organization: m.Organization, Member: &m.Member, Token: token}, nil
	}
	session, c, err := s.Organizations.ResumeSession(ctx, token)
	if err != nil {
		return Caller{}, err
	}
	if session.IsPlatform() && !s.Administrator.Enabled() {
		return Caller{}, org.ErrUnauthenticated
	}
	who := OfKey(c)
	who.Platform, who.Token = session.IsPlatform(), token
	return who, nil
}

// Close ends the session that the caller came by.
func (s Sessions) Close(ctx context.Context, c Caller) error {
	if c.Member != nil {
		return s.Members.CloseSession(ctx, c.Token)
	}
	return s.Organizations.CloseSession(ctx, c.Token)
}
