package parts

import (
	"encoding/base64"
	"errors"
	"strings"

	"github.com/orgpbx/orgpbx/org"
)

// DecodeKey reads the encryption key of the settings. The error says the rule
// and never the key.
func DecodeKey(text org.Secret) ([]byte, error) {
	key, err := base64.StdEncoding.DecodeString(strings.TrimSpace(text.Reveal()))
	if err != nil || len(key) != 32 {
		return nil, errors.New("must be 32 bytes in base64, as `openssl rand -base64 32` prints")
	}
	return key, nil
}
