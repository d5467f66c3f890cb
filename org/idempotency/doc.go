// Package idempotency lets a caller send a request once more without having its
// work done twice: under the same key he gets the answer of the first again. The
// key is claimed before the work begins, and the answer is kept when it is done.
//
//	requests := idempotency.New(store, idempotency.Options{Key: key})
//	go requests.Run(ctx)
//	claim, answered, err := requests.Begin(ctx, idempotency.Request{
//		OrganizationID: id, Caller: who.Key(), Operation: "create-user", Key: "order-4711", Content: body,
//	})
//	// err: somebody else's, or not yet. answered: the answer of the first. Otherwise do the work, and
//	err = requests.Keep(ctx, claim, idempotency.Answer{Status: 201, ContentType: "application/json", Body: answer})
package idempotency
