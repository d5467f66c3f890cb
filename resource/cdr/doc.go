// Package cdr keeps what calls leave behind: a record of each, and the minutes
// and bytes that an organisation has used.
//
// A PBX hands in what it wrote of a call, as often as it likes and in any order;
// each call is there once:
//
//	calls := cdr.New(store, cdr.Options{})
//	err := calls.Record(ctx, records)
//	page, err := calls.List(ctx, organization, cdr.Filter{Direction: cdr.Out}, org.Page{Limit: 50})
//	usage, err := calls.Usage(ctx, organization)
//
// Minutes and storage are advisory: nothing here ever refuses a call.
// [Service.Run] watches them and tells a [Notifier], once a month, of each level
// that is reached.
package cdr
