//go:build !unix || solaris || aix

package boltstore

import "os"

// unlock does nothing: closing the file gives the lock back.
func unlock(*os.File) error { return nil }
