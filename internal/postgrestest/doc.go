// Package postgrestest gives tests a part of a real Postgres that is theirs alone.
//
//	db := stdlib.OpenDB(*postgrestest.Schema(t, os.Getenv(postgrestest.Variable)))
package postgrestest
