// Package limits holds what an organisation may use: the seven limits, the
// rule that compares a limit with today's use, and the error that says no.
//
// A [Limit] is a whole number or unlimited. Unlimited is written as null in
// JSON; 0 means none at all. The zero value of Limit allows nothing, so a
// limit that somebody forgot to set refuses instead of letting everything
// through.
//
// Four limits are quotas on stored things (users, DIDs, trunks, queues): they
// are checked when one is created. Concurrent calls are checked in the
// Asterisk dialplan. Minutes and storage are advisory: [LevelOf] reports them
// and nothing is ever blocked.
package limits
