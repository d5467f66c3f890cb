// Package confdir keeps an Asterisk in step with snapshots through a folder of
// configuration files and a reload of just the modules whose files changed.
//
//	conn, err := ami.New(ami.Config{Addr: "127.0.0.1:5038", Username: "orgpbx", Secret: secret})
//	…
//	pbx, err := confdir.New(confdir.Config{Dir: "/etc/asterisk/orgpbx", AMI: conn})
//	…
//	err = pbx.Prepare(ctx) // the files that Asterisk includes are there from now on
//	changes, err := pbx.Apply(ctx, snapshot)
//
// # The folder
//
//	pjsip.conf …         the same for all organisations; Asterisk's own files include them
//	orgs/<prefix>.….conf one file of each kind for each organisation
//	undo/                what to go back to, while a change is not known to be live
//	.lock, .reload       the lock between processes; what waits for a reload
//
// Asterisk has to be able to read the folder, and nobody else should: the
// files hold the passwords of trunks. They are made with mode 0640 and folders
// with 0750, so give the folder to Asterisk's group, with the setgid bit.
//
// # How a change goes live
//
// One change is made at a time, whatever process makes it. What there is to go
// back to is written down first; then the files that differ are replaced, each
// in one step; then each module with a new file is reloaded, one after the
// other; then Asterisk is asked for every object that changed. Where it has an
// object not, or not so, the old files are put back and loaded again. A crash
// at any point leaves a folder from which the next Apply goes on.
//
// Where only global variables differ, as with limits and the status of an
// organisation, they are set over AMI and nothing is reloaded.
//
// # Rights of the AMI user
//
// In manager.conf: read = system, without which Asterisk does not say that it
// has started, and write = command,config,call.
package confdir
