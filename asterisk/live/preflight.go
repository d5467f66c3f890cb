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

// Unwrap makes it [resource.ErrPBXUnavailable]: what was to be changed waits
// until the operator has done what the findings say.
func (e *NotPreparedError) Unwrap() error { return resource.ErrPBXUnavailable }

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
	if err := p.countEndpoints(ctx); err != nil {
		return err
	}
	p.prepared.Store(true)
	return nil
}

// prepare is what comes before every change: Asterisk is running the shared
// dialplan, and once in the life of a process everything else was looked at.
func (p *PBX) prepare(ctx context.Context) error {
	if done, err := p.isPrepared(ctx); done || err != nil {
		return err
	}
	// One looks, for all who come meanwhile.
	if err := p.preparing.lock(ctx); err != nil {
		return err
	}
	defer p.preparing.unlock()
	if done, err := p.isPrepared(ctx); done || err != nil {
		return err
	}
	// The others keep their turns while they wait for the lock.
	return p.Preflight(resource.WithWaiting(ctx, nil))
}

func (p *PBX) isPrepared(ctx context.Context) (bool, error) {
	if !p.prepared.Load() {
		return false, nil
	}
	return p.isBaseRunning(ctx)
}

// examine goes from what everything else needs to what needs everything else.
func (p *PBX) examine(ctx context.Context) ([]string, error) {
	if _, err := p.console.do(ctx, "Ping"); err != nil {
		return nil, err
	}
	return p.firstFindings(ctx,
		p.lackingRights, p.lackingModules, p.lackingFolder, p.lackingIdentifierOrder, p.lackingParking,
		p.lackingSetup)
}

// firstFindings looks until something lacks, because what comes later cannot be
// seen without it.
func (p *PBX) firstFindings(ctx context.Context, looks ...func(context.Context) ([]string, error)) ([]string, error) {
	for _, look := range looks {
		findings, err := look(ctx)
		if err != nil || len(findings) > 0 {
			return findings, err
		}
	}
	return nil, nil
}

// lackingSetup looks at all that [PBX.Install] can write, and then at what
// Asterisk made of it.
func (p *PBX) lackingSetup(ctx context.Context) ([]string, error) {
	includes, err := p.lackingIncludes(ctx)
	if err != nil {
		return nil, err
	}
	sorcery, err := p.lackingSorcery(ctx)
	if err != nil || len(includes)+len(sorcery) > 0 {
		return append(includes, sorcery...), err
	}
	return p.firstFindings(ctx, p.lackingDialplan, p.unreadSorcery)
}

// lackingRights tries an action of each class of rights that changes nothing.
func (p *PBX) lackingRights(ctx context.Context) ([]string, error) {
	var findings []string
	for _, try := range []struct {
		right, action string
		fields        []string
	}{
		{"system", "DBGet", []string{"Family", noteFamily, "Key", basePrefix}},
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

// lackingIdentifierOrder looks whether a caller is known by his name before he
// is by his address. Otherwise who names the address of somebody else's phones
// as that of his trunk takes their calls over.
func (p *PBX) lackingIdentifierOrder(ctx context.Context) ([]string, error) {
	shown, err := p.console.command(ctx, "pjsip show identifiers")
	if err != nil {
		return nil, err
	}
	names := strings.Fields(shown)
	name, address := slices.Index(names, "username"), slices.Index(names, "ip")
	if address < 0 || (name >= 0 && name < address) {
		return nil, nil
	}
	return []string{"Asterisk looks for the address of a caller before his name: in pjsip.conf, under [global] with type=global, " +
		"write endpoint_identifier_order=username,ip,auth_username,anonymous, and reload res_pjsip"}, nil
}

// lackingParking looks whether Asterisk makes a place to park for each
// organisation when it is needed. It shows that nowhere but in its file.
func (p *PBX) lackingParking(ctx context.Context) ([]string, error) {
	const name = "res_parking.conf"
	have, _, err := p.readOperatorFile(ctx, name)
	if err != nil || have.isTrue("general", "parkeddynamic") {
		return nil, err
	}
	return []string{name + " lacks parkeddynamic=yes in [general], without which nobody can park a call: add it, and reload res_parking"}, nil
}

// lackingIncludes installs the shared files and looks whether Asterisk's own
// include them.
func (p *PBX) lackingIncludes(ctx context.Context) ([]string, error) {
	if err := p.ensureBase(ctx); err != nil {
		return nil, err
	}
	var findings []string
	for _, file := range files() {
		included, err := p.includes(ctx, file)
		if err != nil {
			return nil, err
		}
		if !included {
			findings = append(findings, fmt.Sprintf("%s.conf does not include the organisations' files: at its end write %s",
				file, p.includeLine(file)))
		}
	}
	return findings, nil
}

// includes reports whether one of Asterisk's own files includes the
// organisations' parts of it.
func (p *PBX) includes(ctx context.Context, file string) (bool, error) {
	return p.hasMark(ctx, file+".conf")
}

func (p *PBX) includeLine(file string) string {
	return fmt.Sprintf("#tryinclude %q", p.path("*."+file+".conf"))
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
	if err := p.modules["extensions"].reloadNow(ctx); err != nil {
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

// wizard is where sorcery.conf says that objects are in Asterisk's database.
const wizard = "astdb," + family

func (p *PBX) lackingSorcery(ctx context.Context) ([]string, error) {
	have, _, err := p.readOperatorFile(ctx, "sorcery.conf")
	if err != nil {
		return nil, err
	}
	var findings []string
	for _, want := range sorceryLines() {
		if !slices.Contains(have.wizards(want.section, want.kind), wizard) {
			findings = append(findings, fmt.Sprintf("sorcery.conf lacks %s=%s in [%s]: add it, and restart Asterisk", want.kind, wizard, want.section))
		}
	}
	return findings, nil
}

// unreadSorcery looks, with an object of each type that does nothing, whether
// Asterisk has read sorcery.conf: it does so only when it starts.
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
