//go:build !linux

package asterisktest

import "syscall"

// dieWithParent is for Linux only: elsewhere an Asterisk outlives a test process that crashes.
func dieWithParent() *syscall.SysProcAttr {
	return nil
}
