// Package storetest checks that a backend keeps every promise of the ports in
// org, resource and resource/deploy. An embedder who brings his own storage
// needs one test:
//
//	func TestMyStore(t *testing.T) {
//		storetest.Run(t, func(t *testing.T) store.Store { return mystore.Open(t.TempDir()) })
//	}
//
// It is for tests only, and brings testify along.
package storetest
