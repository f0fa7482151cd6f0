package child

import (
	"runtime"
	"syscall"
)

// bind has the program end when the thread that makes it does.
func bind(attr *syscall.SysProcAttr) { attr.Pdeathsig = syscall.SIGQUIT }

// tied runs fn on a thread that lives as long as fn does: a child that dies
// with its parent dies with the thread that made it.
func tied(fn func()) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	fn()
}
