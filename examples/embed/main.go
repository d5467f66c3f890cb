// Command embed is the smallest program with orgpbx in it: an API on a store in
// memory, and a folder of Asterisk configuration.
package main

import (
	"context"
	"log"
	"net/http"

	"github.com/orgpbx/orgpbx/asterisk/confdir"
	"github.com/orgpbx/orgpbx/httpapi"
	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/org/apikey"
	"github.com/orgpbx/orgpbx/org/audit"
	"github.com/orgpbx/orgpbx/org/hold"
	"github.com/orgpbx/orgpbx/org/idempotency"
	"github.com/orgpbx/orgpbx/org/member"
	"github.com/orgpbx/orgpbx/resource"
	"github.com/orgpbx/orgpbx/resource/cdr"
	"github.com/orgpbx/orgpbx/resource/deploy"
	"github.com/orgpbx/orgpbx/resource/subject"
	"github.com/orgpbx/orgpbx/resource/webhook"
	"github.com/orgpbx/orgpbx/store/memstore"
)

func main() {
	key := make([]byte, 32) // yours comes from outside the database: it seals trunk passwords
	api, deployer, err := newAPI("asterisk-config", "choose-a-password", key)
	if err != nil {
		log.Fatal(err)
	}
	go func() { log.Fatal(deployer.Run(context.Background())) }()
	log.Fatal(http.ListenAndServe("127.0.0.1:8080", api)) //nolint:gosec // as short as it gets; a real server sets timeouts
}

func newAPI(dir string, adminPassword org.Secret, key []byte) (http.Handler, *deploy.Service, error) {
	db := memstore.New() // or bunstore on SQLite and Postgres, or your own
	pbx, err := confdir.New(confdir.Config{Dir: dir})
	if err != nil {
		return nil, nil, err
	}
	sealer, err := resource.NewSealer(key)
	if err != nil {
		return nil, nil, err
	}
	deployer := deploy.New(db, pbx, deploy.Options{Sealer: sealer})
	api, err := httpapi.New(httpapi.Config{
		Organizations: org.New(db, org.Options{Changed: deployer.Changed}),
		Members:       member.New(db, member.Options{Sealer: sealer}),
		Resources:     resource.New(db, resource.Options{Sealer: sealer, Changed: deployer.Changed}),
		Deployer:      deployer,
		Calls:         cdr.New(db, cdr.Options{}),
		Trail:         audit.New(db),
		Holds:         hold.New(db, hold.Options{}),
		Subjects:      subject.New(db, subject.Options{}), // its Run works requests off
		APIKeys:       apikey.New(db, apikey.Options{}),
		Idempotency:   idempotency.New(db, idempotency.Options{}),       // its Run removes old keys
		Webhooks:      webhook.New(db, webhook.Options{Sealer: sealer}), // its Run delivers
		AdminUsername: "admin",
		AdminPassword: adminPassword,
	})
	return api, deployer, err
}
