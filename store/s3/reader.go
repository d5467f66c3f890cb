package s3

import (
	"context"
	"errors"
	"io"

	"github.com/minio/minio-go/v7"
)

// reader reads an object from wherever it is sought, with one request for each part
// that is read in a row. It is for one goroutine at a time.
type reader struct {
	bucket *Bucket
	key    string
	etag   string // another object under the key is another recording
	size   int64
	ctx    context.Context // of who opened it
	cancel context.CancelFunc

	at   int64
	body io.ReadCloser // from at on; nil until it is read
}

// Read reads from the object, and asks for the rest of it if that was not done.
func (r *reader) Read(p []byte) (int, error) {
	if r.at >= r.size {
		return 0, io.EOF
	}
	if r.body == nil {
		var opts minio.GetObjectOptions
		err := opts.SetMatchETag(r.etag)
		if err == nil && r.at > 0 {
			err = opts.SetRange(r.at, 0) // to the end
		}
		if err != nil {
			return 0, err
		}
		body, _, _, err := r.bucket.core.GetObject(r.ctx, r.bucket.config.Bucket, r.key, opts)
		if err != nil {
			return 0, r.bucket.failed("read a recording", err)
		}
		r.body = body
	}
	n, err := r.body.Read(p)
	r.at += int64(n)
	switch {
	case errors.Is(err, io.EOF) && r.at < r.size:
		err = io.ErrUnexpectedEOF
	case err != nil && !errors.Is(err, io.EOF):
		err = r.bucket.failed("read a recording", err)
	}
	return n, err
}

// Seek goes to a place of the object. Nothing is asked for.
func (r *reader) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		offset += r.at
	case io.SeekEnd:
		offset += r.size
	}
	if offset < 0 {
		return 0, errors.New("before the beginning of the recording")
	}
	if offset != r.at {
		r.at = offset
		return offset, r.drop()
	}
	return offset, nil
}

// Close ends what is still read.
func (r *reader) Close() error {
	r.cancel()
	return r.drop()
}

func (r *reader) drop() error {
	if r.body == nil {
		return nil
	}
	body := r.body
	r.body = nil
	return body.Close()
}
