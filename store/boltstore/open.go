package boltstore

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"syscall"
	"time"

	bolt "go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"

	"github.com/sallyport-auth/sallyport/internal/pathname"
	"github.com/sallyport-auth/sallyport/internal/rnd"
	"github.com/sallyport-auth/sallyport/store"
)

const (
	defaultLockTimeout = time.Second
	// mapSize is mapped from the start, where addresses are plenty, so that
	// hardly a commit ever has to wait for all reads to end in order to map
	// the file anew.
	mapSize = 1 << 30
)

// Open opens the store in the file at path, which it creates (readable by its
// owner only) if there is none; the folder must exist. The file is locked
// until Close. Errors: [ErrLocked], [ErrCorrupt], [ErrForeign], or the
// operating system's.
func Open(path string, o Options) (*Store, error) {
	s, err := open(path, o.filled())
	if err != nil {
		return nil, fmt.Errorf("opening %s: %w", path, heldBy(path, err))
	}
	if s.inspection.Load() != nil {
		s.zones.await()
		go s.inspectBeside()
	} else {
		close(s.inspected)
	}
	return s, nil
}

// heldBy names who has the file locked, where err is that and the system tells.
func heldBy(path string, err error) error {
	if errors.Is(err, ErrLocked) {
		if who := holder(path); who != "" {
			return fmt.Errorf("%w by %s", err, who)
		}
	}
	return err
}

var (
	errFolder = errors.New("it is a folder: name a file in it")
	errNoFile = errors.New("it is no regular file: name one")
	errNoLink = errors.New("it is a symbolic link that leads to no file: name the file that is meant")
)

// checkKind refuses what is no file, which bbolt would take for a damaged one or
// wait for.
func checkKind(info fs.FileInfo) error {
	switch {
	case info.IsDir():
		return errFolder
	case !info.Mode().IsRegular():
		return errNoFile
	}
	return nil
}

// filled has the defaults in the place of zeroes.
func (o Options) filled() Options {
	if o.LockTimeout <= 0 {
		o.LockTimeout = defaultLockTimeout
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return o
}

// open opens a store whose inspection has not begun.
func open(path string, o Options) (*Store, error) {
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		if info, err := os.Lstat(path); err == nil && info.Mode()&fs.ModeSymlink != 0 {
			return nil, errNoLink // a store can be made where none is, but not put behind it
		}
		if err := create(path); err != nil {
			return nil, fmt.Errorf("creating: %w", err)
		}
	}
	s := &Store{
		log:       o.Logger,
		queue:     queue{idle: make(chan struct{})},
		closing:   make(chan struct{}),
		inspected: make(chan struct{}),
	}
	s.flight.Store(&flight{})
	if !locksFirst {
		// Between this and the opening another process may write to the file,
		// but only what is sound.
		if err := shared(path, o, func(f *os.File) error { return s.judgeFile(f, o) }); err != nil {
			return nil, err
		}
	}
	if err := s.openBolt(path, o); err != nil {
		return nil, err
	}
	s.watchman.armed = true
	if s.judged != s.durable.Load() { // only where the file was judged before it was locked
		s.zones = newZones(nil)
	}
	if in := s.inspection.Load(); in != nil {
		in.f = s.file
	}
	return s, nil
}

// shared calls fn with the file under bbolt's shared lock.
func shared(path string, o Options, fn func(f *os.File) error) error {
	var f *os.File
	defer func() {
		if f != nil {
			f.Close() // closed already, unless bbolt panicked
		}
	}()
	return guard(func() error {
		db, err := bolt.Open(path, 0o600, &bolt.Options{
			ReadOnly: true,
			Timeout:  o.LockTimeout,
			OpenFile: func(name string, flag int, mode os.FileMode) (*os.File, error) {
				file, err := openExisting(name, flag, mode)
				f = file
				return file, err
			},
		})
		if err != nil {
			return openError(err)
		}
		defer db.Close()
		return fn(f)
	})
}

// openBolt opens the file.
func (s *Store) openBolt(path string, o Options) error {
	s.watchman = &watchman{}
	bo := &bolt.Options{
		Timeout:        o.LockTimeout,
		NoFreelistSync: true,
		FreelistType:   bolt.FreelistMapType,
		NoStatistics:   true,
		MaxSize:        int(min(o.MaxSize, math.MaxInt)),
		Logger:         s.watchman,
		OpenFile: func(name string, flag int, mode os.FileMode) (*os.File, error) {
			f, err := openExisting(name, flag, mode)
			if err != nil {
				return nil, err
			}
			s.file, s.watchman.f = f, f
			return f, s.judgeLocked(f, o)
		},
	}
	if strconv.IntSize == 64 && runtime.GOOS != "windows" { // Windows would make the file as large as the map
		bo.InitialMmapSize = mapSize
	}
	err := guard(func() (err error) {
		if s.db, err = bolt.Open(path, 0o600, bo); err != nil {
			return openError(err)
		}
		tx, err := s.db.Begin(false)
		if err != nil {
			return err
		}
		s.durable.Store(uint64(tx.ID()))
		return tx.Rollback()
	})
	if err != nil {
		if s.file != nil {
			s.file.Close()
		}
		return err
	}
	if o.MaxSize > 0 {
		s.db.AllocSize = int(min(o.MaxSize/16, int64(s.db.AllocSize)))
	}
	return nil
}

// judgeLocked judges the file that bbolt is about to read, where it can be
// locked before that.
func (s *Store) judgeLocked(f *os.File, o Options) error {
	if !locksFirst {
		return nil
	}
	if err := lock(f, o.LockTimeout); err != nil {
		return err
	}
	return s.judgeFile(f, o)
}

// openExisting refuses an empty file, which bbolt would make a new database
// of: stores are born whole (see create), so an empty one was emptied.
func openExisting(name string, flag int, mode os.FileMode) (*os.File, error) {
	info, err := os.Stat(name) // before, since to open a pipe would wait for its other end
	if err == nil {
		err = checkKind(info)
	}
	if err != nil {
		return nil, err
	}
	f, err := os.OpenFile(name, flag&^os.O_CREATE, mode)
	if err != nil {
		return nil, err
	}
	info, err = f.Stat()
	if err == nil && info.Size() == 0 {
		err = corrupt("it is empty")
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// openError names what bbolt returns. What does not come from the operating
// system is bbolt's judgement of the meta pages.
func openError(err error) error {
	var pathErr *fs.PathError
	var errno syscall.Errno
	switch {
	case errors.Is(err, bolterrors.ErrTimeout):
		return ErrLocked
	case errors.Is(err, errFolder), errors.Is(err, errNoFile), errors.Is(err, ErrCorrupt), errors.Is(err, ErrForeign), errors.Is(err, ErrLocked), errors.Is(err, store.ErrDamaged), errors.As(err, &pathErr), errors.As(err, &errno):
		return err
	default:
		return corrupt(err)
	}
}

// create makes a store under another name and links it to path, so that path
// names nothing or a whole store whenever the power fails, and never another
// process's store that was made meanwhile.
func create(path string) error {
	temp := path + ".new-" + rnd.Hex(8)
	defer os.Remove(temp)
	db, err := bolt.Open(temp, 0o600, &bolt.Options{
		Timeout:        defaultLockTimeout,
		NoFreelistSync: true,
		FreelistType:   bolt.FreelistMapType,
	})
	if err != nil {
		return pathname.In(path, err)
	}
	err = db.Update(func(tx *bolt.Tx) error {
		for _, name := range [][]byte{recordsBucket, aboutBucket} {
			if _, err := tx.CreateBucket(name); err != nil {
				return err
			}
		}
		return tx.Bucket(aboutBucket).Put(formatKey, formatValue)
	})
	if err = errors.Join(err, db.Close()); err != nil {
		return pathname.In(path, err)
	}
	if err := os.Link(temp, path); err != nil && !errors.Is(err, fs.ErrExist) {
		return pathname.In(path, err)
	}
	return syncDir(filepath.Dir(path))
}

// syncDir makes a new name durable.
func syncDir(dir string) error {
	if runtime.GOOS == "windows" {
		return nil // folders cannot be synced there, and need not be
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
