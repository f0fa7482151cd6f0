package main

import (
	"fmt"
	"runtime"
	"slices"
	"strings"
)

// table is made of cells that have the names of a row and a column. Both stand
// in the order in which they were first named.
type table struct {
	rows, columns []string
	cells         map[[2]string]string
}

// put sets a cell; of two values the later stands.
func (t *table) put(row, column, value string) {
	if t.cells == nil {
		t.cells = map[[2]string]string{}
	}
	if !slices.Contains(t.rows, row) {
		t.rows = append(t.rows, row)
	}
	if !slices.Contains(t.columns, column) {
		t.columns = append(t.columns, column)
	}
	t.cells[[2]string{row, column}] = value
}

// read puts the cells of notes: row, column and value in each line, separated
// by tabs.
func (t *table) read(notes string) error {
	for line := range strings.Lines(notes) {
		f := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if len(f) != 3 {
			return fmt.Errorf("%q has not three fields", line)
		}
		t.put(f[0], f[1], f[2])
	}
	return nil
}

func (t *table) markdown() string {
	var b strings.Builder
	fmt.Fprintf(&b, "| | %s |\n|%s\n", strings.Join(t.columns, " | "), strings.Repeat("---|", len(t.columns)+1))
	for _, row := range t.rows {
		cells := []string{row}
		for _, column := range t.columns {
			value := t.cells[[2]string{row, column}]
			if value == "" {
				value = "–"
			}
			cells = append(cells, value)
		}
		fmt.Fprintf(&b, "| %s |\n", strings.Join(cells, " | "))
	}
	fmt.Fprintf(&b, "\nOn %d processors, %s/%s, %s.\n", runtime.NumCPU(), runtime.GOOS, runtime.GOARCH, runtime.Version())
	return b.String()
}

// splice puts a table in the place of the one of that name, in whichever text has it.
func splice(texts []string, name, table string) error {
	begin, end := "<!-- table: "+name+" -->\n", "<!-- end of table -->\n"
	for i, text := range texts {
		head, rest, ok1 := strings.Cut(text, begin)
		_, tail, ok2 := strings.Cut(rest, end)
		if ok1 && ok2 {
			texts[i] = head + begin + "\n" + table + "\n" + end + tail
			return nil
		}
	}
	return fmt.Errorf("no page has a place for the table %q", name)
}
