package storetest_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/sallyport-auth/sallyport/store"
)

// LogStore keeps all records in memory, and all changes in a file, one a line,
// which it reads when it is opened. One process may have the file open.
type LogStore struct {
	mu   sync.RWMutex
	file *os.File
	recs map[string]store.Record
	err  error // why nothing works any more
}

var _ store.Store = (*LogStore)(nil)

// OpenLog opens the file at path, or makes it.
func OpenLog(path string) (*LogStore, error) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	s := &LogStore{file: file, recs: map[string]store.Record{}}
	if err := errors.Join(s.replay(), syncDir(filepath.Dir(path))); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return s, nil
}

// syncDir makes the name of a new file as durable as what is in it.
func syncDir(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// replay reads the file. A crash may have torn its last line, which then was
// never acknowledged and is cut off; what damaged it otherwise looks the same.
// No other line may be amiss.
func (s *LogStore) replay() error {
	in, good := bufio.NewReader(s.file), int64(0)
	for {
		line, err := in.ReadBytes('\n')
		if len(line) == 0 && err == io.EOF {
			return nil
		}
		var c store.Change
		if err != nil || !decode(line, &c) {
			if _, more := in.Peek(1); more == nil {
				return fmt.Errorf("%w: the line at byte %d", store.ErrDamaged, good)
			}
			_, err := s.file.Seek(good, io.SeekStart)
			return errors.Join(s.file.Truncate(good), err)
		}
		s.apply(c)
		good += int64(len(line))
	}
}

// A line is the checksum of a change, and the change as JSON, which tells an
// empty value from none.
func encode(c store.Change) ([]byte, error) {
	text, err := json.Marshal(c)
	return fmt.Appendf(nil, "%08x %s\n", crc32.ChecksumIEEE(text), text), err
}

func decode(line []byte, c *store.Change) bool {
	sum, text, _ := bytes.Cut(bytes.TrimSuffix(line, []byte("\n")), []byte(" "))
	return string(sum) == fmt.Sprintf("%08x", crc32.ChecksumIEEE(text)) && json.Unmarshal(text, c) == nil
}

// usable begins every call, under the lock.
func (s *LogStore) usable(ctx context.Context) error {
	if s.err != nil {
		return s.err
	}
	return ctx.Err()
}

// Load holds the lock, so that all records are of one moment.
func (s *LogStore) Load(ctx context.Context, keys ...string) ([]store.Record, error) {
	if err := store.CheckKeys(keys...); err != nil {
		return nil, err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	if err := s.usable(ctx); err != nil {
		return nil, err
	}
	recs := make([]store.Record, len(keys))
	for i, k := range keys {
		recs[i] = s.record(k)
	}
	return recs, nil
}

// record is a copy: the caller may write to its bytes.
func (s *LogStore) record(key string) store.Record {
	r := s.recs[key]
	r.Key, r.Value = key, bytes.Clone(r.Value)
	return r
}

// Commit compares and writes under one lock, which it holds until the change is
// durable: nobody sees, or meets a conflict with, what a crash could take back.
func (s *LogStore) Commit(ctx context.Context, c store.Change) error {
	if err := store.CheckChange(c); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.usable(ctx); err != nil {
		return err
	}
	for _, w := range c.Writes { // what is only held, and absence, like all else
		if s.recs[w.Key].Version != w.If {
			return store.ErrConflict
		}
	}
	return s.write(c)
}

// write is beyond the point at which a context could call it back.
func (s *LogStore) write(c store.Change) error {
	line, err := encode(c)
	if err != nil {
		return err
	}
	if _, err = s.file.Write(line); err == nil {
		err = s.file.Sync()
	}
	if err != nil {
		// The line may be on the disk or not, and after a failed Sync no later
		// one can tell: whoever opens the file again will know.
		s.err = fmt.Errorf("the file could not be written: %w", err)
		return fmt.Errorf("%w: %w", store.ErrUnknown, err)
	}
	s.apply(c)
	return nil
}

// apply copies what it keeps: the caller's bytes are the caller's.
func (s *LogStore) apply(c store.Change) {
	for _, w := range c.Writes {
		switch {
		case w.Keep:
		case w.Value == nil:
			delete(s.recs, w.Key)
		default:
			expires := store.ExpiryTime(store.ExpirySeconds(w.Expires)) // whole seconds, rounded up
			s.recs[w.Key] = store.Record{Key: w.Key, Value: bytes.Clone(w.Value), Version: c.ID, Expires: expires}
		}
	}
}

// Scan holds the lock for a page at a time, and not while it yields.
func (s *LogStore) Scan(ctx context.Context, prefix, after string) iter.Seq2[store.Record, error] {
	return func(yield func(store.Record, error) bool) {
		for {
			page, err := s.page(ctx, prefix, after)
			for _, r := range page {
				if err = ctx.Err(); err != nil || !yield(r, nil) {
					break
				}
				after = r.Key
			}
			if err != nil {
				yield(store.Record{}, err)
			}
			if err != nil || len(page) == 0 || after != page[len(page)-1].Key {
				return
			}
		}
	}
}

// page sorts all keys for each page, which is the price of a small store.
func (s *LogStore) page(ctx context.Context, prefix, after string) (page []store.Record, err error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if err := s.usable(ctx); err != nil {
		return nil, err
	}
	var keys []string
	for k := range s.recs {
		if strings.HasPrefix(k, prefix) && k > after {
			keys = append(keys, k)
		}
	}
	slices.Sort(keys)
	for _, k := range keys[:min(len(keys), 100)] {
		page = append(page, s.record(k))
	}
	return page, nil
}

// Sweep is one change that deletes, a hundred records at most: more would hold
// others up.
func (s *LogStore) Sweep(ctx context.Context, before time.Time, limit int) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.usable(ctx); err != nil {
		return 0, err
	}
	c := store.Change{ID: 1} // no record will bear it
	for _, r := range s.recs {
		if len(c.Writes) < min(limit, 100) && !r.Expires.IsZero() && r.Expires.Before(before) {
			c.Writes = append(c.Writes, store.Write{Key: r.Key})
		}
	}
	if len(c.Writes) == 0 {
		return 0, nil
	}
	return len(c.Writes), s.write(c)
}

// Close waits for whoever is writing.
func (s *LogStore) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if errors.Is(s.err, store.ErrClosed) {
		return nil
	}
	s.err = store.ErrClosed
	return s.file.Close()
}
