// Package asterisk turns a snapshot of an organisation into what Asterisk 22
// loads. It is pure: no file, no connection, no clock.
//
//	config := asterisk.Render(snapshot)
//	for _, f := range config.Files {
//		path := asterisk.OrganizationPath(config.Prefix, f.Name) // orgs/k3v9x2m4.pjsip.conf
//		write(path, f.Bytes())
//	}
//
// # The dialplan
//
// [BaseFiles] holds the logic, once, as subroutines; a rendered organisation
// says who and what there is and calls them. Its contexts, each with the
// prefix and "-" in front, are
//
//   - phones, where every call of a phone starts;
//   - internal, what can be dialled: extensions, queues, menus, rooms, AI agents,
//     and *97 to hear messages;
//   - ivr-<number>, where the keys of a menu lead;
//   - pin-<number>, the PIN of a room;
//   - inbound, its DIDs as digits;
//   - outbound, its routes by priority, and one context for the pattern of
//     each.
//
// A call over a trunk that is known by its address starts in orgpbx-inbound,
// which finds the organisation by the DID alone: several organisations may have
// the same carrier. Status and limits are global variables, which AMI's Setvar
// changes without a reload.
//
// # Names
//
// A phone registers as its SIP user name, and its endpoint, auth and AOR have
// the same name. An inbound trunk registers as <prefix>-in-<username>, because
// Asterisk finds an endpoint by the name it is called by, and two organisations
// may have chosen the same one. Other trunks are <prefix>-trunk-<the last
// twelve digits of the id>, and AI agents that are called by SIP
// <prefix>-ai-<the same>. A queue and a room are <prefix>-<number>.
//
// # Hostile strings
//
// Two layers keep a string in its place, and neither trusts that it was
// checked before. [File.Bytes] escapes what it writes, so no text begins a
// line, section, comment or directive. And the dialplan is put together from
// pieces of their own type, which free text cannot become: only digits, names
// of objects and constants of this package get there.
package asterisk
