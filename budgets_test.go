package sallyport_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport"
)

// budgetsPage lists every limit; its table is written from the code.
const budgetsPage = "docs/budgets.md"

// TestBudgetsPage holds the table of the page to the code, or writes it if the
// environment says so.
func TestBudgetsPage(t *testing.T) { holdTable(t, budgetsPage, budgetsTable()) }

func budgetsTable() string {
	var b strings.Builder
	b.WriteString("| name | what | of what each has its own | how many | in | come back | none left | why so many |\n|---|---|---|---|---|---|---|---|\n")
	for _, r := range sallyport.Budgets() {
		size := fmt.Sprint(r.Size)
		if r.Half {
			size += ", half each"
		}
		if r.Size == 0 {
			size = "as set"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %s | %s | %s | %s |\n", r.Name, r.What, r.By, size, periodWords(r.Period), r.Refills, r.UsedUp, r.Source)
	}
	return b.String()
}

func periodWords(d time.Duration) string {
	for _, unit := range []struct {
		d         time.Duration
		one, many string
	}{{24 * time.Hour, "a day", "days"}, {time.Hour, "an hour", "hours"}, {time.Minute, "a minute", "minutes"}, {time.Second, "a second", "seconds"}} {
		switch n := d / unit.d; {
		case d == unit.d:
			return unit.one
		case n > 0 && d%unit.d == 0:
			return fmt.Sprint(int64(n), " ", unit.many)
		}
	}
	return ""
}

// TestBudgets: every rule says all that its reader needs, under a name of its own, and
// the list is the caller's own.
func TestBudgets(t *testing.T) {
	names := map[string]bool{}
	for _, r := range sallyport.Budgets() {
		switch {
		case names[r.Name]:
			t.Errorf("two rules are called %s", r.Name)
		case r.Name == "" || r.What == "" || r.By == "" || r.Refills == "" || r.UsedUp == "" || r.Source == "":
			t.Errorf("got %+v, want every field filled", r)
		case r.Size < 0 || r.Size == 0 && !strings.Contains(r.Source, "Config."):
			t.Errorf("%s: got the size %d from %q", r.Name, r.Size, r.Source)
		case r.Period == 0 && r.Refills != "never" && r.Refills != "by a complete login":
			t.Errorf("%s: comes back %s, in no time", r.Name, r.Refills)
		}
		names[r.Name] = true
	}
	sallyport.Budgets()[0].Size = 1
	if got := sallyport.Budgets()[0].Size; got == 1 {
		t.Error("a caller can change the rules of the engine")
	}
}
