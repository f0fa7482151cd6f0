package boltstore

import (
	"context"
	"errors"
	"fmt"
	"os"
)

// watchman is bbolt's logger, and a gate: bbolt reports here why a commit
// fails, before it rolls back. Rolling back it walks all pages in a goroutine of
// its own, where a damaged one ends the process. So it is let go on only for
// want of room, after which the store goes on, and only if this package finds
// the whole file sound; else the commit is ended by a panic with [endedCommit].
type watchman struct {
	f      *os.File
	armed  bool // from the end of opening on
	final  bool // while closing: nothing goes on
	passed bool // the commit under way was let go on
}

// endedCommit is the panic of a commit that was ended before bbolt rolled it
// back.
type endedCommit struct{ error }

// Errorf judges the first error that bbolt tells of a commit.
func (w *watchman) Errorf(_ string, args ...any) {
	if !w.armed || w.passed {
		return
	}
	for _, a := range args {
		err, isError := a.(error)
		if !isError {
			continue
		}
		if w.final || !isFull(err) {
			panic(endedCommit{err})
		}
		if cerr := w.check(); cerr != nil {
			panic(endedCommit{fmt.Errorf("%w, met when there was no more room (%v)", cerr, err)})
		}
		w.passed = true
		return
	}
}

// check walks the file as it was before the commit.
func (w *watchman) check() error {
	m, err := readMeta(w.f)
	if err != nil {
		return err
	}
	walked, err := walkFile(context.Background(), w.f, m, Options{InsecureDamagedRecords: true}, func(uint64, uint64) {})
	return errors.Join(append(walked.findings, err)...)
}

// The rest of bbolt's logger is silent.

func (*watchman) Error(...any)            {}
func (*watchman) Debug(...any)            {}
func (*watchman) Debugf(string, ...any)   {}
func (*watchman) Info(...any)             {}
func (*watchman) Infof(string, ...any)    {}
func (*watchman) Warning(...any)          {}
func (*watchman) Warningf(string, ...any) {}
func (*watchman) Fatal(...any)            {}
func (*watchman) Fatalf(string, ...any)   {}
func (*watchman) Panic(...any)            {}
func (*watchman) Panicf(string, ...any)   {}
