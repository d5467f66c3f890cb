package cdr_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/org/audit"
	"github.com/orgpbx/orgpbx/resource/cdr"
)

// deleteOrganization deletes that of the fixture.
func (f *fixture) deleteOrganization(t *testing.T) {
	t.Helper()
	require.NoError(t, f.db.DeleteOrganization(t.Context(), f.o.ID, func(org.Organization) error { return nil }))
}

func (f *fixture) platformTrail(t *testing.T) []audit.Entry {
	t.Helper()
	list, err := f.db.Entries(t.Context(), audit.Platform, audit.Filter{}, audit.Page{})
	require.NoError(t, err)
	return list
}

func TestRecordingsOfADeletedOrganizationGoInBatchesWithATrail(t *testing.T) {
	t.Parallel()
	f, a := newArchive(t, nil, nil)
	folder := filepath.Join(a.dir, f.o.ContextPrefix)
	for n := range 501 {
		require.NoError(t, os.WriteFile(filepath.Join(folder, fmt.Sprintf("%d.wav", n)), []byte("sound"), 0o600))
	}
	others := filepath.Join(a.dir, "another1")
	require.NoError(t, os.Mkdir(others, 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(others, "1.wav"), []byte("theirs"), 0o600))
	require.NoError(t, f.Purge(t.Context()))
	require.Empty(t, f.platformTrail(t))

	f.deleteOrganization(t)
	require.NoError(t, f.Purge(t.Context()))
	left, err := os.ReadDir(folder)
	require.NoError(t, err)
	require.Empty(t, left)
	require.FileExists(t, filepath.Join(others, "1.wav"))
	list := f.platformTrail(t)
	require.Len(t, list, 2)
	for i, want := range []string{"500", "1"} {
		require.Equal(t, "purge-recordings", list[i].Operation)
		require.Equal(t, audit.Actor{Kind: audit.System}, list[i].Actor)
		require.Equal(t, audit.Object{Kind: "recordings", ID: f.o.ID}, list[i].Object)
		details, err := list[i].Reveal()
		require.NoError(t, err)
		require.JSONEq(t, want, string(details.Changes[0].Fields["count"].After))
		require.Len(t, string(details.Changes[0].Fields["names_sha256"].After), 2*32+2)
	}
}

func TestARecordingThatComesAfterItsOrganizationWasDeletedGoesToo(t *testing.T) {
	t.Parallel()
	f, a := newArchive(t, nil, nil)
	late := filepath.Join(a.dir, f.o.ContextPrefix, "late.wav")
	f.deleteOrganization(t)
	require.NoError(t, f.Purge(t.Context()))
	f.set(f.options.Now().Add(23 * time.Hour))
	require.NoError(t, os.WriteFile(late, []byte("sound"), 0o600))
	require.NoError(t, f.Purge(t.Context()))
	require.NoFileExists(t, late)
	f.set(f.options.Now().Add(time.Hour))
	require.NoError(t, f.Purge(t.Context()))
	list, err := f.db.DeletedOrganizations(t.Context(), f.options.Now())
	require.NoError(t, err)
	require.Empty(t, list)
}

func TestAFileOfADeletedOrganizationThatCannotBeDeletedIsTriedAgain(t *testing.T) {
	t.Parallel()
	f, a := newArchive(t, nil, nil)
	file := f.recorded(t, a, f.options.Now())
	f.deleteOrganization(t)
	require.NoError(t, cdr.New(f.db, cdr.Options{}).Purge(t.Context()), "who knows no folder leaves it to others")
	broken := errors.New("the disk is read-only")
	a.remove = func(context.Context, string) error { return broken }
	require.ErrorIs(t, f.Purge(t.Context()), broken)
	f.set(f.options.Now().Add(48 * time.Hour))
	require.ErrorIs(t, f.Purge(t.Context()), broken)
	require.FileExists(t, file)
	a.remove = nil
	require.NoError(t, f.Purge(t.Context()))
	require.NoFileExists(t, file)
	require.Len(t, f.platformTrail(t), 1)
}
