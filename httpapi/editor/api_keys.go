package editor

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/org/apikey"
	"github.com/orgpbx/orgpbx/org/member"
	"github.com/orgpbx/orgpbx/resource"
)

// keyOverlap is how long the old secret of a key stays good where one is wanted.
const keyOverlap = 24 * time.Hour

// apiKeys is the screen of the named API keys.
func (e *Editor) apiKeys() screen[org.APIKey] {
	return screen[org.APIKey]{
		editor: e, key: "api-keys", kind: "api_key", see: member.ReadAPIKeys, write: member.WriteAPIKeys,
		set: setOf[org.APIKey](e.config.APIKeys),
		create: func(ctx context.Context, q *request, organizationID string, k org.APIKey) (org.APIKey, afterwards, error) {
			made, secret, err := e.config.APIKeys.Create(ctx, q.who.May, organizationID,
				apikey.Draft{Name: k.Name, Scopes: k.Scopes, ExpiresAt: k.ExpiresAt})
			return made, showKeySecret(made, secret), err
		},
		defaults: func() org.APIKey { return org.APIKey{} },
		meta: func(k org.APIKey) resource.Meta {
			return resource.Meta{ID: k.ID, Version: k.Version, CreatedAt: k.CreatedAt, UpdatedAt: k.UpdatedAt}
		},
		title: func(k org.APIKey) string { return k.Name }, columns: []string{"key", "granted", "expires", "last_used"},
		inputs: func(resource.Snapshot) []input[org.APIKey] { return nil },
		added:  keyInputs(),
		facts: []input[org.APIKey]{
			{name: "key", kind: lineInput, read: func(k *org.APIKey) string { return k.Key }},
			{name: "granted", kind: lineInput, read: func(k *org.APIKey) string { return strings.Join(k.Scopes, ", ") }},
			{name: "expires", kind: lineInput, read: func(k *org.APIKey) string { return momentOrNone(k.ExpiresAt) }},
			{name: "last_used", kind: lineInput, read: func(k *org.APIKey) string { return momentOrNone(k.LastUsedAt) }},
			{name: "old_secret", kind: lineInput, read: func(k *org.APIKey) string { return momentOrNone(k.OldSecretUntil) }},
			{name: "created", kind: lineInput, read: func(k *org.APIKey) string { return moment(k.CreatedAt) }},
		},
		deeds: []deedOn[org.APIKey]{
			e.rotateKey("rotate", "api-keys.rotate", false, keyOverlap),
			e.rotateKey("rotate-now", "api-keys.rotate-now", true, 0),
		},
	}
}

func keyInputs() []input[org.APIKey] {
	about := map[string]string{}
	for _, g := range member.Grants() {
		about[string(g.Permission)] = g.About
	}
	return []input[org.APIKey]{
		line("name", lineInput, func(k *org.APIKey) *string { return &k.Name }),
		since("expires_at", time.UTC, func(k *org.APIKey) *time.Time { return &k.ExpiresAt }),
		several("scopes", apikey.Scopes(), about, func(k *org.APIKey) *[]string { return &k.Scopes }),
	}
}

// rotateKey gives a key a new secret; the old one stays good for a while.
func (e *Editor) rotateKey(path, key string, bad bool, overlap time.Duration) deedOn[org.APIKey] {
	return deedOn[org.APIKey]{
		path: path, key: key, operation: "rotate-api-key", bad: bad, offered: always[org.APIKey],
		do: func(ctx context.Context, q *request, o org.Organization, k org.APIKey, version int64) (afterwards, error) {
			k, secret, err := e.config.APIKeys.Rotate(ctx, q.who.May, o.ID, k.ID, version, overlap)
			return showKeySecret(k, secret), err
		},
	}
}

func showKeySecret(k org.APIKey, secret org.Secret) afterwards {
	return func(q *request, o org.Organization) error {
		return q.show(http.StatusCreated, "once", shownOnce{
			head: q.head(o, "api-keys"), Key: "api-keys.secret", Subject: k.Name, Back: "/organizations/" + o.ID + "/api-keys",
			Values: []copyable{
				{"api-key", "credentials.key", k.Key, false}, {"api-secret", "credentials.secret", secret.Reveal(), true},
			},
		})
	}
}
