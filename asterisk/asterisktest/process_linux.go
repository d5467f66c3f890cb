package asterisktest

import "syscall"

// dieWithParent makes the kernel kill Asterisk when the test process is gone, as after a panic or a
// test time-out, where no cleanup runs.
func dieWithParent() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
}
