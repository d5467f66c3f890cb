package resource

import (
	"context"
	"fmt"

	"github.com/orgpbx/orgpbx/org"
)

// Users is the set of users. It works as [Set] does, and makes the SIP
// password of each user's phone.
type Users struct {
	set *Set[User]
}

// Create adds a user and returns the SIP password of the phone, which can
// never be read again. The errors are those of [Set.Create].
func (u *Users) Create(ctx context.Context, organizationID string, v User) (User, org.Secret, error) {
	password, err := u.newPassword()
	if err != nil {
		return User{}, "", err
	}
	suffix, err := org.NewName(u.set.svc.opts.Random, 8)
	if err != nil {
		return User{}, "", err
	}
	created, err := u.set.create(ctx, organizationID, func(o org.Organization) (User, error) {
		v.SIP = newSIPCredential(o.ContextPrefix+"-"+suffix, u.set.svc.opts.Realm, password)
		return v, nil
	})
	if err != nil {
		return User{}, "", err
	}
	return created, password, nil
}

// RotateSIPPassword gives a user's phone a new password and returns it this
// once. The old one is dead when the change is deployed. ifVersion is the
// version the caller has seen, 0 for any. It returns [org.ErrNotFound] or
// [org.ErrVersionMismatch].
func (u *Users) RotateSIPPassword(ctx context.Context, organizationID, id string, ifVersion int64) (User, org.Secret, error) {
	password, err := u.newPassword()
	if err != nil {
		return User{}, "", err
	}
	var v User
	err = u.set.svc.store.Change(ctx, organizationID, func(tx Tx) error {
		var err error
		if v, err = u.set.lockedAt(ctx, tx, organizationID, id, ifVersion); err != nil {
			return err
		}
		old := v
		v.SIP = newSIPCredential(v.SIP.Username, u.set.svc.opts.Realm, password)
		v.Version++
		v.UpdatedAt = u.set.svc.now()
		if err := userKind.changed(ctx, tx, v.UpdatedAt, &old, &v); err != nil {
			return err
		}
		return tx.Users().Update(ctx, organizationID, v)
	})
	if v, err = u.set.written(organizationID, v, "rotate the SIP password of", err); err != nil {
		return User{}, "", err
	}
	return v, password, nil
}

func (u *Users) newPassword() (org.Secret, error) {
	password, err := org.NewSecret(u.set.svc.opts.Random, "")
	if err != nil {
		return "", fmt.Errorf("make a SIP password: %w", err)
	}
	return password, nil
}

// Get returns one user, or [org.ErrNotFound].
func (u *Users) Get(ctx context.Context, organizationID, id string) (User, error) {
	return u.set.Get(ctx, organizationID, id)
}

// List returns a page of users, oldest first.
func (u *Users) List(ctx context.Context, organizationID string, page org.Page) ([]User, error) {
	return u.set.List(ctx, organizationID, page)
}

// Update works as [Set.Update] does. The SIP credential cannot be edited.
func (u *Users) Update(ctx context.Context, organizationID, id string, ifVersion int64, edit func(*User) error) (User, error) {
	return u.set.Update(ctx, organizationID, id, ifVersion, edit)
}

// Delete works as [Set.Delete] does.
func (u *Users) Delete(ctx context.Context, organizationID, id string, ifVersion int64) error {
	return u.set.Delete(ctx, organizationID, id, ifVersion)
}
