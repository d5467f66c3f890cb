package live

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/orgpbx/orgpbx/asterisk"
	"github.com/orgpbx/orgpbx/resource"
)

// NotPreparedError says that Asterisk cannot be managed yet. Its findings are
// for the operator: each says what is missing and what to do about it.
type NotPreparedError struct {
	Findings []string
}

// Error joins the findings.
func (e *NotPreparedError) Error() string {
	return "Asterisk is not prepared: " + strings.Join(e.Findings, "; ")
}

// Preflight finds out whether Asterisk is set up as the documentation of this
// package asks for: modules, rights of the AMI user, sorcery.conf and includes.
// It installs the dialplan that all organisations share. It returns a
// [*NotPreparedError] with everything that is missing, an error that wraps
// [resource.ErrPBXUnavailable] when Asterisk is away, and nil when Apply can
// work.
func (p *PBX) Preflight(ctx context.Context) error {
	findings, err := p.examine(ctx)
	if err != nil {
		return fmt.Errorf("look at Asterisk: %w", err)
	}
	if len(findings) > 0 {
		return &NotPreparedError{findings}
	}
	p.prepared.Store(true)
	return nil
}

// prepare is what comes before every change: the shared dialplan is there, and
// once in the life of a process everything else is.
func (p *PBX) prepare(ctx context.Context) error {
	if !p.prepared.Load() {
		return p.Preflight(ctx)
	}
	changed, err := p.ensureBase(ctx)
	if err == nil && !changed {
		return nil
	}
	return p.Preflight(ctx)
}

// examine goes from what everything else needs to what needs everything else.
func (p *PBX) examine(ctx context.Context) ([]string, error) {
	if _, err := p.console.do(ctx, "Ping"); err != nil {
		return nil, err
	}
	for _, look := range []func(context.Context) ([]string, error){
		p.lackingRights, p.lackingModules, p.lackingFolder, p.lackingIncludes, p.lackingSorcery,
	} {
		findings, err := look(ctx)
		if err != nil || len(findings) > 0 {
			return findings, err
		}
	}
	return nil, nil
}

// lackingRights tries an action of each class of rights that changes nothing.
func (p *PBX) lackingRights(ctx context.Context) ([]string, error) {
	var findings []string
	for _, try := range []struct {
		right, action string
		fields        []string
	}{
		{"system", "DBGet", []string{"Family", pendingFamily, "Key", basePrefix}},
		{"config", "GetConfig", []string{"Filename", "sorcery.conf"}},
		{"command", "Command", []string{"Command", "core show version"}},
		{"call", "GetVar", []string{"Variable", "ORGPBX"}},
	} {
		_, err := p.console.do(ctx, try.action, try.fields...)
		if strings.Contains(refusal(err), "ermission denied") {
			findings = append(findings, "the AMI user lacks the right "+try.right+
				": in manager.conf give it write = system,config,command,call")
		} else if errors.Is(err, resource.ErrPBXUnavailable) {
			return nil, err
		}
	}
	return findings, nil
}

func (p *PBX) lackingModules(ctx context.Context) ([]string, error) {
	var findings []string
	for _, module := range []string{
		"res_sorcery_astdb", "res_pjsip", "res_pjsip_endpoint_identifier_ip", "res_pjsip_outbound_registration",
		"pbx_config", "app_queue", "app_voicemail",
	} {
		_, err := p.console.do(ctx, "ModuleCheck", "Module", module)
		switch {
		case refusal(err) != "":
			findings = append(findings, "the module "+module+" is not loaded: load it in modules.conf")
		case err != nil:
			return nil, err
		}
	}
	return findings, nil
}

func (p *PBX) lackingFolder(ctx context.Context) ([]string, error) {
	err := p.createFile(ctx, emptyFile)
	if reason := refusal(err); reason != "" {
		return []string{"Asterisk cannot write into the folder " + p.folder + " of its configuration folder (" + reason +
			"): make it, and give it to the user that Asterisk runs as"}, nil
	}
	return nil, err
}

// lackingIncludes installs the shared files and looks whether Asterisk's own
// include them.
func (p *PBX) lackingIncludes(ctx context.Context) ([]string, error) {
	if _, err := p.ensureBase(ctx); err != nil {
		return nil, err
	}
	var findings []string
	for _, file := range files() {
		response, err := p.console.do(ctx, "GetConfig",
			"Filename", file+".conf", "Category", includedMark, "Filter", "TEMPLATES=include")
		if err != nil && refusal(err) == "" {
			return nil, err
		}
		if response.Get("Category-000000") != includedMark {
			findings = append(findings, fmt.Sprintf("%s.conf does not include the organisations' files: at its end write #tryinclude %q",
				file, p.path("*."+file+".conf")))
		}
	}
	if len(findings) > 0 {
		return findings, nil
	}
	return p.lackingDialplan(ctx)
}

// lackingDialplan looks whether the shared dialplan is loaded, and loads it
// where the include has been added since.
func (p *PBX) lackingDialplan(ctx context.Context) ([]string, error) {
	shared := asterisk.Config{Files: []asterisk.File{{Name: "extensions", Sections: slices.DeleteFunc(
		slices.Clone(p.baseDialplan), func(s asterisk.Section) bool { return s.Kind != asterisk.KindContext })}}}
	drift, err := p.inspector.Drift(ctx, shared)
	if err != nil || len(drift) == 0 {
		return nil, err
	}
	module := p.modules["extensions"]
	if err := module.lock(ctx); err != nil {
		return nil, err
	}
	defer module.unlock()
	if err := p.reload(ctx, "extensions"); err != nil {
		return nil, err
	}
	drift, err = p.inspector.Drift(ctx, shared)
	if err != nil || len(drift) == 0 {
		return nil, err
	}
	return []string{"the shared context " + drift[0].Change.Name + " is not loaded as it is in " + p.path("") +
		": look for another one of that name in extensions.conf, and at Asterisk's log"}, nil
}

// sorceryLine is one line that sorcery.conf needs.
type sorceryLine struct{ section, kind string }

func sorceryLines() []sorceryLine {
	return []sorceryLine{
		{"res_pjsip", asterisk.KindEndpoint},
		{"res_pjsip", asterisk.KindAuth},
		{"res_pjsip", asterisk.KindAOR},
		{"res_pjsip_endpoint_identifier_ip", asterisk.KindIdentify},
		{"res_pjsip_outbound_registration", asterisk.KindRegistration},
	}
}

// lackingSorcery looks at sorcery.conf, and with an object of each type that
// does nothing whether Asterisk has read it: it does so only when it starts.
func (p *PBX) lackingSorcery(ctx context.Context) ([]string, error) {
	response, err := p.console.do(ctx, "GetConfig", "Filename", "sorcery.conf")
	if err != nil && refusal(err) == "" {
		return nil, err
	}
	written := map[sorceryLine]bool{}
	section := ""
	for _, f := range response.Fields() {
		if strings.HasPrefix(f.Key, "Category-") {
			section = f.Value
		}
		key, value, _ := strings.Cut(f.Value, "=")
		kind, _, _ := strings.Cut(key, "/")
		if strings.HasPrefix(f.Key, "Line-") && strings.TrimSpace(value) == "astdb,"+family {
			written[sorceryLine{section, strings.TrimSpace(kind)}] = true
		}
	}
	var findings []string
	for _, line := range sorceryLines() {
		if !written[line] {
			findings = append(findings, fmt.Sprintf("sorcery.conf lacks %s=astdb,%s in [%s]: add it, and restart Asterisk", line.kind, family, line.section))
		}
	}
	if len(findings) > 0 {
		return findings, nil
	}
	return p.unreadSorcery(ctx)
}

func (p *PBX) unreadSorcery(ctx context.Context) (findings []string, err error) {
	// No context prefix begins like it, and no two processes have the same.
	probe := "_probe-" + rand.Text()
	for _, s := range []asterisk.Section{
		{Name: probe, Kind: asterisk.KindAOR, Lines: []asterisk.Line{{Key: "max_contacts", Value: "1"}}},
		{Name: probe, Kind: asterisk.KindAuth, Lines: []asterisk.Line{{Key: "username", Value: probe}, {Key: "password", Value: probe}}},
		{Name: probe, Kind: asterisk.KindEndpoint, Lines: []asterisk.Line{{Key: "context", Value: "orgpbx-nothing"}}},
	} {
		text, err := encode(s, "")
		if err != nil {
			return nil, err
		}
		if err := p.console.putObject(ctx, keyOf(s), text); err != nil {
			return nil, err
		}
		drift, err := p.inspector.Drift(ctx, only(s))
		if err := errors.Join(err, p.console.dropObject(context.WithoutCancel(ctx), keyOf(s))); err != nil {
			return nil, err
		}
		if len(drift) > 0 {
			findings = append(findings, "Asterisk does not read "+s.Kind+" objects from its database although sorcery.conf says so: restart it")
		}
	}
	return findings, nil
}
