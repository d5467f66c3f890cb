package asterisktest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// binaryEnv names the environment variable that says which Asterisk the tests run.
const binaryEnv = "ORGPBX_TEST_ASTERISK"

// errNoAsterisk is what a test without an Asterisk fails with.
var errNoAsterisk = errors.New("no Asterisk 22 to test against: run `make test` or `make tools`, " +
	"put one on PATH, or name its binary in " + binaryEnv)

// installation is an Asterisk to run and, where it was unpacked rather than installed, the tree that
// holds its files.
type installation struct {
	binary string
	// tree is empty where the paths compiled into the binary are right.
	tree string
}

// locate finds an Asterisk: the one named in the environment, one on PATH of the right version, or the
// one that scripts/asterisk.sh keeps in the cache.
func locate(ctx context.Context) (installation, error) {
	if named := os.Getenv(binaryEnv); named != "" {
		if !isWantedVersion(ctx, named) {
			return installation{}, fmt.Errorf("%s=%s is not an Asterisk 22 that runs", binaryEnv, named)
		}
		return newInstallation(named), nil
	}
	if onPath, err := exec.LookPath("asterisk"); err == nil && isWantedVersion(ctx, onPath) {
		return newInstallation(onPath), nil
	}
	cached := filepath.Join(cacheDir(), "asterisk-22", "asterisk")
	if isWantedVersion(ctx, cached) {
		return newInstallation(cached), nil
	}
	return installation{}, errNoAsterisk
}

func newInstallation(binary string) installation {
	tree := filepath.Dir(binary)
	if _, err := os.Stat(filepath.Join(tree, "usr", "sbin", "asterisk")); err != nil {
		tree = ""
	}
	return installation{binary: binary, tree: tree}
}

// moduleDir is where an unpacked Asterisk has its modules, empty for an installed one.
func (i installation) moduleDir() string {
	if i.tree == "" {
		return ""
	}
	found, err := filepath.Glob(filepath.Join(i.tree, "usr", "lib", "*", "asterisk", "modules"))
	if err != nil || len(found) == 0 {
		return ""
	}
	return found[0]
}

// dataDir is where an unpacked Asterisk has its sounds, empty for an installed one.
func (i installation) dataDir() string {
	if i.tree == "" {
		return ""
	}
	return filepath.Join(i.tree, "usr", "share", "asterisk")
}

func isWantedVersion(ctx context.Context, binary string) bool {
	out, err := exec.CommandContext(ctx, binary, "-V").Output()
	return err == nil && bytes.HasPrefix(out, []byte("Asterisk 22."))
}

// cacheDir is the folder that the project's scripts keep their tools in.
func cacheDir() string {
	if dir := os.Getenv("ORGPBX_CACHE"); dir != "" {
		return dir
	}
	if dir := os.Getenv("XDG_CACHE_HOME"); dir != "" {
		return filepath.Join(dir, "orgpbx")
	}
	return filepath.Join(os.Getenv("HOME"), ".cache", "orgpbx")
}
