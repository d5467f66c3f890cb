// Package live keeps an Asterisk in step with snapshots over one AMI
// connection. It needs no disk that it shares with Asterisk, and it never
// reloads res_pjsip, whose cost grows with the square of all organisations'
// phones.
//
//	conn, err := ami.New(ami.Config{Addr: "pbx:5038", Username: "orgpbx", Secret: secret})
//	…
//	pbx, err := live.New(live.Config{AMI: conn})
//	…
//	err = pbx.Preflight(ctx) // says what Asterisk still lacks
//	changes, err := pbx.Apply(ctx, snapshot)
//
// # What Asterisk must be given once
//
// A folder "orgpbx" in its configuration folder that it may write into. In
// sorcery.conf, which it reads when it starts, and beside what is there of
// these types:
//
//	[res_pjsip]
//	endpoint=config,pjsip.conf,criteria=type=endpoint
//	endpoint=astdb,ps
//	auth=config,pjsip.conf,criteria=type=auth
//	auth=astdb,ps
//	aor=config,pjsip.conf,criteria=type=aor
//	aor=astdb,ps
//
//	[res_pjsip_endpoint_identifier_ip]
//	identify=config,pjsip.conf,criteria=type=identify
//	identify=astdb,ps
//
//	[res_pjsip_outbound_registration]
//	registration=config,pjsip.conf,criteria=type=registration
//	registration=astdb,ps
//
// At the end of extensions.conf, queues.conf and voicemail.conf, behind the
// operator's own sections:
//
//	#tryinclude "orgpbx/*.extensions.conf"
//	#tryinclude "orgpbx/*.queues.conf"
//	#tryinclude "orgpbx/*.voicemail.conf"
//
// In manager.conf, a user with
//
//	read = system
//	write = system,config,command,call
//
// And in pjsip.conf the transports, named as package asterisk names them, and
// in [global] endpoint_identifier_order=username,ip,auth_username,anonymous:
// to know a caller by his address Asterisk walks through all trunks. In
// res_parking.conf, in [general], parkeddynamic=yes.
//
// # Where things are
//
// PJSIP objects are entries of Asterisk's database, each a flat JSON object of
// the settings that pjsip.conf would have. They are in force as soon as they
// are written, and survive a restart. The dialplan, queues and mailboxes are
// files of the organisation, orgpbx/<prefix>.extensions.conf and so on, which
// Asterisk writes itself (UpdateConfig) and which one cheap reload of just
// that module loads. Status and limits are set at once (Setvar), and written to
// the file without a reload.
//
// # How a change goes live
//
// What there is to change is found by asking Asterisk: its database, its
// files, and what it is running. Nothing that was sent earlier is remembered,
// so a change that was cut off is finished by the next Apply; a note in the
// database (orgpbx/pending) tells it which files may have been written and not
// loaded. Each PJSIP object is looked at as soon as it is written, because one
// that Asterisk cannot read hides others, of all organisations, where it lists
// them. When Asterisk does not take something, all that was changed is put
// back.
package live
