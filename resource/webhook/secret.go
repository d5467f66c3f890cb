package webhook

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/orgpbx/orgpbx/org"
)

// newSecret makes a signing secret as Standard Webhooks writes it.
func (s *Service) newSecret(organizationID string) (org.Secret, org.Sealed, error) {
	if s.opts.Sealer == nil {
		return "", nil, errors.New("webhooks need a Sealer in the options of the service")
	}
	from := s.opts.Secrets
	if from == nil {
		from = rand.Reader
	}
	key := make([]byte, 32)
	if _, err := io.ReadFull(from, key); err != nil {
		return "", nil, fmt.Errorf("make the secret of a webhook: %w", err)
	}
	secret := org.Secret("whsec_" + base64.StdEncoding.EncodeToString(key))
	sealed, err := s.opts.Sealer.Seal(organizationID, secret)
	return secret, sealed, err
}

// signatures signs a message with every secret that is good at a moment.
func (s *Service) signatures(organizationID string, w Webhook, messageID string, at time.Time, body []byte) (string, error) {
	if s.opts.Sealer == nil {
		return "", org.ErrSealed
	}
	sealed := []org.Sealed{w.Secret}
	if len(w.OldSecret) > 0 && at.Before(w.OldSecretUntil) {
		sealed = append(sealed, w.OldSecret)
	}
	var all []string
	for _, one := range sealed {
		secret, err := s.opts.Sealer.Open(organizationID, one)
		if err != nil {
			return "", err
		}
		signer, err := standardwebhooks.NewWebhook(secret.Reveal())
		if err != nil {
			return "", org.ErrSealed // not the library's error, which may show the secret
		}
		signature, err := signer.Sign(messageID, at, body)
		if err != nil {
			return "", fmt.Errorf("sign: %w", err)
		}
		all = append(all, signature)
	}
	return strings.Join(all, " "), nil
}
