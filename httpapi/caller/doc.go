// Package caller knows who calls: the platform's administrator, an organisation
// or one of its members, and what he may do. Package httpapi and the Editor
// share it, so that a session means the same to both.
//
//	sessions := caller.Sessions{Organizations: orgs, Members: people, Administrator: admin}
//	who, err := sessions.Resume(ctx, token)
package caller
