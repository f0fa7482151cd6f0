package directory

import (
	"crypto/sha256"
	"fmt"
	"strings"
)

// ImportTwice finds rows of one import that speak of the same account: by the id, by
// the external id, or by the name as names are compared. The first row counts, even
// where it is refused for another reason. It keeps about 60 bytes of each row. The zero
// value is ready; it is for one goroutine.
type ImportTwice struct {
	first map[[16]byte]int32 // the line of the row that has it first
}

// Check returns what a row has in common with one before it, and "" for a row of its
// own, which it notes.
func (t *ImportTwice) Check(r *ImportRow) string {
	var found []string
	if t.first == nil {
		t.first = map[[16]byte]int32{}
	}
	note := func(field, value, what string) {
		sum := sha256.Sum256([]byte(field + "\x00" + value))
		key := [16]byte(sum[:16]) // whoever could make two texts of one key would have their own row refused
		if line, twice := t.first[key]; twice {
			found = append(found, fmt.Sprintf("%s: the same %s as %s", field, what, placeOf(line)))
			return
		}
		t.first[key] = int32(min(r.Line, 1<<31-1))
	}
	if r.ID != "" {
		note("id", strings.ToLower(r.ID), "id")
	}
	if r.ExternalID != "" {
		note("externalId", r.ExternalID, "id")
	}
	if name, ok := r.key(); ok {
		note("name", name.Canonical, "name")
	}
	return strings.Join(found, "; ")
}

func placeOf(line int32) string {
	if line == 0 {
		return "a row before it"
	}
	return fmt.Sprintf("line %d", line)
}
