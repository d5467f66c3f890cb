package bunstore

import (
	"context"

	"github.com/uptrace/bun"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/org/member"
)

var members = kind[member.Member, memberRow]{
	name: "member", toRow: newMemberRow, fromRow: (*memberRow).member,
}

// Members implements [member.Store].
func (s *Store) Members() member.Finder { return reader(s.db, members) }

// ChangeMembers implements [member.Store].
func (s *Store) ChangeMembers(ctx context.Context, organizationID string, change func(member.Table) error) error {
	return s.change(ctx, organizationID, func(_ context.Context, db bun.Tx, row *organizationRow) error {
		return change(writer(&tx{db: db, row: row}, members))
	})
}

// MembershipsByEmail implements [member.Store].
func (s *Store) MembershipsByEmail(ctx context.Context, organizationID, email string, limit int) ([]member.Membership, error) {
	if !storable(organizationID, email) {
		return nil, nil
	}
	var rows []*memberRow
	q := s.db.NewSelect().Model(&rows).Relation("Organization").
		Where("m.email_key = ?", member.EmailKey(email)).Where("m.password_hash <> ''").
		Order("m.id").Limit(int64(limit))
	if organizationID != "" {
		q.Where("m.organization_id = ?", organizationID)
	}
	if err := q.Scan(ctx); err != nil {
		return nil, failed(ctx, "find members by e-mail", err)
	}
	list := make([]member.Membership, len(rows))
	for i, row := range rows {
		list[i] = row.membership()
	}
	return list, nil
}

// MembershipByLink implements [member.Store].
func (s *Store) MembershipByLink(ctx context.Context, tokenHash [32]byte) (member.Membership, error) {
	row := new(memberRow)
	err := s.db.NewSelect().Model(row).Relation("Organization").Where("m.link_hash = ?", tokenHash[:]).Scan(ctx)
	if err != nil {
		return member.Membership{}, failed(ctx, "find member by link", err)
	}
	return row.membership(), nil
}

// InsertMemberSession implements [member.Store].
func (s *Store) InsertMemberSession(ctx context.Context, session member.Session) error {
	if !storable(session.OrganizationID, session.MemberID) {
		return org.ErrNotFound
	}
	unlock, err := s.lockFile(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	_, err = s.db.NewInsert().Model(newMemberSessionRow(session)).Exec(ctx)
	if isMissingReference(err) {
		return org.ErrNotFound
	}
	if err != nil {
		return failed(ctx, "insert member session", err)
	}
	return s.deleteEnded(ctx, (*memberSessionRow)(nil), session.CreatedAt)
}

// MemberSession implements [member.Store].
func (s *Store) MemberSession(ctx context.Context, tokenHash [32]byte) (member.Session, member.Membership, error) {
	row := new(memberSessionRow)
	err := s.db.NewSelect().Model(row).Relation("Member").Relation("Organization").
		Where("s.token_hash = ?", tokenHash[:]).Scan(ctx)
	if err != nil {
		return member.Session{}, member.Membership{}, failed(ctx, "read member session", err)
	}
	m := member.Membership{Organization: row.Organization.organization(), Member: row.Member.member()}
	return row.session(), m, nil
}

// DeleteMemberSession implements [member.Store].
func (s *Store) DeleteMemberSession(ctx context.Context, tokenHash [32]byte) error {
	return s.deleteByToken(ctx, (*memberSessionRow)(nil), tokenHash)
}
