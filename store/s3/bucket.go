package s3

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"path"
	"strings"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/encrypt"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/resource/cdr"
)

// Bucket is a [cdr.Archive]. It is safe for concurrent use. A bucket that does not
// answer, or does not let us, is [org.ErrUnavailable].
type Bucket struct {
	core       minio.Core
	config     Config
	encryption encrypt.ServerSide // nil for none
}

// modifiedKey is under what an object keeps when its file was written last.
const modifiedKey = "Modified"

// answerTime is how long a request without a recording in it may take.
const answerTime = 30 * time.Second

// key is the name of the object of a recording, and false where none can have such
// a name.
func (b *Bucket) key(contextPrefix, name string) (string, bool) {
	if !cdr.IsRecordingName(contextPrefix, name) {
		return "", false
	}
	return path.Join(b.config.Prefix, contextPrefix, name), true
}

// Open implements [cdr.Recordings]. Nothing is read until the file is.
func (b *Bucket) Open(ctx context.Context, contextPrefix, name string) (cdr.RecordingFile, error) {
	key, object, err := b.stat(ctx, contextPrefix, name)
	if err != nil {
		return cdr.RecordingFile{}, err
	}
	r := &reader{bucket: b, key: key, etag: object.ETag, size: object.Size}
	r.ctx, r.cancel = context.WithCancel(ctx)
	return cdr.RecordingFile{ReadSeekCloser: r, RecordingInfo: infoOf(name, object)}, nil
}

// Stat implements [cdr.Recordings].
func (b *Bucket) Stat(ctx context.Context, contextPrefix, name string) (cdr.RecordingInfo, error) {
	_, object, err := b.stat(ctx, contextPrefix, name)
	if err != nil {
		return cdr.RecordingInfo{}, err
	}
	return infoOf(name, object), nil
}

func (b *Bucket) stat(ctx context.Context, contextPrefix, name string) (string, minio.ObjectInfo, error) {
	key, can := b.key(contextPrefix, name)
	if !can {
		return "", minio.ObjectInfo{}, org.ErrNotFound
	}
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	object, err := b.core.StatObject(ctx, b.config.Bucket, key, minio.StatObjectOptions{})
	return key, object, b.failed("look at a recording", err)
}

// infoOf is what is known of an object. Its file was written before the object was.
func infoOf(name string, object minio.ObjectInfo) cdr.RecordingInfo {
	info := cdr.RecordingInfo{Name: name, Bytes: object.Size, ModifiedAt: object.LastModified.UTC()}
	if at, err := time.Parse(time.RFC3339Nano, object.UserMetadata[modifiedKey]); err == nil {
		info.ModifiedAt = at.UTC()
	}
	return info
}

// Put implements [cdr.Archive].
func (b *Bucket) Put(ctx context.Context, contextPrefix string, file cdr.RecordingFile) error {
	key, can := b.key(contextPrefix, file.Name)
	if !can {
		return org.ErrNotFound
	}
	_, err := b.core.Client.PutObject(ctx, b.config.Bucket, key, file, file.Bytes, minio.PutObjectOptions{
		ContentType:          "audio/wav",
		UserMetadata:         map[string]string{modifiedKey: file.ModifiedAt.UTC().Format(time.RFC3339Nano)},
		ServerSideEncryption: b.encryption,
		// In parts, what is left of an interrupted one would be kept and paid for.
		DisableMultipart: file.Bytes <= maxSinglePut,
		// Whoever puts it reads it back and compares; the client cannot sign what is empty.
		DisableContentSha256: true,
	})
	return b.failed("upload a recording", err)
}

// maxSinglePut is how much S3 takes in one request.
const maxSinglePut = 5 << 30

// Remove implements [cdr.Recordings].
func (b *Bucket) Remove(ctx context.Context, contextPrefix, name string) error {
	key, can := b.key(contextPrefix, name)
	if !can {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	err := b.failed("delete a recording", b.core.RemoveObject(ctx, b.config.Bucket, key, minio.RemoveObjectOptions{}))
	if errors.Is(err, org.ErrNotFound) {
		return nil
	}
	return err
}

// List implements [cdr.Recordings].
func (b *Bucket) List(ctx context.Context, contextPrefix string, do func(name string) error) error {
	if _, can := b.key(contextPrefix, "a.wav"); !can {
		return nil
	}
	folder := path.Join(b.config.Prefix, contextPrefix) + "/"
	for object := range b.core.ListObjectsIter(ctx, b.config.Bucket, minio.ListObjectsOptions{Prefix: folder}) {
		if object.Err != nil {
			return b.failed("list recordings", object.Err)
		}
		name := strings.TrimPrefix(object.Key, folder)
		if !cdr.IsRecordingName(contextPrefix, name) {
			continue
		}
		if err := do(name); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// failed says what an error of the client means here. One of a bucket that is not
// there is no missing recording.
func (b *Bucket) failed(doing string, err error) error {
	if err == nil {
		return nil
	}
	var answer minio.ErrorResponse
	if errors.As(err, &answer) && answer.StatusCode == http.StatusNotFound && answer.Code != minio.NoSuchBucket {
		return org.ErrNotFound
	}
	if errors.As(err, &answer) && answer.Code != "" {
		// Its message may repeat what was sent.
		return fmt.Errorf("%s: the bucket answers %s: %w", doing, answer.Code, org.ErrUnavailable)
	}
	return fmt.Errorf("%s: %w: %w", doing, org.ErrUnavailable, err)
}
