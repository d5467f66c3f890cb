package cdr

import (
	"context"
	"errors"
	"io/fs"
	"path/filepath"

	"github.com/orgpbx/orgpbx/limits"
	"github.com/orgpbx/orgpbx/org"
)

// Folders are directories in which each organisation has a folder named for its
// context prefix: recordings and voicemail. It is a [Storage].
type Folders []string

// Bytes implements [Storage]. A folder that is not there has no bytes; what
// disappears meanwhile has none either. Links are not followed.
func (f Folders) Bytes(ctx context.Context, contextPrefix string) (int64, error) {
	// A name alone: "." would be the folders of everybody.
	if contextPrefix == "." || contextPrefix != filepath.Base(contextPrefix) || !filepath.IsLocal(contextPrefix) {
		return 0, errors.New("the context prefix is no name of a folder")
	}
	var sum int64
	for _, dir := range f {
		err := filepath.WalkDir(filepath.Join(dir, contextPrefix), func(_ string, entry fs.DirEntry, err error) error {
			if errors.Is(err, fs.ErrNotExist) {
				return nil
			}
			if err := errors.Join(err, ctx.Err()); err != nil {
				return err
			}
			if !entry.Type().IsRegular() {
				return nil
			}
			info, err := entry.Info()
			if errors.Is(err, fs.ErrNotExist) {
				return nil
			}
			if err != nil {
				return err
			}
			sum += info.Size()
			return nil
		})
		if err != nil {
			return 0, err
		}
	}
	return sum, nil
}

// gigabyte is that of the limit.
const gigabyte = 1_000_000_000

// storageOf returns what was measured last.
func (s *Service) storageOf(o org.Organization) StorageUsage {
	s.mu.Lock()
	defer s.mu.Unlock()
	bytes, known := s.stored[o.ID]
	u := StorageUsage{Known: known, Bytes: bytes, Limit: o.Limits.StorageGB}
	if most, limited := u.Limit.Value(); known {
		u.Level = limits.OK
		if limited {
			u.Level = limits.LevelOfAmount(bytes, int64(most)*gigabyte)
		}
	}
	return u
}

// measure finds out what an organisation has stored, and keeps it as that of the
// day.
func (s *Service) measure(ctx context.Context, o org.Organization) error {
	if s.opts.Storage == nil {
		return nil
	}
	bytes, err := s.opts.Storage.Bytes(ctx, o.ContextPrefix)
	if err != nil {
		return err
	}
	archived, err := s.store.ArchivedBytes(ctx, o.ID)
	if err != nil {
		return err
	}
	bytes += archived
	s.mu.Lock()
	s.stored[o.ID] = bytes
	s.mu.Unlock()
	return s.keepDay(ctx, o, bytes)
}
