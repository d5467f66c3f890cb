package confdir

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/orgpbx/orgpbx/asterisk"
)

// inspectPJSIP reads "pjsip show endpoint", "auth", "aor", "identify" or
// "registration". It prints every setting that the object has, also the
// password of an auth, so the output goes nowhere else.
func (p *PBX) inspectPJSIP(ctx context.Context, o asterisk.Object) (verdict, error) {
	output, err := p.console.command(ctx, "pjsip show "+o.Kind+" "+o.Name)
	if err != nil {
		return verdict{}, err
	}
	if strings.Contains(output, "Unable to find object") {
		return absent(), nil
	}
	_, parameters, ok := strings.Cut(output, "ParameterName")
	if !ok {
		return verdict{}, fmt.Errorf("no console command shows an object of kind %s", o.Kind)
	}
	shown := parseParameters(parameters)
	for _, line := range o.Lines {
		if !isShown(shown, line) {
			return differing(line.Key), nil
		}
	}
	return same(), nil
}

// parseParameters reads lines such as " context   : k3v9x2m4-internal".
func parseParameters(output string) map[string]string {
	parameters := map[string]string{}
	for line := range strings.Lines(output) {
		if name, value, ok := strings.Cut(line, " : "); ok {
			parameters[strings.TrimSpace(name)] = strings.TrimSpace(value)
		}
	}
	return parameters
}

// isShown reports whether Asterisk shows what a line says. It keeps the whole
// of an old object when it refuses one line of the new one, so most lines tell.
func isShown(shown map[string]string, line asterisk.Line) bool {
	value, known := shown[line.Key]
	switch line.Key {
	case "type", "disallow":
		return true
	case "set_var": // shown as a setting of its own
		name, content, _ := strings.Cut(line.Value, "=")
		return shown[name] == content
	case "match":
		return known && showsAddress(value, line.Value)
	case "allow":
		return known && strings.Trim(value, "()") == strings.ReplaceAll(strings.TrimPrefix(line.Value, "!all,"), ",", "|")
	case "callerid": // shown with quotes, whether it was written with them or not
		return known && unquoted(value) == unquoted(line.Value)
	case "qualify_timeout": // a fraction, shown as 10.000000
		return known && sameNumber(value, line.Value)
	default:
		return known && canonical(value) == canonical(line.Value)
	}
}

// showsAddress looks for an address or network in a list such as
// "10.0.0.1/255.255.255.255, 2001:db8::1/ffff:…". A host name is shown as
// whatever it resolved to, which is for Asterisk to say.
func showsAddress(list, written string) bool {
	want, err := parseNetwork(written)
	if err != nil {
		return list != ""
	}
	return slices.ContainsFunc(strings.Split(list, ","), func(shown string) bool {
		address, mask, _ := strings.Cut(strings.TrimSpace(shown), "/")
		ip, bits := net.ParseIP(mask), 0
		if ip4 := ip.To4(); ip4 != nil {
			bits, _ = net.IPMask(ip4).Size()
		} else if ip != nil {
			bits, _ = net.IPMask(ip).Size()
		}
		got, err := netip.ParseAddr(address)
		return err == nil && netip.PrefixFrom(got, bits).Masked() == want
	})
}

// parseNetwork takes an address for a network of one.
func parseNetwork(s string) (netip.Prefix, error) {
	if address, err := netip.ParseAddr(s); err == nil {
		return netip.PrefixFrom(address, address.BitLen()), nil
	}
	network, err := netip.ParsePrefix(s)
	return network.Masked(), err
}

func sameNumber(a, b string) bool {
	first, errFirst := strconv.ParseFloat(a, 64)
	second, errSecond := strconv.ParseFloat(b, 64)
	return errFirst == nil && errSecond == nil && first == second
}

// unquoted leaves out what stands around a name, and around a number without one.
func unquoted(callerID string) string {
	plain := strings.NewReplacer(`"`, "", `\`, "").Replace(callerID)
	if number, alone := strings.CutPrefix(plain, "<"); alone {
		return strings.TrimSuffix(number, ">")
	}
	return plain
}

// canonical makes the ways to write a flag equal.
func canonical(value string) string {
	switch strings.ToLower(value) {
	case "yes", "true", "on":
		return "yes"
	case "no", "false", "off":
		return "no"
	default:
		return value
	}
}
