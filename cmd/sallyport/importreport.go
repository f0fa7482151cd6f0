package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/sallyport-auth/sallyport/directory"
)

// importLine is what became of one row, as -json prints it.
type importLine struct {
	Line       int      `json:"line"`
	Action     string   `json:"action"`
	Name       string   `json:"name,omitempty"`
	ExternalID string   `json:"externalId,omitempty"`
	ID         string   `json:"id,omitempty"`
	Kept       []string `json:"kept,omitempty"`
	Reason     string   `json:"reason,omitempty"`
}

func lineOfRow(r directory.ImportResult) importLine {
	return importLine{r.Line, r.Action, r.Name, r.ExternalID, r.ID, r.Kept, r.Reason}
}

// importCounts are how many rows came to what, as the last line of -json prints it.
type importCounts struct {
	Created int  `json:"created"`
	Changed int  `json:"changed"`
	Kept    int  `json:"kept"`
	Refused int  `json:"refused"`
	Wrapped int  `json:"wrapped"`
	DryRun  bool `json:"dryRun,omitempty"`
}

func (c *importCounts) rows() int { return c.Created + c.Changed + c.Kept + c.Refused }

// importReport tells of an import as it goes.
type importReport struct {
	importFlags
	out      *bufio.Writer
	progress io.Writer // a terminal; nil: none
	drawn    time.Time
	counts   importCounts
}

func newImportReport(t terminal, o importFlags) *importReport {
	r := &importReport{importFlags: o, out: bufio.NewWriter(t.out), counts: importCounts{DryRun: o.dryRun}}
	if f, ok := t.err.(*os.File); ok && isTerminal(f) {
		r.progress = f
	}
	return r
}

// isTerminal reports whether somebody may be looking at a file.
func isTerminal(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// row tells of a row: of all of them in JSON, and else of those that need a look.
func (r *importReport) row(l importLine) error {
	switch l.Action {
	case directory.ActionCreated:
		r.counts.Created++
	case directory.ActionChanged:
		r.counts.Changed++
	case directory.ActionKept:
		r.counts.Kept++
	default:
		r.counts.Refused++
	}
	r.draw()
	var err error
	switch {
	case r.asJSON:
		err = r.json(l)
	case l.Action == directory.ActionRefused:
		_, err = fmt.Fprintf(r.out, "line %d: %s: not imported: %s\n", l.Line, shown(l.Name), shown(l.Reason))
	case len(l.Kept) > 0:
		_, err = fmt.Fprintf(r.out, "line %d: %s: %s%s\n", l.Line, shown(l.Name), l.Action, keptNote(l.Kept))
	}
	return printed(err)
}

// printed says of an error that it met the report.
func printed(err error) error {
	if err != nil {
		return runtimeError{fmt.Errorf("printing: %w", err)}
	}
	return nil
}

func (r *importReport) json(v any) error {
	raw, err := encode(v)
	if err == nil {
		_, err = fmt.Fprintf(r.out, "%s\n", raw)
	}
	return err
}

// wrap counts hashes that were wrapped.
func (r *importReport) wrap(n int) error {
	r.counts.Wrapped += n
	r.draw()
	return nil
}

// draw writes the progress line, where somebody sees it.
func (r *importReport) draw() {
	if r.progress == nil || time.Since(r.drawn) < progressEvery {
		return
	}
	r.drawn = time.Now()
	fmt.Fprintf(r.progress, "\r\x1b[K%d rows, %d not imported, %d hashes wrapped", r.counts.rows(), r.counts.Refused, r.counts.Wrapped)
}

// clear takes the progress line away.
func (r *importReport) clear() {
	if r.progress != nil && !r.drawn.IsZero() {
		fmt.Fprint(r.progress, "\r\x1b[K")
	}
}

// errRefused tells by its exit code that some rows were reported.
var errRefused = errors.New("some rows were not imported")

// end prints the counts.
func (r *importReport) end() error {
	r.clear()
	var err error
	if c := &r.counts; r.asJSON {
		err = r.json(map[string]*importCounts{"summary": c})
	} else {
		would := ""
		if r.dryRun {
			would = "dry run, nothing was written: "
		}
		_, err = fmt.Fprintf(r.out, "%s%d created, %d changed, %d kept, %d not imported%s\n", would, c.Created, c.Changed, c.Kept, c.Refused, wrappedNote(c.Wrapped))
	}
	if err = printed(errors.Join(err, r.out.Flush())); err != nil {
		return err
	}
	if r.counts.Refused > 0 {
		return runtimeError{errRefused}
	}
	return nil
}

func wrappedNote(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf("; %d weak hashes wrapped", n)
}

// broken tells of a fault that ended the import. What was done is said: it is kept when
// the same file is imported again.
func (r *importReport) broken(err error) error {
	r.clear()
	err = errors.Join(err, printed(r.out.Flush()))
	if r.counts.rows() == r.counts.Refused {
		return err // nothing was done
	}
	return runtimeError{fmt.Errorf("%w; %d rows were done before: import the same file again to go on", err, r.counts.rows())}
}
