package resource_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/resource"
)

func TestASIPDomainIsAHostWithThePrefixInIt(t *testing.T) {
	t.Parallel()
	for domain, of := range map[resource.SIPDomain]string{
		"sip.example.com":                     "sip.example.com",
		"127.0.0.1":                           "127.0.0.1",
		"127.0.0.1:5070":                      "127.0.0.1:5070",
		"[2001:db8::1]":                       "[2001:db8::1]",
		"[2001:db8::1]:5070":                  "[2001:db8::1]:5070",
		"{organization}.sip.example.com":      "k3vq7xw2ma.sip.example.com",
		"sip-{organization}.example.com:5061": "sip-k3vq7xw2ma.example.com:5061",
		"{organization}":                      "k3vq7xw2ma",
	} {
		require.NoError(t, domain.Check(), domain)
		require.Equal(t, of, domain.For("k3vq7xw2ma"))
	}
	for _, domain := range []resource.SIPDomain{
		"", " ", "sip example.com", "sip..example.com", "sip.example.com:", "sip.example.com:0", "sip.example.com:65536", "sip.example.com:sip",
		"2001:db8::1", "[sip.example.com]", "[sip.example.com]:5060", "[2001:db8::1", "10.0.0.300", "sip:sip.example.com", "user@sip.example.com",
		"{org}.sip.example.com", "{organization.sip.example.com", "{Organization}.sip.example.com", "{}.sip.example.com",
		"an-organisation-has-a-name-of-its-own-{organization}.example.com", "sip.example.com\n",
	} {
		require.Error(t, domain.Check(), domain)
	}
}
