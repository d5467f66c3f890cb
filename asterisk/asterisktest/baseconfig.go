package asterisktest

import (
	"bytes"
	"embed"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/template"
)

// baseFiles is the smallest configuration with which Asterisk starts fast and without errors.
//
//go:embed base/*.conf
var baseFiles embed.FS

// baseValues are what the templates in base/ ask for.
type baseValues struct {
	Dir, RunDir, ModuleDir, DataDir string
	SIPPort, AMIPort                int
	RTPStart, RTPEnd                int
	AMIUser, AMISecret              string
	CallRecordFields                []string
}

// writeConfig writes the base files into dir, each followed by what extra has for its name, and the
// files that only extra has.
func writeConfig(dir string, values baseValues, extra map[string]string) error {
	templates, err := template.ParseFS(baseFiles, "base/*.conf")
	if err != nil {
		return fmt.Errorf("parse base configuration: %w", err)
	}
	var names []string
	for _, base := range templates.Templates() {
		names = append(names, base.Name())
	}
	for name := range extra {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	for _, name := range names {
		var text bytes.Buffer
		if base := templates.Lookup(name); base != nil {
			if err := base.Execute(&text, values); err != nil {
				return fmt.Errorf("render base %s: %w", name, err)
			}
		}
		text.WriteString(extra[name])
		if err := writeFile(filepath.Join(dir, name), text.Bytes()); err != nil {
			return err
		}
	}
	return nil
}

func writeFile(path string, text []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		return err
	}
	return os.WriteFile(path, text, 0o600)
}

// linkDataDir makes dir a data directory of its own that shows what the installation's has, so that a
// recording under a relative name, or a prompt that a test adds, stays out of the installation.
func linkDataDir(dir, installed string) error {
	if err := linkEntries(dir, installed, "sounds"); err != nil {
		return err
	}
	return linkEntries(filepath.Join(dir, "sounds"), filepath.Join(installed, "sounds"),
		"custom", "recordings", "priv-callerintros")
}

func linkEntries(dir, from string, except ...string) error {
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return err
	}
	entries, err := os.ReadDir(from)
	if err != nil {
		return fmt.Errorf("read Asterisk's data directory: %w", err)
	}
	for _, entry := range entries {
		name := entry.Name()
		if slices.Contains(except, name) || strings.HasPrefix(name, ".") {
			continue
		}
		if err := os.Symlink(filepath.Join(from, name), filepath.Join(dir, name)); err != nil {
			return err
		}
	}
	return nil
}
