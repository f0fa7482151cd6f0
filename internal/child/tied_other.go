//go:build !linux

package child

import "syscall"

func bind(*syscall.SysProcAttr) {}

// tied runs fn.
func tied(fn func()) { fn() }
