package org

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"

	"github.com/orgpbx/orgpbx/org/audit"
)

// auditKind is what an organisation is called in the trail.
const auditKind = "organization"

// Options are what a [Service] needs beside its store. Every field has a
// default.
type Options struct {
	// Presets are the industries an organisation may be of; [DefaultPresets]
	// when empty.
	Presets []Preset
	// SessionTTL is how long a login lasts; 12 hours when 0.
	SessionTTL time.Duration
	// Changed is called after a change of an organisation is saved that the
	// PBX must learn about, its deletion included. It must not block.
	Changed func(organizationID string)
	// Now is the clock; time.Now when nil.
	Now func() time.Time
	// Random is where secrets and names come from; crypto/rand when nil.
	Random io.Reader
	// NewID makes ids that rise with time; UUIDv7 when nil.
	NewID func() string
}

// Service creates, edits and authenticates organisations. It is safe for
// concurrent use.
type Service struct {
	store Store
	opts  Options
}

// New returns a service on a store.
func New(store Store, opts Options) *Service {
	if len(opts.Presets) == 0 {
		opts.Presets = DefaultPresets()
	}
	if opts.SessionTTL == 0 {
		opts.SessionTTL = 12 * time.Hour
	}
	if opts.Changed == nil {
		opts.Changed = func(string) {}
	}
	if opts.Now == nil {
		opts.Now = time.Now
	}
	if opts.NewID == nil {
		opts.NewID = func() string { return uuid.Must(uuid.NewV7()).String() }
	}
	return &Service{store: store, opts: opts}
}

// Presets returns the industries an organisation may be of.
func (s *Service) Presets() []Preset { return slices.Clone(s.opts.Presets) }

// Draft returns the profile an organisation of this industry starts with, to
// be filled in and given to [Service.Create]. It returns an [*InvalidError]
// when there is no such industry.
func (s *Service) Draft(industry Industry) (Profile, error) {
	preset, found := findPreset(s.opts.Presets, industry)
	if !found {
		return Profile{}, s.unknownIndustry()
	}
	return Profile{
		Industry:   industry,
		Status:     Active,
		Settings:   preset.Settings,
		Limits:     preset.Limits,
		Compliance: preset.Compliance.clone(),

		EmergencyNumbers: slices.Clone(preset.EmergencyNumbers),
	}, nil
}

func (s *Service) unknownIndustry() error {
	names := make([]string, len(s.opts.Presets))
	for i, p := range s.opts.Presets {
		names[i] = string(p.Industry)
	}
	return Invalid("industry", "oneof", "must be one of "+strings.Join(names, ", "))
}

// Create adds an organisation and returns it with its API secret, which can
// never be read again. It returns an [*InvalidError] that lists every broken
// rule, or a [*DuplicateError] with field "name".
func (s *Service) Create(ctx context.Context, profile Profile) (Organization, Secret, error) {
	return s.create(ctx, profile, s.store.InsertOrganization)
}

// CreateOn is Create with the node of the PBX that shall have the organisation,
// which is not checked: the deploys know the nodes. No deploy can put it on
// another one first.
func (s *Service) CreateOn(ctx context.Context, profile Profile, node string) (Organization, Secret, error) {
	return s.create(ctx, profile, func(ctx context.Context, o Organization) error {
		audit.Changed(ctx, auditKind, o.ID, nil, shownNode{node})
		return s.store.InsertPlacedOrganization(ctx, o, node)
	})
}

// shownNode is what the trail keeps of where an organisation was placed.
type shownNode struct {
	Node string `json:"node"`
}

func (s *Service) create(ctx context.Context, profile Profile, insert func(context.Context, Organization) error) (Organization, Secret, error) {
	if err := s.validate(&profile); err != nil {
		return Organization{}, "", err
	}
	// The prefix has 50 random bits and the key 100: a collision is a matter
	// of trying again, not an answer for the caller.
	for {
		o, secret, err := s.newOrganization(profile)
		if err != nil {
			return Organization{}, "", err
		}
		audit.Of(ctx).Restart()
		audit.Changed(ctx, auditKind, o.ID, nil, o)
		err = insert(ctx, o)
		var taken *DuplicateError
		if errors.As(err, &taken) && taken.Field != "name" {
			continue
		}
		if err != nil {
			return Organization{}, "", fmt.Errorf("create organization: %w", err)
		}
		s.opts.Changed(o.ID)
		return o, secret, nil
	}
}

func (s *Service) newOrganization(profile Profile) (Organization, Secret, error) {
	key, secret, err := NewAPIKey(s.opts.Random)
	if err != nil {
		return Organization{}, "", err
	}
	prefix, err := NewName(s.opts.Random, 10)
	if err != nil {
		return Organization{}, "", err
	}
	now := s.now()
	o := Organization{
		ID:            s.opts.NewID(),
		Profile:       profile,
		ContextPrefix: prefix,
		APIKey:        key,
		SecretHash:    secret.Hash(),
		SecretVersion: 1,
		Version:       1,
		CreatedAt:     now,
		UpdatedAt:     now,
	}
	o.Config.Raise()
	return o.Clone(), secret, nil
}

// Get returns an organisation, or [ErrNotFound].
func (s *Service) Get(ctx context.Context, id string) (Organization, error) {
	o, err := s.store.Organization(ctx, id)
	if err != nil {
		return Organization{}, fmt.Errorf("get organization: %w", err)
	}
	return o, nil
}

// List returns organisations, oldest first.
func (s *Service) List(ctx context.Context, filter Filter, page Page) ([]Organization, error) {
	list, err := s.store.Organizations(ctx, filter, page)
	if err != nil {
		return nil, fmt.Errorf("list organizations: %w", err)
	}
	return list, nil
}

// Update runs edit on the profile of an organisation and saves the result. A
// limit may be lowered below today's use: what exists stays, new ones are
// refused. ifVersion is the version the caller has seen, 0 for any. It returns
// [ErrNotFound], [ErrVersionMismatch], an [*InvalidError], a [*DuplicateError]
// with field "name", or the error of edit; nothing is saved then.
func (s *Service) Update(ctx context.Context, id string, ifVersion int64, edit func(*Profile) error) (Organization, error) {
	o, err := s.store.ChangeOrganization(ctx, id, func(o *Organization) error {
		if err := checkVersion(o.Version, ifVersion); err != nil {
			return err
		}
		profile := o.Clone().Profile
		if err := edit(&profile); err != nil {
			return err
		}
		if err := s.validate(&profile); err != nil {
			return err
		}
		before := o.Clone()
		o.Profile = profile
		s.touch(o)
		o.Config.Raise()
		audit.Changed(ctx, auditKind, id, before, *o)
		return nil
	})
	if err != nil {
		return Organization{}, fmt.Errorf("update organization: %w", err)
	}
	s.opts.Changed(id)
	return o, nil
}

// RotateSecret gives an organisation a new API secret and returns it this
// once. The old one, and every session opened with it, stays good for overlap: not
// at all when 0, at most [MaxOverlap]. One that is older is dead when RotateSecret
// returns. The API key stays. ifVersion is the version the caller has seen, 0 for
// any. It returns [ErrNotFound], [ErrVersionMismatch], or an [*InvalidError] with
// field "overlap_seconds".
func (s *Service) RotateSecret(ctx context.Context, id string, ifVersion int64, overlap time.Duration) (Organization, Secret, error) {
	if err := CheckOverlap(overlap); err != nil {
		return Organization{}, "", fmt.Errorf("rotate secret: %w", err)
	}
	secret, err := NewSecret(s.opts.Random, "ops_")
	if err != nil {
		return Organization{}, "", err
	}
	o, err := s.store.ChangeOrganization(ctx, id, func(o *Organization) error {
		if err := checkVersion(o.Version, ifVersion); err != nil {
			return err
		}
		before := o.Clone()
		o.OldSecretHash, o.OldSecretUntil = [32]byte{}, time.Time{}
		if overlap > 0 {
			o.OldSecretHash, o.OldSecretUntil = o.SecretHash, s.now().Add(overlap)
		}
		o.SecretHash = secret.Hash()
		o.SecretVersion++
		s.touch(o)
		audit.Changed(ctx, auditKind, id, before, *o)
		return nil
	})
	if err != nil {
		return Organization{}, "", fmt.Errorf("rotate secret: %w", err)
	}
	return o, secret, nil
}

// Delete removes an organisation and all it has, from the store now and from
// the PBX by the next deploy. ifVersion is the version the caller has seen, 0
// for any. It returns [ErrNotFound], [ErrVersionMismatch], or [ErrHeld] while a
// legal hold is in force.
func (s *Service) Delete(ctx context.Context, id string, ifVersion int64) error {
	err := s.store.DeleteOrganization(ctx, id, func(o Organization) error {
		if err := checkVersion(o.Version, ifVersion); err != nil {
			return err
		}
		audit.Changed(ctx, auditKind, id, o, nil)
		return nil
	})
	if err != nil {
		return fmt.Errorf("delete organization: %w", err)
	}
	s.opts.Changed(id)
	return nil
}

func (s *Service) validate(p *Profile) error {
	p.Name = norm.NFC.String(p.Name)
	if p.Settings.TimeZone == "" {
		p.Settings.TimeZone = "UTC"
	}
	var unknown error
	if _, known := findPreset(s.opts.Presets, p.Industry); !known {
		unknown = s.unknownIndustry()
	}
	return JoinInvalid(Validate(*p), unknown)
}

func (s *Service) touch(o *Organization) {
	o.Version++
	o.UpdatedAt = s.now()
}

// now is UTC in whole microseconds, which every backend can keep.
func (s *Service) now() time.Time {
	return s.opts.Now().UTC().Truncate(time.Microsecond)
}

func checkVersion(have, want int64) error {
	if want != 0 && want != have {
		return ErrVersionMismatch
	}
	return nil
}

// NameKey returns the form of a name that decides whether two names are the
// same: case and the ways Unicode writes a letter do not count, but "Delta One"
// and "Delta-One" differ. Backends keep it unique.
func NameKey(name string) string {
	return cases.Fold().String(norm.NFKC.String(name))
}
