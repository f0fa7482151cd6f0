//go:build unix

package connlimit

import (
	"math"
	"syscall"
)

// OpenFiles returns how many files this process may have open at once, 0 where
// the system does not say or sets no bound.
func OpenFiles() int {
	var r syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &r); err != nil {
		return 0
	}
	if n := uint64(r.Cur); n < math.MaxInt32 { // its type differs from system to system
		return int(n)
	}
	return 0
}
