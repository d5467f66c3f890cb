package s3

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"path"

	"github.com/minio/minio-go/v7"
)

// Preflight writes, lists, reads and deletes an object, and returns what an operator
// has to do before recordings can be kept here; nothing when all is well. An error is
// in the findings too.
func (b *Bucket) Preflight(ctx context.Context) (findings []string) {
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	key := path.Join(b.config.Prefix, "preflight-"+rand.Text())
	text := []byte("written by a preflight")
	for _, step := range []struct {
		name string
		do   func() error
	}{
		{"written", func() error {
			_, err := b.core.Client.PutObject(ctx, b.config.Bucket, key, bytes.NewReader(text), int64(len(text)),
				minio.PutObjectOptions{ServerSideEncryption: b.encryption, DisableMultipart: true})
			return err
		}},
		{"listed", func() error { return b.canList(ctx, key) }},
		{"read", func() error { return b.canRead(ctx, key, text) }},
		{"deleted from", func() error { return b.core.RemoveObject(ctx, b.config.Bucket, key, minio.RemoveObjectOptions{}) }},
	} {
		if err := step.do(); err != nil {
			return append(findings, fmt.Sprintf("the bucket of recordings cannot be %s: %v", step.name, b.failed("try it", err)))
		}
	}
	if versions, err := b.core.GetBucketVersioning(ctx, b.config.Bucket); err == nil && versions.Status != "" {
		findings = append(findings, "the bucket of recordings keeps versions: what retention deletes would stay there. "+
			"Use one that never had versions, or delete old versions by a rule of its life cycle")
	}
	return findings
}

func (b *Bucket) canList(ctx context.Context, key string) error {
	for object := range b.core.ListObjectsIter(ctx, b.config.Bucket, minio.ListObjectsOptions{Prefix: key}) {
		return object.Err
	}
	return errors.New("what was written is not there")
}

func (b *Bucket) canRead(ctx context.Context, key string, want []byte) error {
	body, _, _, err := b.core.GetObject(ctx, b.config.Bucket, key, minio.GetObjectOptions{})
	if err != nil {
		return err
	}
	defer func() { _ = body.Close() }()
	got, err := io.ReadAll(io.LimitReader(body, int64(len(want))+1))
	if err == nil && !bytes.Equal(got, want) {
		return errors.New("it is not what was written")
	}
	return err
}
