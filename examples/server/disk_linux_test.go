package main

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// smallDisk makes a file system of its own that lasts as long as the test.
func smallDisk(t *testing.T, size string) string {
	t.Helper()
	dir := t.TempDir()
	options := fmt.Sprintf("size=%s,uid=%d,gid=%d,mode=0750", size, os.Getuid(), os.Getgid())
	mount, umount := []string{"mount", "-t", "tmpfs", "-o", options, "tmpfs", dir}, []string{"umount", dir}
	if os.Geteuid() != 0 {
		mount, umount = append([]string{"sudo", "-n"}, mount...), append([]string{"sudo", "-n"}, umount...)
	}
	out, err := exec.CommandContext(t.Context(), mount[0], mount[1:]...).CombinedOutput()
	require.NoError(t, err, "a disk that can be full takes root, or sudo without a password: %s", out)
	t.Cleanup(func() {
		out, err := exec.Command(umount[0], umount[1:]...).CombinedOutput()
		require.NoError(t, err, "%s", out)
	})
	return dir
}

// fillUp leaves no byte free and returns what takes the room.
func fillUp(t *testing.T, dir string) string {
	t.Helper()
	name := filepath.Join(dir, "ballast")
	file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE, 0o600)
	require.NoError(t, err)
	block := make([]byte, 4096)
	for err == nil {
		_, err = file.Write(block)
	}
	require.ErrorIs(t, err, syscall.ENOSPC)
	require.NoError(t, errors.Join(file.Close()))
	return name
}

func TestAFullDiskChangesNothingUntilThereIsRoomAgain(t *testing.T) {
	t.Parallel()
	disk := smallDisk(t, "4m")
	s := newStand(t, filepath.Join(disk, "asterisk-config"))
	server := s.start()
	o, neighbour := server.create("Full Disk"), server.create("Neighbour")
	for _, tenant := range []*tenant{o, neighbour} {
		tenant.add("/users", person("1001"))
	}
	mine, before := s.fingerprint(o), s.fingerprint(neighbour)

	ballast := fillUp(t, disk)
	for n := range 3 {
		user := o.api("POST", "/users", person(fmt.Sprint(1002+n)), http.StatusCreated)
		require.Equal(t, "failed", configState(user), "the user is kept, and not live")
	}
	status := o.api("GET", "/config/status", nil, http.StatusOK)
	require.Equal(t, "the PBX could not be changed: the server's log says why", status["error"])
	require.Equal(t, mine, s.fingerprint(o), "nothing is half written")
	require.Equal(t, before, s.fingerprint(neighbour))

	require.NoError(t, os.Remove(ballast))
	s.requireWell(o)
	require.Len(t, o.api("GET", "/users", nil, http.StatusOK)["items"], 4)
	require.Equal(t, before, s.fingerprint(neighbour))
}
