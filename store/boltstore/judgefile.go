package boltstore

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
)

// smallFile is how large a file may be that is always judged as a whole: that
// takes a few milliseconds.
const smallFile = 4 << 20

func (m meta) isSmall() bool { return m.pages*uint64(m.pageSize) <= smallFile }

// judgeFile judges a file before bbolt reads it. Either its list of free pages
// is vouched for, and the rest is left to the inspection, or all of it is read.
func (s *Store) judgeFile(f *os.File, o Options) error {
	m, err := readMeta(f)
	if err != nil {
		return err
	}
	records, err := readRecords(f, m)
	if err != nil {
		return err
	}
	stamped := false
	if m.freelist != noFreelist {
		if _, _, stamped, err = readFreelist(f, m); err != nil {
			return err
		}
	}
	s.judged = m.txid
	if stamped {
		s.listed = m.txid
	}
	if stamped && !m.isSmall() {
		s.zones = newZones(nil)
		s.inspection.Store(newInspection(f, m, o))
		return checkPointers(f, m, records)
	}
	return s.judgeWhole(f, m, o)
}

// judgeWhole reads all of a file, and leaves it with a list of free pages, so
// that bbolt need not look for them.
func (s *Store) judgeWhole(f *os.File, m meta, o Options) error {
	w, err := walkFile(context.Background(), f, m, o, progress(o.Logger, m))
	if err == nil && len(w.findings) > 0 {
		err = w.findings[0]
		if len(w.findings) > 1 {
			err = fmt.Errorf("%w, and more: see sallyport doctor", err)
		}
	}
	if err != nil {
		return err
	}
	s.zones = w.zones()
	if !m.isSmall() {
		o.Logger.Info("boltstore: the whole file was read, and is sound")
	}
	if m.freelist != noFreelist || !locksFirst {
		return nil
	}
	listed, err := writeFreelist(f, m, w.used)
	if err != nil {
		// bbolt looks for them itself, in pages that have just been judged.
		o.Logger.Warn("boltstore: the list of free pages was not written", "error", err)
		return nil
	}
	s.listed, s.judged = listed, listed
	return nil
}

// progress tells a log how far the reading of a large file has got, at each
// tenth.
func progress(log *slog.Logger, m meta) func(done, all uint64) {
	if m.isSmall() {
		return func(uint64, uint64) {}
	}
	size := m.pages * uint64(m.pageSize) >> 20
	log.Info("boltstore: reading all of the file", "MiB", size)
	told := uint64(0)
	return func(done, all uint64) {
		if tenth := 10 * done / all; tenth > told {
			told = tenth
			log.Info("boltstore: reading the file", "percent", 10*tenth, "MiB", size)
		}
	}
}

// Check reads a whole store that nobody has open, and returns what is wrong with
// it, at most a thousand things: errors that wrap [ErrCorrupt], for a single
// record also [store.ErrDamaged]. They name pages and kinds of records, never
// the rest of a key or a value. The error is [ErrLocked], [ErrForeign], that of
// ctx or the operating system's; then nothing is known.
func Check(ctx context.Context, path string, o Options) (findings []error, err error) {
	o = o.filled()
	check := func(f *os.File) error {
		m, err := readMeta(f)
		if err != nil {
			return err
		}
		w, err := walkFile(ctx, f, m, o, progress(o.Logger, m))
		findings = w.findings
		return err
	}
	if locksFirst {
		err = locked(path, o, check)
	} else {
		err = shared(path, o, check)
	}
	if errors.Is(err, ErrCorrupt) { // of the file as a whole
		return append(findings, err), nil
	}
	if err == nil && len(findings) == 1 && errors.Is(findings[0], ErrForeign) {
		return nil, findings[0]
	}
	if err != nil {
		return findings, fmt.Errorf("opening %s: %w", path, heldBy(path, err))
	}
	return findings, nil
}

// locked calls fn with the file under the lock of a writer.
func locked(path string, o Options, fn func(f *os.File) error) error {
	f, err := openExisting(path, os.O_RDONLY, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := lock(f, o.LockTimeout); err != nil {
		return err
	}
	return fn(f)
}
