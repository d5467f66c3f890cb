package s3

import (
	"errors"
	"net"
	"net/url"
	"regexp"
	"strings"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
	"github.com/minio/minio-go/v7/pkg/encrypt"

	"github.com/orgpbx/orgpbx/org"
)

// Config says where a bucket is and how its objects are named.
type Config struct {
	Endpoint  string // host or host:port
	Bucket    string
	Region    string // us-east-1 when ""
	AccessKey string
	SecretKey org.Secret
	// Prefix is what the names of all objects begin with, without a slash at either
	// end; "" for nothing. An organisation has its context prefix behind that:
	// <Prefix>/<context prefix>/<name>.
	Prefix string
	// Encryption is what the bucket is asked to encrypt objects with: AES256, aws:kms,
	// or aws:kms: and the id of a key. It does what it does by itself when "".
	Encryption string
	TLS        bool // false: everything can be read on the way
}

var (
	bucketName = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$`)
	keyPrefix  = regexp.MustCompile(`^[A-Za-z0-9._-]+(/[A-Za-z0-9._-]+)*$`)
	regionName = regexp.MustCompile(`^[A-Za-z0-9-]{1,64}$`)
)

// Check returns an [*org.InvalidError] that names every field that cannot be
// right: endpoint, bucket, region, access_key, secret_key, prefix, encryption.
func (c Config) Check() error {
	var wrong []error
	refuse := func(bad bool, field, rule, message string) {
		if bad {
			wrong = append(wrong, org.Invalid(field, rule, message))
		}
	}
	refuse(!isHost(c.Endpoint), "endpoint", "host", "must be a host or host:port, without https://, such as s3.eu-central-1.amazonaws.com")
	refuse(!bucketName.MatchString(c.Bucket), "bucket", "bucket", "must be the name of a bucket: 3 to 63 small letters, digits, dots and hyphens")
	refuse(c.Region != "" && !regionName.MatchString(c.Region), "region", "region", "must be the name of a region, such as eu-central-1")
	refuse(c.AccessKey == "", "access_key", "required", "must not be empty")
	refuse(c.SecretKey == "", "secret_key", "required", "must not be empty")
	refuse(c.Prefix != "" && (!keyPrefix.MatchString(c.Prefix) || strings.Contains("/"+c.Prefix, "/.")), "prefix", "prefix",
		"must be names of letters, digits and . _ - with a slash between them, none beginning with a dot")
	_, err := c.encryption()
	refuse(err != nil, "encryption", "oneof", "must be AES256, aws:kms, or aws:kms: and the id of a key")
	return org.JoinInvalid(wrong...)
}

// isHost reports whether a text is host or host:port and nothing else.
func isHost(text string) bool {
	u, err := url.Parse("//" + text)
	if err != nil || u.Host != text || u.Hostname() == "" {
		return false
	}
	_, _, err = net.SplitHostPort(text)
	return err == nil || u.Port() == ""
}

// encryption is the header that asks for it; nil for none.
func (c Config) encryption() (encrypt.ServerSide, error) {
	key, kms := strings.CutPrefix(c.Encryption, "aws:kms")
	switch {
	case c.Encryption == "":
		return nil, nil
	case c.Encryption == "AES256":
		return encrypt.NewSSE(), nil
	case kms && (key == "" || len(key) > 1 && key[0] == ':'):
		return encrypt.NewSSEKMS(strings.TrimPrefix(key, ":"), nil)
	default:
		return nil, errors.New("unknown encryption")
	}
}

// New returns a bucket. It connects to nothing yet. It returns the errors of
// [Config.Check].
func New(c Config) (*Bucket, error) {
	if err := c.Check(); err != nil {
		return nil, err
	}
	if c.Region == "" {
		c.Region = "us-east-1" // what is not Amazon's takes this for any
	}
	encryption, err := c.encryption()
	if err != nil {
		return nil, err
	}
	client, err := minio.New(c.Endpoint, &minio.Options{
		Creds:  credentials.NewStaticV4(c.AccessKey, c.SecretKey.Reveal(), ""),
		Secure: c.TLS, Region: c.Region,
		// Whoever asks comes again by himself.
		MaxRetries: 2,
	})
	if err != nil {
		return nil, org.Invalid("endpoint", "host", "cannot be used") // the error repeats it
	}
	return &Bucket{core: minio.Core{Client: client}, config: c, encryption: encryption}, nil
}
