// Package ami is a dependable connection to the manager interface (AMI) of one
// Asterisk: it correlates responses with actions, collects lists, notices a
// dead peer, comes back after a loss and loses no packet to a slow reader.
//
//	conn, err := ami.New(ami.Config{Addr: "pbx:5038", Username: "orgpbx", Secret: secret})
//	if err != nil {
//		return err
//	}
//	if err := conn.Start(ctx); err != nil {
//		return err
//	}
//	defer conn.Close()
//	if err := conn.Ready(ctx); err != nil {
//		return err
//	}
//	queues, err := conn.List(ctx, ami.Action{Name: "QueueSummary"})
//
// # What is certain and what is not
//
// An action is refused before it is sent when a value could break out of its
// line. An action that failed with [ErrNotConnected] alone was not sent; with
// [ErrOutcomeUnknown] beside it, Asterisk may have carried it out. Nothing is
// sent twice: repeating is the caller's decision.
//
// Within one connection every event reaches OnEvent, in order, however slow the
// handler is: the queue before it has no bound, because a bound would make
// responses wait for the handler and Asterisk cut us off. What happens while
// there is no connection is not reported by Asterisk later; each connection
// brings one FullyBooted event, upon which a handler should ask for the state
// it keeps. There is no order between a response and the events around it.
//
// # goami2
//
// Packets are packed and parsed by goami2. Its Client is not used. It has a
// fixed timeout of one second, and Asterisk delays the refusal of a login by
// just that; and it gives each message up to a 10 ms timer raced against its
// channel, so that a process that is merely not scheduled for so long can lose
// one even when the channel is empty. [Conn] therefore reads the stream itself.
package ami
