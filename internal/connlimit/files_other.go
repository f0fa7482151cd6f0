//go:build !unix

package connlimit

// OpenFiles returns how many files this process may have open at once, 0 where
// the system does not say or sets no bound.
func OpenFiles() int { return 0 }
