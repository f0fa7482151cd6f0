package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/internal/adminsock"
)

// importFlags are the flags of `import`.
type importFlags struct {
	in, format, wrap string
	dryRun, asJSON   bool
}

// importCommand makes accounts of the rows of a file, each in a commit of its own.
func importCommand(ctx context.Context, args []string, t terminal) error {
	f := newFlags("import")
	w, by := wayFlags(f), trailFlags(f)
	var o importFlags
	f.StringVar(&o.in, "in", "", "`file` of rows, in UTF-8; - is standard input; required")
	f.StringVar(&o.format, "format", "", "jsonl: a JSON object a line; csv: with headers such as name, totp.secret, roles.0.role, attributes.City; default csv for a file whose name ends in .csv, else jsonl")
	f.StringVar(&o.wrap, "wrap", "background", "when weak hashes such as MD5 get a slow one around them: background, by a server while nobody logs in; now, before the command ends")
	f.BoolVar(&o.dryRun, "dry-run", false, "write nothing, and report what would be done")
	f.BoolVar(&o.asJSON, "json", false, "print one JSON object for each row, and a last one with the counts")
	if err := w.parse(f, args, t); err != nil {
		return err
	}
	switch {
	case !w.isNamed():
		return errNoWay
	case o.in == "":
		return errors.New("-in is required")
	case o.wrap != "background" && o.wrap != "now":
		return fmt.Errorf("-wrap: %.64q is neither background nor now", o.wrap)
	}
	in, err := openRows(o.in, t)
	if err != nil {
		return err
	}
	defer in.Close()
	rows, err := directory.ReadImport(in, cmp.Or(o.format, formatOf(o.in)))
	if err != nil {
		return fmt.Errorf("-in: %w", err)
	}
	request, err := by.request("import", importArguments{DryRun: o.dryRun})
	if err != nil {
		return err
	}
	job := &importing{importFlags: o, t: t, request: request, told: newImportReport(t, o)}
	w.makes = !o.dryRun
	if err := w.hold(ctx, request, func(do doer) error { return job.run(ctx, rows, do) }); err != nil {
		return err
	}
	return job.told.end()
}

// formatOf is the format of a file by its name.
func formatOf(path string) string {
	if strings.EqualFold(filepath.Ext(path), ".csv") {
		return directory.ImportCSV
	}
	return directory.ImportJSONL
}

// openRows opens the file of rows.
func openRows(path string, t terminal) (io.ReadCloser, error) {
	if path == "-" {
		return io.NopCloser(t.in), nil
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("-in: %w", err)
	}
	return f, nil
}

// Bounds of the rows that are sent together.
const (
	batchRows  = 1000
	batchBytes = 8 << 20
)

// importing is one import: its rows go to the engine in batches, and those that need no
// engine to be refused are told in their place.
type importing struct {
	importFlags
	t       terminal
	request adminsock.Request
	told    *importReport
	twice   directory.ImportTwice

	batch   []batchRow
	refused []importLine // of the batch, at their places
	bytes   int
}

// batchRow is one row on its way; without a text it was refused, and is the next of those.
type batchRow struct {
	Line int             `json:"line"`
	Row  json.RawMessage `json:"row,omitempty"`
}

func (j *importing) run(ctx context.Context, rows func(func(directory.ImportRow, error) bool), do doer) (err error) {
	for row, fault := range rows {
		if err = j.add(row, fault); err == nil && (len(j.batch) >= batchRows || j.bytes >= batchBytes) {
			err = j.send(ctx, do)
		}
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return j.told.broken(err)
		}
	}
	if err := j.send(ctx, do); err != nil {
		return j.told.broken(err)
	}
	if j.wrap == "now" && !j.dryRun {
		if err := j.wrapAll(ctx, do); err != nil {
			return j.told.broken(err)
		}
	}
	return nil
}

// add puts a row into the batch.
func (j *importing) add(row directory.ImportRow, fault error) error {
	if same := j.twice.Check(&row); fault == nil && same != "" {
		fault = errors.New(same)
	}
	one := batchRow{Line: row.Line}
	if fault != nil {
		j.refused = append(j.refused, lineOfRow(row.Refused(fault)))
	} else {
		one.Row = row.Text()
		j.bytes += len(one.Row)
	}
	j.batch = append(j.batch, one)
	return nil
}

// send has the batch imported and tells of all of its rows in their order.
func (j *importing) send(ctx context.Context, do doer) error {
	sound := importArguments{DryRun: j.dryRun}
	for _, row := range j.batch {
		if row.Row != nil {
			sound.Rows = append(sound.Rows, row)
		}
	}
	next, refused := j.batch, j.refused
	j.batch, j.refused, j.bytes = nil, nil, 0
	// tell tells of the refused rows up to the next one that the engine answers.
	tell := func() error {
		for len(next) > 0 && next[0].Row == nil {
			if err := j.told.row(refused[0]); err != nil {
				return err
			}
			next, refused = next[1:], refused[1:]
		}
		return nil
	}
	if err := tell(); err != nil || len(sound.Rows) == 0 {
		return err
	}
	r := j.request
	var err error
	if r.Arguments, err = encode(sound); err != nil {
		return err
	}
	return do(ctx, r, func(raw json.RawMessage) error {
		var line importLine
		if err := json.Unmarshal(raw, &line); err != nil {
			return fmt.Errorf("reading the answer: %w", err)
		}
		if err := j.told.row(line); err != nil {
			return err
		}
		next = next[1:]
		return tell()
	})
}

// wrapAll has weak hashes wrapped until there are none.
func (j *importing) wrapAll(ctx context.Context, do doer) error {
	r := j.request
	r.Command, r.Arguments = "import wrap", nil
	for done := false; !done; {
		err := do(ctx, r, func(raw json.RawMessage) error {
			var line wrapLine
			if err := json.Unmarshal(raw, &line); err != nil {
				return fmt.Errorf("reading the answer: %w", err)
			}
			done = line.Done
			return j.told.wrap(line.Wrapped)
		})
		if err != nil {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	return nil
}

// progressEvery is how often a progress line is drawn.
const progressEvery = 200 * time.Millisecond
