// Package httpapi is the HTTP adapter: it turns requests into calls of
// [org.Service], [member.Service], [resource.Service], [deploy.Service] and [cdr.Service], and their results
// and errors into JSON. No rule of the domain lives here.
//
// One line mounts everything in a server of your own:
//
//	api, err := httpapi.New(httpapi.Config{
//		Organizations: orgs,
//		Members:       people,
//		Resources:     resources,
//		Deployer:      deployer,
//		Calls:         cdr.New(db, cdr.Options{}),
//		Trail:         audit.New(db),
//		APIKeys:       apikey.New(db, apikey.Options{}),
//		Holds:         hold.New(db, hold.Options{}),
//		Subjects:      subject.New(db, subject.Options{Key: key}),
//		Idempotency:   idempotency.New(db, idempotency.Options{Key: key}),
//		Webhooks:      webhook.New(db, webhook.Options{Sealer: sealer}),
//		AdminUsername: "admin",
//		AdminPassword: org.Secret(password),
//	})
//	http.Handle("/", api)
//
// The paths are absolute, so the API wants the root of a host name.
//
// # Who calls
//
// A request carries one credential: X-API-Key with X-API-Secret, HTTP Basic,
// or a Bearer token. Two at once are refused with 400 ambiguous_credentials
// rather than one of them silently winning. The platform's administrator acts
// on an organisation by naming it in X-Organization-ID. Every operation
// declares in one place who may call it; one that does not cannot be
// registered.
//
// # Errors
//
// Every error, those of the router included, is a problem document of RFC 9457
// with a stable code and the request's id. It never repeats what was sent. An
// error that nobody foresaw is logged, and the caller gets an opaque 500.
//
// # Warnings
//
// What breaks a rule is refused with 422, and the field named. What breaks none
// and does not work all the same, because a feature is switched off or a queue
// has nobody in it, is in the warnings of GET /config/plan and of a deployment.
//
// # Versions
//
// The ETag of an object is the number of its edits. If-Match takes one such
// tag or "*". How far the PBX is, which answers show as config, changes by
// itself and does not change the tag.
//
// # Requests that are sent again
//
// A POST takes Idempotency-Key, logins and what people do to themselves excepted.
// Within 24 hours the same key and body get the same answer and do nothing; it
// carries Idempotency-Replayed, and lacks the fields that are shown once. The work
// on a request with a key goes on when its client is gone, for 45 seconds at most.
//
// # Time and size
//
// A body must arrive within 10 seconds and is at most [Config.MaxBody] bytes.
// A write is saved first and then waits up to [Config.DeployWait] for the PBX;
// slower or failing deploys never fail the write. A server around this handler
// should set ReadHeaderTimeout, and no WriteTimeout below 40 seconds.
package httpapi
