package password

import (
	"bufio"
	"bytes"
	"crypto/sha1"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"iter"

	"github.com/sallyport-auth/sallyport/internal/typed"
)

// ErrBreachList means that a list of breached passwords cannot be used. The error
// names the line at fault and has no part of it.
var ErrBreachList = errors.New("password: list of breached passwords")

// maxBreachLine is how many bytes a line of a list has at most.
const maxBreachLine = 64 << 10

// BreachedHashes reads a list of SHA-1 hashes, one at the start of each line: 40
// hexadecimal digits, perhaps with ":" and a count behind them, as the well-known
// lists have them. Empty lines are passed over, and so are those with the count 0,
// which such lists hold as padding. Each use of the sequence reads the list from its
// start. It ends with the first error: that of the list, or [ErrBreachList].
func BreachedHashes(list io.ReadSeeker) iter.Seq2[[sha1.Size]byte, error] {
	return eachLine(list, readHashLine)
}

// BreachedPasswords reads a list of passwords in clear, one a line, like
// [BreachedHashes]. Blanks count. Each is hashed in the form that passwords are hashed
// in.
func BreachedPasswords(list io.ReadSeeker) iter.Seq2[[sha1.Size]byte, error] {
	return eachLine(list, func(line []byte) (hash [sha1.Size]byte, skip bool, err error) {
		return sha1.Sum([]byte(typed.Password(string(line)))), len(line) == 0, nil
	})
}

// lineReader makes a hash of a line, or skips it.
type lineReader func(line []byte) (hash [sha1.Size]byte, skip bool, err error)

var byteOrderMark = []byte("\ufeff")

func eachLine(list io.ReadSeeker, read lineReader) iter.Seq2[[sha1.Size]byte, error] {
	return func(yield func([sha1.Size]byte, error) bool) {
		if _, err := list.Seek(0, io.SeekStart); err != nil {
			yield([sha1.Size]byte{}, err)
			return
		}
		lines := bufio.NewScanner(list)
		lines.Buffer(make([]byte, maxBreachLine), maxBreachLine)
		n := 1
		for ; lines.Scan(); n++ {
			line := lines.Bytes() // without its end, "\r\n" too
			if n == 1 {
				line = bytes.TrimPrefix(line, byteOrderMark)
			}
			hash, skip, err := read(line)
			if skip {
				continue
			}
			if err != nil {
				err = fmt.Errorf("%w: line %d: %w", ErrBreachList, n, err)
			}
			if !yield(hash, err) || err != nil {
				return
			}
		}
		if err := lines.Err(); errors.Is(err, bufio.ErrTooLong) {
			yield([sha1.Size]byte{}, fmt.Errorf("%w: line %d: longer than %d bytes", ErrBreachList, n, maxBreachLine))
		} else if err != nil {
			yield([sha1.Size]byte{}, err)
		}
	}
}

// errHashLine says how a line of hashes is written.
var errHashLine = errors.New("want a SHA-1 hash in 40 hexadecimal digits, perhaps with \":\" and a count (passwords in clear are another kind of list)")

func readHashLine(line []byte) (hash [sha1.Size]byte, skip bool, err error) {
	line = bytes.TrimRight(line, " \t")
	if len(line) == 0 {
		return hash, true, nil
	}
	digits, count, counted := bytes.Cut(line, []byte(":"))
	if len(digits) != 2*sha1.Size || counted && (len(count) == 0 || len(bytes.Trim(count, "0123456789")) > 0) {
		return hash, false, errHashLine
	}
	if _, err := hex.Decode(hash[:], digits); err != nil {
		return hash, false, errHashLine // its own would quote a character
	}
	return hash, counted && len(bytes.Trim(count, "0")) == 0, nil
}
