package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/examples/internal/parts"
	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/org/member"
	"github.com/orgpbx/orgpbx/resource"
	"github.com/orgpbx/orgpbx/resource/deploy"
	"github.com/orgpbx/orgpbx/resource/webhook"
	"github.com/orgpbx/orgpbx/store"
)

// The keys of the tests of rotation, by fill.
const (
	oldKey   = 1
	newerKey = 2
	wrongKey = 3
)

func keyOf(fill byte) []byte { return bytes.Repeat([]byte{fill}, 32) }

func keyText(fill byte) org.Secret {
	return org.Secret(base64.StdEncoding.EncodeToString(keyOf(fill)))
}

// rotating is a database with two organisations that have a value of the old
// key in every place: ten values in all.
type rotating struct {
	settings Settings
	ids      []string
}

func newRotating(t *testing.T, url string) rotating {
	t.Helper()
	r := rotating{settings: Settings{DatabaseURL: url, EncryptionKey: keyText(newerKey), EncryptionKeyOld: keyText(oldKey)}}
	sealer, err := org.NewSealer(keyOf(oldKey))
	require.NoError(t, err)
	db := r.open(t)
	for _, name := range []string{"One", "Two"} {
		o, _, err := org.New(db, org.Options{}).Create(t.Context(), org.Profile{
			Name: name, Industry: "hospital", Status: org.Active, Compliance: org.Compliance{RecordingConsent: "announcement"},
		})
		require.NoError(t, err)
		r.ids = append(r.ids, o.ID)
		seal := func(secret org.Secret) org.Sealed {
			sealed, err := sealer.Seal(o.ID, secret)
			require.NoError(t, err)
			return sealed
		}
		meta := func() resource.Meta {
			return resource.Meta{ID: uuid.Must(uuid.NewV7()).String(), Version: 1, CreatedAt: time.Now(), UpdatedAt: time.Now()}
		}
		trunk := resource.Trunk{Meta: meta(), Name: "t", Type: "outbound", Host: "sip.example.net", Port: 5060, Transport: "udp", Password: seal("trunk")}
		require.NoError(t, db.Change(t.Context(), o.ID, func(tx resource.Tx) error { return tx.Trunks().Insert(t.Context(), o.ID, trunk) }))
		require.NoError(t, db.ChangeMembers(t.Context(), o.ID, func(members member.Table) error {
			m := member.Member{ID: meta().ID, Email: "a@example.org", TOTP: member.TOTP{Seed: seal("seed")}, Version: 1, CreatedAt: time.Now(), UpdatedAt: time.Now()}
			m.Role = member.Owner
			return members.Insert(t.Context(), o.ID, m)
		}))
		require.NoError(t, db.ChangeWebhooks(t.Context(), o.ID, func(webhooks resource.Table[webhook.Webhook]) error {
			return webhooks.Insert(t.Context(), o.ID, webhook.Webhook{
				Meta: meta(), URL: "https://example.com", Secret: seal("secret"), OldSecret: seal("before"), OldSecretUntil: time.Now(),
			})
		}))
		archive, err := resource.Snapshot{Trunks: []resource.Trunk{trunk}}.Archive()
		require.NoError(t, err)
		lease := deploy.Lease{OrganizationID: o.ID, Token: meta().ID}
		held, err := db.AcquireLease(t.Context(), lease, time.Minute)
		require.NoError(t, err)
		require.True(t, held)
		require.NoError(t, db.RecordDeployment(t.Context(), lease, deploy.Record{
			Deployment: deploy.Deployment{ID: meta().ID, Revision: 2, State: org.Applied, StartedAt: time.Now(), FinishedAt: time.Now()},
			Snapshot:   archive,
		}))
	}
	require.NoError(t, db.Close())
	return r
}

func (r rotating) open(t *testing.T) store.Store {
	t.Helper()
	db, err := parts.OpenStore(t.Context(), r.settings.DatabaseURL)
	require.NoError(t, err)
	return db
}

// secrets are what the keys open, in order, and whether a trunk is in the
// revision as it is now.
func (r rotating) secrets(t *testing.T, fills ...byte) (opened []string, alike bool) {
	t.Helper()
	db := r.open(t)
	var keys [][]byte
	for _, fill := range fills {
		keys = append(keys, keyOf(fill))
	}
	sealer, err := org.NewSealer(keys[0], keys[1:]...)
	require.NoError(t, err)
	alike = true
	for _, id := range r.ids {
		values := map[string]org.Sealed{}
		snapshot, err := db.Snapshot(t.Context(), id)
		require.NoError(t, err)
		archive, err := db.RevisionSnapshot(t.Context(), id, 2)
		require.NoError(t, err)
		past, err := resource.UnarchiveSnapshot(archive)
		require.NoError(t, err)
		people, err := db.Members().List(t.Context(), id, org.Page{})
		require.NoError(t, err)
		hooks, err := db.Webhooks().List(t.Context(), id, org.Page{})
		require.NoError(t, err)
		values["1"], values["2"], values["3"] = snapshot.Trunks[0].Password, past.Trunks[0].Password, people[0].TOTP.Seed
		values["4"], values["5"] = hooks[0].Secret, hooks[0].OldSecret
		alike = alike && bytes.Equal(values["1"], values["2"])
		for _, place := range []string{"1", "2", "3", "4", "5"} {
			if secret, err := sealer.Open(id, values[place]); err == nil {
				opened = append(opened, secret.Reveal())
			}
		}
	}
	require.NoError(t, db.Close())
	return opened, alike
}

// everySecret is what was sealed.
func everySecret() []string {
	one := []string{"trunk", "trunk", "seed", "secret", "before"}
	return append(one, one...)
}

// cancelAt ends a context as soon as a text was printed.
type cancelAt struct {
	strings.Builder
	text   string
	cancel func()
}

func (c *cancelAt) Write(p []byte) (int, error) {
	if strings.Contains(string(p), c.text) {
		c.cancel()
	}
	return c.Builder.Write(p)
}

func TestTheEncryptionKeyIsRotatedAndARotationThatWasStoppedGoesOn(t *testing.T) {
	t.Parallel()
	for name, url := range map[string]func(*testing.T) string{"postgres": newPostgres, "sqlite": newSQLiteURL} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRotating(t, url(t))
			var out strings.Builder

			wrong := r.settings
			wrong.EncryptionKeyOld = keyText(wrongKey)
			require.ErrorIs(t, rotateKey(t.Context(), wrong, &out), errWrongOldKey)
			dry := r.settings
			dry.DryRun = true
			require.NoError(t, rotateKey(t.Context(), dry, &out))
			require.Contains(t, out.String(), "found: 10 values of the old key, 0 of the new one, 0 of neither\ndry run: nothing was written\n")
			opened, _ := r.secrets(t, oldKey)
			require.Equal(t, everySecret(), opened, "neither wrote anything")

			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			stopped := &cancelAt{text: r.ids[0] + " sealed anew=5 left=0", cancel: cancel}
			require.ErrorContains(t, rotateKey(ctx, r.settings, stopped), "stopped after 5 values, start it again to go on")
			opened, _ = r.secrets(t, newerKey)
			require.Equal(t, everySecret()[:5], opened)
			opened, _ = r.secrets(t, newerKey, oldKey)
			require.Equal(t, everySecret(), opened, "a server with both keys opens all")
			require.ErrorIs(t, rotateKey(t.Context(), wrong, &out), errWrongOldKey, "in the middle too")

			out.Reset()
			require.NoError(t, rotateKey(t.Context(), r.settings, &out))
			require.Contains(t, out.String(), "found: 5 values of the old key, 5 of the new one, 0 of neither\n")
			require.Contains(t, out.String(), "done: 5 values sealed anew, 5 had the new key, 0 left as they were\n")
			opened, alike := r.secrets(t, newerKey)
			require.Equal(t, everySecret(), opened)
			require.True(t, alike, "to go back to the revision is no change of the trunk")
			out.Reset()
			require.NoError(t, rotateKey(t.Context(), r.settings, &out))
			require.Contains(t, out.String(), "done: 0 values sealed anew, 10 had the new key, 0 left as they were\n")
		})
	}
}

func TestARotationLeavesWhatNoKeyOpensAndSaysSo(t *testing.T) {
	t.Parallel()
	r := newRotating(t, newSQLiteURL(t))
	db := r.open(t)
	hooks, err := db.Webhooks().List(t.Context(), r.ids[1], org.Page{})
	require.NoError(t, err)
	lost := hooks[0]
	lost.Secret = org.Sealed("of a key that is gone")
	require.NoError(t, db.ChangeWebhooks(t.Context(), r.ids[1], func(webhooks resource.Table[webhook.Webhook]) error {
		return webhooks.Update(t.Context(), r.ids[1], lost)
	}))
	require.NoError(t, db.Close())

	var out strings.Builder
	require.ErrorIs(t, rotateKey(t.Context(), r.settings, &out), errLost)
	require.Contains(t, out.String(), r.ids[1]+" sealed anew=4 left=1\n")
	opened, _ := r.secrets(t, newerKey)
	require.Len(t, opened, 9)
}

func TestARotationNeedsTwoKeys(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{
		{"--rotate-encryption-key"},
		{"--rotate-encryption-key", "--encryption-key", keyText(newerKey).Reveal()},
		{"--rotate-encryption-key", "--encryption-key-old", keyText(oldKey).Reveal()},
		{"--encryption-key", keyText(oldKey).Reveal(), "--encryption-key-old", keyText(oldKey).Reveal()},
		{"--encryption-key-old", "canary"},
		{"--dry-run"},
	} {
		_, err := parseSettings(args)
		require.Error(t, err, "%v", args)
		require.NotContains(t, err.Error(), "canary")
	}
}

func newSQLiteURL(t *testing.T) string {
	t.Helper()
	return "sqlite:" + filepath.Join(t.TempDir(), "orgpbx.db")
}
