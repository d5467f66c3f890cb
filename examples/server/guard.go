package main

import (
	"errors"
	"math"
	"net/netip"

	"github.com/orgpbx/orgpbx/httpapi/guard"
)

// guard returns the limits of the settings, which the API and the Editor share.
func (s Settings) guard() (*guard.Guard, error) {
	config := guard.Config{Address: guard.NoLimit, Account: guard.NoLimit, Key: guard.NoLimit}
	switch {
	case !(s.RateLimit >= 0) || math.IsInf(s.RateLimit, 0): // NaN too
		return nil, errors.New("ORGPBX_RATE_LIMIT (--rate-limit): must be a number of requests a second, or 0 for no limit")
	case s.RateLimit > 0:
		config.Address = rateOf(s.RateLimit)
		config.Account, config.Key = config.Address, rateOf(s.RateLimit/2)
	}
	for _, text := range s.TrustedProxies {
		network, err := parseNetwork(text)
		if err != nil {
			return nil, errors.New("ORGPBX_TRUSTED_PROXIES (--trusted-proxies): must be addresses or networks, such as 127.0.0.1,10.0.0.0/8")
		}
		config.TrustedProxies = append(config.TrustedProxies, network)
	}
	return guard.New(config), nil
}

func rateOf(perSecond float64) guard.Rate {
	return guard.Rate{PerSecond: perSecond, Burst: max(1, int(5*perSecond))}
}

func parseNetwork(text string) (netip.Prefix, error) {
	if address, err := netip.ParseAddr(text); err == nil {
		return netip.PrefixFrom(address, address.BitLen()), nil
	}
	return netip.ParsePrefix(text)
}
