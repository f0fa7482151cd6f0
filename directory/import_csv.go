package directory

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// errNoRow means that what was read is no row of CSV at all.
var errNoRow = errors.New("not a row of CSV")

// readHeader reads the line of headers.
func readHeader(in *lines) (*table, error) {
	text, err := in.peek()
	if errors.Is(err, io.EOF) {
		return nil, errors.New("line 1: no headers: the file is empty")
	}
	if err != nil {
		return nil, fmt.Errorf("line 1: %w", err)
	}
	headers, err := readCSV(text, 0)
	if err != nil {
		return nil, fmt.Errorf("line 1: %w", err)
	}
	in.drop(len(text) + 1)
	return newTable(headers)
}

// readCSV reads one row of that many cells; 0 is any number.
func readCSV(text []byte, cells int) ([]string, error) {
	if !utf8.Valid(text) {
		return nil, fmt.Errorf("%w: not UTF-8", errNoRow)
	}
	r := csv.NewReader(bytes.NewReader(text))
	r.FieldsPerRecord = -1
	row, err := r.Read()
	if e, ok := errors.AsType[*csv.ParseError](err); ok {
		err = e.Err // without the numbers of lines, which count from this row
	}
	switch {
	case err != nil:
		return nil, fmt.Errorf("%w: %w", errNoRow, err)
	case cells > 0 && len(row) != cells:
		return nil, fmt.Errorf("%w: %d cells, want %d", errNoRow, len(row), cells)
	}
	return row, nil
}

// table turns rows of cells into rows of JSON, which then are read like any other.
type table struct {
	columns int
	root    *part
}

// part is an object, a list, or a cell of the JSON that a row becomes.
type part struct {
	name  string // among the members of an object, or as an index
	list  bool   // the members have indices
	leaf  bool
	form  form
	cell  int
	parts []*part
}

func newTable(headers []string) (*table, error) {
	t := &table{columns: len(headers), root: new(part)}
	var wrong []string
	for i, header := range headers {
		header = strings.TrimSpace(header)
		if err := t.root.add(columnPath(header), i); err != nil {
			wrong = append(wrong, fmt.Sprintf("column %d, %.64q: %v", i+1, header, err))
		}
	}
	if len(wrong) > 0 {
		return nil, fmt.Errorf("line 1: %s", strings.Join(wrong, "; "))
	}
	return t, nil
}

// add puts a column at its place.
func (p *part) add(path []step, cell int) error {
	if len(path) == 0 {
		return errors.New("unknown")
	}
	for i, s := range path {
		if p.leaf {
			return errors.New("stands beside a column of the whole")
		}
		p.list = s.index
		child := p.child(s.name)
		if last := i == len(path)-1; child != nil && last {
			return errors.New("stands twice")
		}
		if child == nil {
			child = &part{name: s.name, leaf: i == len(path)-1, form: s.form, cell: cell}
			p.parts = append(p.parts, child)
		}
		p = child
	}
	return nil
}

func (p *part) child(name string) *part {
	for _, c := range p.parts {
		if c.name == name {
			return c
		}
	}
	return nil
}

// row reads one row.
func (t *table) row(line int, text []byte) (ImportRow, error) {
	row, err := readCSV(text, t.columns)
	if err != nil {
		return ImportRow{Line: line}, err
	}
	out, _ := t.root.append(nil, row)
	if out == nil {
		out = []byte("{}")
	}
	return ParseImportRow(line, out)
}

// append writes the JSON of a part, and reports whether there is anything in it.
func (p *part) append(to []byte, row []string) (out []byte, filled bool) {
	if p.leaf {
		return p.form.append(to, row[p.cell]), row[p.cell] != ""
	}
	opens, closes := byte('{'), byte('}')
	if p.list {
		opens, closes = '[', ']'
	}
	out = append(to, opens)
	for _, c := range p.parts {
		before := len(out)
		if filled {
			out = append(out, ',')
		}
		if !p.list {
			out = append(appendText(out, c.name), ':')
		}
		more, some := c.append(out, row)
		if !some {
			out = out[:before]
			continue
		}
		out, filled = more, true
	}
	return append(out, closes), filled
}

func appendText(to []byte, text string) []byte {
	raw, err := json.Marshal(text)
	if err != nil {
		panic(err) // a text always has its JSON
	}
	return append(to, raw...)
}
