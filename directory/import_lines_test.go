package directory_test

import (
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/sallyport-auth/sallyport/directory"
)

// rowsOf reads a file and tells of each row by its line: its name, or its fault behind
// an exclamation mark.
func rowsOf(t testing.TB, format string, from io.Reader) (list []string) {
	t.Helper()
	rows, err := directory.ReadImport(from, format)
	if err != nil {
		return []string{"!" + err.Error()}
	}
	for row, err := range rows {
		what := row.Name
		if err != nil {
			what = "!" + strings.ReplaceAll(err.Error(), "\n", "; ")
		}
		list = append(list, fmt.Sprintf("%d %s", row.Line, what))
	}
	return list
}

const longRow = "longer than 64 KiB; is it one row, and is each quote closed?"

// TestReadImportLines: whatever stands around the rows of a file and between them, each
// row is read, with the number of its line, and a bad one never stops the others.
func TestReadImportLines(t *testing.T) {
	ann, bob, cid := `{"name":"ann"}`, `{"name":"bob"}`, `{"name":"cid"}`
	fill := func(n int) string {
		return `{"name":"ann","lastName":"` + strings.Repeat("x", n-len(`{"name":"ann","lastName":""}`)) + `"}`
	}
	for _, tt := range []struct {
		name, format, file string
		want               []string
	}{
		{"nothing", "jsonl", "", nil},
		{"lines", "jsonl", ann + "\n" + bob + "\n", []string{"1 ann", "2 bob"}},
		{"no line end at the end", "jsonl", ann + "\n" + bob, []string{"1 ann", "2 bob"}},
		{"CRLF", "jsonl", ann + "\r\n" + bob + "\r\n", []string{"1 ann", "2 bob"}},
		{"a byte order mark", "jsonl", "\ufeff" + ann + "\n", []string{"1 ann"}},
		{"blank lines", "jsonl", "\n \n" + ann + "\n\r\n" + bob + "\n\n", []string{"3 ann", "5 bob"}},
		{"UTF-16", "jsonl", "\xff\xfe{\x00", []string{"1 !in UTF-16; save it in UTF-8"}},
		{"bad UTF-8 in one row", "jsonl", ann + "\n{\"name\":\"\xff\"}\n" + cid, []string{"1 ann", "2 !not UTF-8", "3 cid"}},
		{"damaged rows", "jsonl", ann[:9] + "\n" + bob + "\nnull\n[]\n" + cid + cid + "\n" + cid, []string{
			"1 !column 9: not JSON: unexpected end of JSON input", "2 bob", "3 !want an object, got null", "4 !want an object, got a list",
			"5 !column 15: not JSON: invalid character '{' after top-level value", "6 cid"}},
		{"as long as may be", "jsonl", fill(64<<10) + "\n" + bob, []string{"1 !lastName: longer than 1024 characters", "2 bob"}},
		{"as long as may be, CRLF", "jsonl", fill(64<<10) + "\r\n" + bob, []string{"1 !lastName: longer than 1024 characters", "2 bob"}},
		{"a byte longer", "jsonl", fill(64<<10+1) + "\n" + bob, []string{"1 !" + longRow, "2 bob"}},
		{"two bytes longer", "jsonl", fill(64<<10+2) + "\n" + bob, []string{"1 !" + longRow, "2 bob"}},
		{"much longer", "jsonl", fill(300<<10) + "\n" + bob + "\n" + fill(300<<10), []string{"1 !" + longRow, "2 bob", "3 !" + longRow}},
		{"CSV", "csv", "name,firstName\nann,Ann\nbob,Bob\n", []string{"2 ann", "3 bob"}},
		{"CSV with a byte order mark, CRLF and no line end", "csv", "\ufeffname,firstName\r\nann,Ann\r\nbob,Bob", []string{"2 ann", "3 bob"}},
		{"CSV of headers alone", "csv", "name", nil},
		{"CSV of nothing", "csv", "", []string{"!line 1: no headers: the file is empty"}},
		{"cells with line ends and quotes", "csv", "name,attributes.Note\nann,\"two\nlines, \"\"quoted\"\"\"\nbob,\n", []string{"2 ann", "4 bob"}},
		{"blank lines in CSV", "csv", "name\n\nann\n\n\nbob\n", []string{"3 ann", "6 bob"}},
		{"too few cells", "csv", "name,email\nann\nbob,b@x.example\n", []string{"2 !not a row of CSV: 1 cells, want 2", "3 bob"}},
		{"too many cells", "csv", "name,email\nann,,\nbob,\n", []string{"2 !not a row of CSV: 3 cells, want 2", "3 bob"}},
		{"a quote that nobody closed", "csv", "name,lastName\nann,\"x\nbob,b\ncid,\"c\"\ndan,d", []string{
			`2 !not a row of CSV: extraneous or missing " in quoted-field`, "3 bob", "4 cid", "5 dan"}},
		{"likewise in the last row", "csv", "name,lastName\nann,a\nbob,\"x\n", []string{"2 ann", `3 !not a row of CSV: extraneous or missing " in quoted-field`}},
		{"likewise before much", "csv", "name,lastName\nann,\"x\nbob,b\n" + strings.Repeat("\n", 70<<10) + "cid,c", []string{
			"2 !" + longRow, "3 bob", "71684 cid"}},
		{"a quote inside a cell", "csv", "name,lastName\nann,a\"b\nbob,b\n", []string{`2 !not a row of CSV: bare " in non-quoted-field`, "3 bob"}},
		{"bad UTF-8 in a cell", "csv", "name\n\xff\nbob", []string{"2 !not a row of CSV: not UTF-8", "3 bob"}},
	} {
		if got := rowsOf(t, tt.format, strings.NewReader(tt.file)); !slices.Equal(got, tt.want) {
			t.Errorf("%s:\ngot  %.300q\nwant %q", tt.name, got, tt.want)
		}
		slow := rowsOf(t, tt.format, iotest.HalfReader(strings.NewReader(tt.file)))
		if !slices.Equal(slow, tt.want) {
			t.Errorf("%s, in small pieces:\ngot  %.300q\nwant %q", tt.name, slow, tt.want)
		}
	}
}

// TestReadImportBroken: what breaks while it is read is told once, behind the rows that
// could be read.
func TestReadImportBroken(t *testing.T) {
	broken := io.MultiReader(strings.NewReader("{\"name\":\"ann\"}\n{\"na"), iotest.ErrReader(errors.New("the disk is gone")))
	want := []string{"1 ann", "2 !reading: the disk is gone"}
	if got := rowsOf(t, "jsonl", broken); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if _, err := directory.ReadImport(strings.NewReader(""), "xml"); err == nil || !strings.Contains(err.Error(), `"xml" is no format: want jsonl or csv`) {
		t.Errorf("got %v, want the formats", err)
	}
}

// TestReadImportEndless: a line without end is read in bounded memory, and passed over.
func TestReadImportEndless(t *testing.T) {
	from := &endless{left: 64 << 20}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if got := rowsOf(t, "jsonl", from); len(got) != 1 || !strings.HasSuffix(got[0], longRow) {
		t.Errorf("got %.200q, want one row that is too long", got)
	}
	runtime.ReadMemStats(&after)
	if got := after.TotalAlloc - before.TotalAlloc; got > 1<<20 {
		t.Errorf("got %d bytes set aside for a line of 64 MiB, want one at most", got)
	}
}

// endless is a line of so many bytes.
type endless struct{ left int }

func (e *endless) Read(p []byte) (int, error) {
	n := min(len(p), e.left)
	if e.left -= n; n == 0 {
		return 0, io.EOF
	}
	for i := range p[:n] {
		p[i] = 'x'
	}
	return n, nil
}
