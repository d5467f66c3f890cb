package httpapi

import (
	"net/http"
	"strings"

	"github.com/orgpbx/orgpbx/org"
)

// credential is what a request's headers carry.
type credential struct {
	scheme string // schemeKey, schemeBasic or schemeBearer; "" for none
	name   string // API key or user name; empty for Bearer
	secret org.Secret
}

// credentialOf reads the one credential of a request. Two of them are refused.
// So is Basic in a write that another site's page started: browsers remember a
// Basic password and would send it along.
func credentialOf(r *http.Request) (credential, error) {
	authorization := r.Header.Values("Authorization")
	key, secret := r.Header.Values("X-API-Key"), r.Header.Values("X-API-Secret")
	hasPair := len(key)+len(secret) > 0
	if len(authorization) > 1 || len(key) > 1 || len(secret) > 1 || len(authorization) == 1 && hasPair {
		return credential{}, errAmbiguousCredentials
	}
	if hasPair {
		if len(key) == 0 || len(secret) == 0 {
			return credential{}, errUnauthenticated
		}
		return credential{scheme: schemeKey, name: key[0], secret: org.Secret(secret[0])}, nil
	}
	if len(authorization) == 0 {
		return credential{}, nil
	}
	if name, password, ok := r.BasicAuth(); ok {
		if new(http.CrossOriginProtection).Check(r) != nil {
			return credential{}, errCrossSite
		}
		return credential{scheme: schemeBasic, name: name, secret: org.Secret(password)}, nil
	}
	scheme, token, _ := strings.Cut(authorization[0], " ")
	token = strings.TrimSpace(token)
	if !strings.EqualFold(scheme, "Bearer") || token == "" {
		return credential{}, errUnauthenticated
	}
	return credential{scheme: schemeBearer, secret: org.Secret(token)}, nil
}
