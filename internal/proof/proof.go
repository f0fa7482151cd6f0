// Package proof lets tests write down what they have shown, for the tables of
// docs/proofs.md.
package proof

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Folder is the environment variable that names the folder to write to.
// Without it nothing is written.
const Folder = "SALLYPORT_REPORT"

// Note puts a value into a cell of a table. Rows and columns stand in the order
// in which they are first named; of two values for one cell the later stands.
func Note(t testing.TB, table, row, column string, value any) {
	t.Helper()
	dir := os.Getenv(Folder)
	if dir == "" {
		return
	}
	line := strings.Join([]string{row, column, fmt.Sprint(value)}, "\t")
	if strings.Count(line, "\t") != 2 || strings.ContainsAny(line, "\n|") {
		t.Fatalf("proof: %q does not fit into a table", line)
	}
	f, err := os.OpenFile(filepath.Join(dir, table+".tsv"), os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		t.Fatalf("proof: %v", err)
	}
	_, err = fmt.Fprintln(f, line)
	if err2 := f.Close(); err == nil {
		err = err2
	}
	if err != nil {
		t.Fatalf("proof: %v", err)
	}
}
