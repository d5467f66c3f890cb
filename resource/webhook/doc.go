// Package webhook tells an organisation's own systems what happened in it, over
// HTTP. An event is saved for each webhook that asked for it in the transaction
// of the change that it tells of, and delivered afterwards: once or more, signed
// as Standard Webhooks has it, and tried again for a day.
//
//	hooks := webhook.New(store, webhook.Options{Sealer: sealer})
//	go hooks.Run(ctx)
//	w, secret, err := hooks.Create(ctx, organizationID, webhook.Webhook{
//		URL: "https://example.com/hook", Events: []event.Type{event.CallFinished}, Enabled: true,
//	})
package webhook
