package confdir

import (
	"context"
	"fmt"
	"strings"
)

// inspectPJSIP reads "pjsip show endpoint", "auth", "aor", "identify" or
// "registration". It prints every setting that the object has, also the
// password of an auth, so the output goes nowhere else.
func (p *PBX) inspectPJSIP(ctx context.Context, o object) (verdict, error) {
	output, err := p.console.command(ctx, "pjsip show "+o.kind+" "+o.name)
	if err != nil {
		return verdict{}, err
	}
	if strings.Contains(output, "Unable to find object") {
		return absent(), nil
	}
	_, parameters, ok := strings.Cut(output, "ParameterName")
	if !ok {
		return verdict{}, fmt.Errorf("Asterisk has no console command to show an object of kind %s", o.kind)
	}
	shown := parseParameters(parameters)
	for _, line := range o.lines {
		value, isShown := shown[line.Key]
		if isShown && isShownAsWritten(line.Key) && canonical(value) != canonical(line.Value) {
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
		} else if name, ok := strings.CutSuffix(strings.TrimSpace(line), " :"); ok {
			parameters[strings.TrimSpace(name)] = ""
		}
	}
	return parameters
}

// isShownAsWritten reports whether Asterisk shows a setting the way it was written.
// Lists of codecs and of addresses it does not.
func isShownAsWritten(setting string) bool {
	switch setting {
	case "type", "allow", "disallow", "set_var", "match", "permit", "deny":
		return false
	default:
		return true
	}
}

// canonical makes the ways to write one value equal.
func canonical(value string) string {
	switch strings.ToLower(value) {
	case "yes", "true", "on", "1":
		return "yes"
	case "no", "false", "off", "0":
		return "no"
	default:
		return value
	}
}
