package directory

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"
)

// The formats of a file of rows.
const (
	ImportJSONL = "jsonl" // a JSON object a line
	ImportCSV   = "csv"   // RFC 4180, with a line of headers
)

// maxImportLine is how many bytes a row may have in a file, its line end aside.
const maxImportLine = 64 << 10

var errImportLine = fmt.Errorf("longer than %d KiB; is it one row, and is each quote closed?", maxImportLine>>10)

// ReadImport reads the rows of a file in UTF-8, perhaps behind a byte order mark, with
// line ends of either kind and with or without one at the end. Blank lines are left out.
//
// In JSON lines a row is an object with the fields of [ImportRow]. In CSV the headers
// are the paths of those fields, such as totp.secret, roles.0.role or attributes.City; an
// empty cell is a field left out; recoveryCodes may be one cell, whose codes are
// separated by semicolons. The error names all columns that are unknown or stand twice:
// then there is nothing to be read.
//
// A row that cannot be read is yielded with an error that says why and does not stop the
// others. The sequence reads as it goes, and may be gone through once. An error of the
// reader itself comes last.
func ReadImport(from io.Reader, format string) (iter.Seq2[ImportRow, error], error) {
	in := &lines{from: bufio.NewReaderSize(from, maxImportLine+2), line: 1}
	if mark, _ := in.from.Peek(3); bytes.Equal(mark, []byte("\ufeff")) {
		in.drop(3)
	}
	switch format {
	case ImportJSONL:
		return in.rows(readJSONLine), nil
	case ImportCSV:
		in.quotes = true
		t, err := readHeader(in)
		if err != nil {
			return nil, err
		}
		return in.rows(t.row), nil
	}
	return nil, fmt.Errorf("%.64q is no format: want %s or %s", format, ImportJSONL, ImportCSV)
}

func readJSONLine(line int, text []byte) (ImportRow, error) { return ParseImportRow(line, text) }

// lines takes a file apart into rows of bounded length.
type lines struct {
	from   *bufio.Reader
	line   int  // of what is read next
	quotes bool // a line end between double quotes ends no row
}

// rows yields what read makes of each row.
func (l *lines) rows(read func(line int, text []byte) (ImportRow, error)) iter.Seq2[ImportRow, error] {
	return func(yield func(ImportRow, error) bool) {
		for {
			line := l.line
			text, err := l.peek()
			var row ImportRow
			switch {
			case errors.Is(err, io.EOF):
				return
			case errors.Is(err, errImportLine):
				row = ImportRow{Line: line}
				l.skip()
			case err != nil:
				yield(ImportRow{Line: line}, fmt.Errorf("reading: %w", err))
				return
			case len(bytes.TrimSpace(text)) == 0:
				l.drop(len(text) + 1)
				continue
			default:
				row, err = read(line, bytes.TrimSuffix(text, []byte("\r")))
				l.drop(taken(text, err))
			}
			if !yield(row, err) {
				return
			}
		}
	}
}

// taken is how many bytes a row takes away. Of one that is no row, and has several
// lines, it is the first line alone: a quote that nobody closed must not take the rows
// behind it along.
func taken(text []byte, err error) int {
	if end := bytes.IndexByte(text, '\n'); end >= 0 && errors.Is(err, errNoRow) {
		return end + 1
	}
	return len(text) + 1
}

// peek returns the next row without its line feed. The bytes are good until the next
// call. The error is io.EOF at the end, [errImportLine], or that of the reader.
func (l *lines) peek() ([]byte, error) {
	at, quoted := 0, false
	for {
		b, _ := l.from.Peek(l.from.Buffered())
		for ; at < len(b); at++ {
			switch {
			case l.quotes && b[at] == '"':
				quoted = !quoted
			case b[at] == '\n' && !quoted:
				return b[:at], bounded(b[:at])
			}
		}
		if at > maxImportLine+1 {
			return nil, errImportLine
		}
		if _, err := l.from.Peek(at + 1); err != nil {
			if b, _ = l.from.Peek(at); errors.Is(err, io.EOF) && at > 0 {
				return b, bounded(b)
			}
			return nil, err
		}
	}
}

func bounded(row []byte) error {
	if len(bytes.TrimSuffix(row, []byte("\r"))) > maxImportLine {
		return errImportLine
	}
	return nil
}

// drop consumes so many bytes, or what is left.
func (l *lines) drop(n int) {
	n = min(n, l.from.Buffered())
	b, _ := l.from.Peek(n)
	l.line += bytes.Count(b, []byte("\n"))
	_, _ = l.from.Discard(n) // they are buffered
}

// skip consumes what is left of a line.
func (l *lines) skip() {
	for {
		b, err := l.from.ReadSlice('\n')
		l.line += bytes.Count(b, []byte("\n"))
		if !errors.Is(err, bufio.ErrBufferFull) {
			return // an error of the reader comes again
		}
	}
}

// cells is a list in one cell.
func cells(text string) (list []string) {
	for _, part := range strings.Split(text, ";") {
		if part = strings.TrimSpace(part); part != "" {
			list = append(list, part)
		}
	}
	return list
}
