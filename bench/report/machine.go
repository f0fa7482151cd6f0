package main

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"
)

// describe says on what the figures were taken.
func describe(passes []pass) string {
	text := fmt.Sprintf("Medians of %d passes. %s, %d processors, %s/%s, %s.", len(passes), processor(), runtime.NumCPU(), runtime.GOOS, runtime.GOARCH, runtime.Version())
	if v, ok := one(diskSync).median(passes); ok {
		text += fmt.Sprintf(" One disk sync (fdatasync after overwriting 4 KiB) takes %s.", figure(v, timeUnit))
	}
	return text + "\n\n"
}

// processor is the name of the first processor, where the system tells it.
func processor() string {
	f, err := os.Open("/proc/cpuinfo")
	if err != nil {
		return "A processor without a name"
	}
	defer f.Close()
	for s := bufio.NewScanner(f); s.Scan(); {
		if key, value, found := strings.Cut(s.Text(), ":"); found && strings.TrimSpace(key) == "model name" {
			return strings.Join(strings.Fields(value), " ")
		}
	}
	return "A processor without a name"
}

const diskSync = "Disk sync-ns/op"

// measureSync overwrites 4 KiB and syncs, many times. It returns the median.
func measureSync(dir string) (_ time.Duration, err error) {
	f, err := os.Create(filepath.Join(dir, "sync"))
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, f.Close(), os.Remove(f.Name())) }()
	block := make([]byte, 4096)
	var took []time.Duration
	for i := range 201 { // the first write makes the file longer, which costs more
		block[0] = byte(i)
		if _, err := f.WriteAt(block, 0); err != nil {
			return 0, err
		}
		began := time.Now()
		if err := syncData(f); err != nil {
			return 0, err
		}
		if i > 0 {
			took = append(took, time.Since(began))
		}
	}
	slices.Sort(took)
	return took[len(took)/2], nil
}
