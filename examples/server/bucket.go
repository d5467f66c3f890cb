package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/store/s3"
)

// bucketSettings say where recordings go once they are complete.
type bucketSettings struct {
	Endpoint   string     `env:"ORGPBX_RECORDINGS_S3_ENDPOINT" help:"Host or host:port of an S3 or what speaks its protocol: recordings are moved there from ORGPBX_RECORDINGS_DIR once they are complete. Without it they stay."`
	Bucket     string     `env:"ORGPBX_RECORDINGS_S3_BUCKET" help:"Bucket of recordings, which is there already."`
	Region     string     `env:"ORGPBX_RECORDINGS_S3_REGION" help:"Region of the bucket; us-east-1 when not set."`
	AccessKey  string     `env:"ORGPBX_RECORDINGS_S3_ACCESS_KEY" help:"Id of the key to the bucket."`
	SecretKey  org.Secret `env:"ORGPBX_RECORDINGS_S3_SECRET_KEY" help:"Secret of the key to the bucket."`
	Prefix     string     `env:"ORGPBX_RECORDINGS_S3_PREFIX" help:"What the names of all objects begin with; each organisation has its context prefix behind it."`
	Encryption string     `env:"ORGPBX_RECORDINGS_S3_ENCRYPTION" help:"What the bucket is asked to encrypt with: AES256, aws:kms, or aws:kms:KEY. Without it the bucket decides."`
	TLS        bool       `name:"tls" env:"ORGPBX_RECORDINGS_S3_TLS" default:"true" negatable:"" help:"Whether the connection to the bucket is encrypted."`
}

// set reports whether there is a bucket.
func (b bucketSettings) set() bool { return b != bucketSettings{TLS: true} && b != bucketSettings{} }

func (b bucketSettings) config() s3.Config {
	return s3.Config{
		Endpoint: b.Endpoint, Bucket: b.Bucket, Region: b.Region, AccessKey: b.AccessKey, SecretKey: b.SecretKey,
		Prefix: b.Prefix, Encryption: b.Encryption, TLS: b.TLS,
	}
}

// checkBucket returns one line for each setting of the bucket that is wrong.
func (s Settings) checkBucket() error {
	if !s.RecordingsS3.set() {
		return nil
	}
	var wrong []error
	if s.RecordingsDir == "" {
		wrong = append(wrong, errors.New("ORGPBX_RECORDINGS_DIR (--recordings-dir): must name the folder that recordings come from, when a bucket is set"))
	}
	var invalid *org.InvalidError
	if err := s.RecordingsS3.config().Check(); errors.As(err, &invalid) {
		for _, f := range invalid.Fields {
			wrong = append(wrong, fmt.Errorf("ORGPBX_RECORDINGS_S3_%s (--recordings-s3-%s): %s",
				strings.ToUpper(f.Field), strings.ReplaceAll(f.Field, "_", "-"), f.Message))
		}
	}
	return errors.Join(wrong...)
}

// preflight prints what the bucket lacks, and reports whether it lacks nothing.
func (b bucketSettings) preflight(ctx context.Context, out io.Writer) (prepared bool, err error) {
	if !b.set() {
		return true, nil
	}
	bucket, err := s3.New(b.config())
	if err != nil {
		return false, err
	}
	findings := bucket.Preflight(ctx)
	for _, finding := range findings {
		say(out, "to do:", finding)
	}
	if len(findings) == 0 {
		say(out, "the bucket of recordings can be written, listed, read and deleted from")
	}
	return len(findings) == 0, nil
}
