// Package calls tells package cdr what Asterisk knows of calls: of those that
// ended, as Asterisk writes their records, and how many there are now.
//
// A [Feed] gets each record from two places. AMI's Cdr events come at once, and
// are gone when nobody listens. A file that Asterisk writes, if the server can
// read it, has them all, and is read from where it was read before: after a start,
// after each loss of the manager connection, once a minute, and when events come
// faster than they are recorded, which are then left to it and take no memory. A
// record that comes both ways is kept once, which is the business of package cdr.
//
//	feed := calls.NewFeed(calls.Config{Recorder: service, Positions: store, File: "/var/log/asterisk/cdr-custom/orgpbx.csv"})
//	conn, err := ami.New(ami.Config{OnEvent: feed.Event, OnReady: feed.Ready, Events: feed.Events(), …})
//	go feed.Run(ctx)
//
// [CustomMapping] and [ManagerMappings] are what Asterisk's configuration has to
// say for it.
package calls
