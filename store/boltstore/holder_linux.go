package boltstore

import (
	"fmt"
	"os"
	"strings"
	"syscall"
)

// maxLocks bounds how much of the system's list of locks is read.
const maxLocks = 1 << 20

// holder returns who has the file at path locked, such as "process 812
// (sallyport)", or "" where the system does not tell: it lists processes of other
// containers without a number.
func holder(path string) string {
	info, err := os.Stat(path)
	if err != nil {
		return ""
	}
	s, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return ""
	}
	raw, err := os.ReadFile("/proc/locks")
	if err != nil || len(raw) > maxLocks {
		return ""
	}
	return holderIn(string(raw), s.Ino)
}

// holderIn looks for a lock on a file of that number, as in
//
//	4: FLOCK  ADVISORY  WRITE 812 fd:01:1573414 0 EOF
//
// The number of the device is not compared: for some file systems this list
// holds another than the file itself. Where two files have the number, nobody is
// named.
func holderIn(locks string, inode uint64) string {
	pid, found := 0, 0
	for line := range strings.Lines(locks) {
		var n, at int
		var kind, advisory, access, file string
		if _, err := fmt.Sscanf(line, "%d: %s %s %s %d %s", &n, &kind, &advisory, &access, &at, &file); err != nil || kind != "FLOCK" {
			continue
		}
		if strings.HasSuffix(file, fmt.Sprintf(":%d", inode)) && at > 0 {
			pid = at
			found++
		}
	}
	if found != 1 {
		return ""
	}
	name, err := os.ReadFile(fmt.Sprintf("/proc/%d/comm", pid))
	if err != nil {
		return fmt.Sprintf("process %d", pid)
	}
	return fmt.Sprintf("process %d (%s)", pid, strings.TrimSpace(string(name)))
}
