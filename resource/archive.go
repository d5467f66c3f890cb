package resource

import (
	"bytes"
	"compress/gzip"
	"encoding/gob"
	"fmt"
	"io"

	"github.com/orgpbx/orgpbx/org"
)

// Archive returns the resources of a snapshot as bytes that
// [UnarchiveSnapshot] reads, in this version and in later ones. Of the
// organisation it has the revision alone, and passwords of trunks are in it as
// sealed as they are in the store.
func (s Snapshot) Archive() ([]byte, error) {
	revision := s.Revision()
	s.Organization, s.TrunkPasswords = org.Organization{}, nil
	s.Organization.Config.DesiredRevision = revision
	var out bytes.Buffer
	packed := gzip.NewWriter(&out)
	// Gob, for it takes every field, also those that JSON must not show, and
	// knows them by name: a field that comes or goes later does no harm.
	if err := gob.NewEncoder(packed).Encode(s); err != nil {
		return nil, fmt.Errorf("archive a snapshot: %w", err)
	}
	if err := packed.Close(); err != nil {
		return nil, fmt.Errorf("archive a snapshot: %w", err)
	}
	return out.Bytes(), nil
}

// UnarchiveSnapshot reads what [Snapshot.Archive] made. Lists and texts that
// were empty come back nil.
func UnarchiveSnapshot(archive []byte) (Snapshot, error) {
	packed, err := gzip.NewReader(bytes.NewReader(archive))
	if err != nil {
		return Snapshot{}, fmt.Errorf("read an archived snapshot: %w", err)
	}
	all, err := io.ReadAll(packed) // to the end, where the checksum is
	if err != nil {
		return Snapshot{}, fmt.Errorf("read an archived snapshot: %w", err)
	}
	var s Snapshot
	if err := gob.NewDecoder(bytes.NewReader(all)).Decode(&s); err != nil {
		return Snapshot{}, fmt.Errorf("read an archived snapshot: %w", err)
	}
	return s, nil
}

// ResealArchive returns an archive whose sealed passwords are what reseal
// returns for each: the same bytes when it changes none.
func ResealArchive(archive []byte, reseal func(Sealed) (Sealed, error)) ([]byte, error) {
	s, err := UnarchiveSnapshot(archive)
	if err != nil {
		return nil, err
	}
	changed := false
	for i, t := range s.Trunks {
		if len(t.Password) == 0 {
			continue
		}
		password, err := reseal(t.Password)
		if err != nil {
			return nil, err
		}
		changed = changed || !bytes.Equal(password, t.Password)
		s.Trunks[i].Password = password
	}
	if !changed {
		return archive, nil
	}
	return s.Archive()
}
