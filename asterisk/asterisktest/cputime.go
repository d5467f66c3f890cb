package asterisktest

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// clockTick is what Linux counts the time of processes in.
const clockTick = 10 * time.Millisecond

// CPUTime is how long the CPUs have worked for this Asterisk since it was booted, to a hundredth of a
// second: what a benchmark can tell on a machine that others use too. It is known on Linux only.
func (a *Asterisk) CPUTime() (time.Duration, error) {
	if a.process == nil {
		return 0, errors.New("Asterisk does not run")
	}
	return CPUTimeOf(a.process.command.Process.Pid)
}

// CPUTimeOf is CPUTime of any process, such as the test itself.
func CPUTimeOf(pid int) (time.Duration, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, fmt.Errorf("CPU time: %w", err)
	}
	// The name of the process is in brackets and may hold anything; utime and stime are the twelfth and
	// thirteenth field behind it.
	fields := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))
	const utime, stime = 11, 12
	if len(fields) <= stime {
		return 0, errors.New("CPU time: /proc has another form")
	}
	user, err := strconv.Atoi(fields[utime])
	if err != nil {
		return 0, fmt.Errorf("CPU time: %w", err)
	}
	system, err := strconv.Atoi(fields[stime])
	if err != nil {
		return 0, fmt.Errorf("CPU time: %w", err)
	}
	return time.Duration(user+system) * clockTick, nil
}
