// Package mask hides the phone numbers and names of others where an organisation
// wants that: its compliance has pii_masking. The organisation's own numbers stay
// as they are.
//
//	own, err := mask.OwnOf(ctx, store, organization, "+919944421125", "1001")
//	own.Number("+14155550100") // +141•••••00
//	own.Number("1001")         // 1001, the extension of a user
package mask
