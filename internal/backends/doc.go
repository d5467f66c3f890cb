// Package backends opens a store of every kind for a test.
//
//	backends.Each(t, os.Getenv(postgrestest.Variable), func(t *testing.T, db store.Store) { … })
package backends
