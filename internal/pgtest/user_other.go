//go:build !linux

package pgtest

import "syscall"

// unprivileged leaves the programs to the user who runs the tests; they refuse
// to run as root.
func unprivileged(string) (*syscall.SysProcAttr, error) { return nil, nil }
