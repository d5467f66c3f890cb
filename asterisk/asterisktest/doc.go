// Package asterisktest has what a test of a PBX backend needs: a real Asterisk that starts in a second
// and has everything of its own, and SIP phones and carriers that call through it.
//
//	func TestExtensionsReachEachOther(t *testing.T) {
//		a := asterisktest.Start(t, asterisktest.Options{Files: map[string]string{
//			"pjsip.conf":      endpoints,
//			"extensions.conf": dialplan,
//		}})
//		alice := asterisktest.NewPhone(t, asterisktest.PhoneOptions{
//			Asterisk: a.SIPAddr(), Username: "alice", Password: "secret",
//		})
//		require.NoError(t, alice.Register(t.Context()))
//		call, err := alice.Call(t.Context(), "1002")
//		require.NoError(t, err)
//		require.True(t, call.Answered())
//	}
//
// # Conformance
//
// [RunPBX] holds a backend, ours or an embedder's, to the promises of [resource.PBX] on a real Asterisk:
//
//	func TestMine(t *testing.T) {
//		asterisktest.RunPBX(t, func(t *testing.T) asterisktest.Backend {
//			return asterisktest.Backend{Files: operatorFiles, Open: openMine}
//		})
//	}
//
// # Which Asterisk
//
// The first of these that is an Asterisk 22: the binary named in ORGPBX_TEST_ASTERISK, one on PATH, the
// one that `make tools` puts into the cache (ORGPBX_CACHE, by default orgpbx below the user's cache
// folder). A test without one fails.
package asterisktest
