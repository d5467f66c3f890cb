// Package editor is the panel where an operator runs organisations in a browser.
// It renders HTML on the server and works without JavaScript. It calls the same
// services as the HTTP API: no rule of the domain lives here.
//
// One line mounts it in a server of your own, under any prefix:
//
//	panel, err := editor.New(editor.Config{
//		Prefix:        "/panel",
//		Organizations: orgs,
//		Members:       people,
//		Resources:     resources,
//		Deployer:      deployer,
//		Calls:         calls,
//		Trail:         audit.New(db),
//		AdminUsername: "admin",
//		AdminPassword: org.Secret(password),
//	})
//	http.Handle("/panel/", panel)
//
// # Safety
//
// A session is a cookie that scripts cannot read, that other sites' forms do
// not carry, and that goes over TLS only where the request came so. Every write
// is refused unless it comes from a page of this site and repeats a token made
// from the session. The pages run no script but their own, and nothing is
// loaded from another host.
package editor
