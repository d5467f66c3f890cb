// Package s3 keeps recordings in a bucket of S3, or of what speaks its protocol. It
// is no store of rows: those are in package store.
//
//	bucket, err := s3.New(s3.Config{
//		Endpoint: "s3.eu-central-1.amazonaws.com", Bucket: "recordings", Region: "eu-central-1",
//		AccessKey: key, SecretKey: secret, TLS: true,
//	})
//	calls := cdr.New(store, cdr.Options{Recordings: cdr.RecordingsFolder(dir), Archive: bucket})
//
// Asterisk writes files, so a recording begins in a folder; [cdr.Service] moves it
// here once it is complete.
package s3
