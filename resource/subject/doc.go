// Package subject answers what people may ask an organisation about themselves: what
// does it keep of a phone number, a copy of it, and to erase it.
//
// Somebody of the organisation asks, and [Service.Run] works it off:
//
//	requests := subject.New(store, subject.Options{Recordings: recordings, Mailboxes: mailboxes})
//	go requests.Run(ctx)
//	r, err := requests.Create(ctx, organizationID, subject.Draft{
//		Kind: subject.Erase, Number: "+919944421125", Reason: "Letter of 24 November 2026", Confirmed: true,
//	})
//	r, err = requests.Get(ctx, organizationID, r.ID) // r.Report says what was found, kept and erased
//
// What a legal hold keeps stays. What somebody of the organisation entered himself,
// such as a user's phone number, is the organisation's: it is named and stays.
package subject
