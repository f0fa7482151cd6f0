package main

import (
	"fmt"
	"os"
	"path"
	"strings"
)

// known is a line of the list of survivors that are accepted:
//
//	FILE FUNCTION OPERATOR | SOURCE TEXT | REASON
//
// It is found again by function, operator and text; the file is for the reader,
// since files are moved and split.
type known struct {
	line                                   int
	file, function, operator, text, reason string
}

// readKnown reads a list. Empty lines and those that begin with # say nothing.
func readKnown(file string) (list []known, err error) {
	if file == "" {
		return nil, nil
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	number := 0
	for line := range strings.Lines(string(text)) {
		number++
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		k, ok := parseKnown(line)
		if !ok {
			return nil, fmt.Errorf("%s:%d: want FILE FUNCTION OPERATOR | SOURCE TEXT | REASON", path.Base(file), number)
		}
		k.line = number
		list = append(list, k)
	}
	return list, nil
}

// parseKnown reads one line. The text may contain the separator, the others not.
func parseKnown(line string) (k known, ok bool) {
	const sep = " | "
	head, rest, ok := strings.Cut(line, sep)
	last := strings.LastIndex(rest, sep)
	words := strings.SplitN(head, " ", 3)
	if !ok || last < 0 || len(words) != 3 {
		return known{}, false
	}
	k = known{file: words[0], function: words[1], operator: words[2], text: rest[:last], reason: strings.TrimSpace(rest[last+len(sep):])}
	return k, k.reason != "" && k.text != ""
}

// covers reports whether k speaks of the mutant m.
func (k known) covers(m *mutant) bool {
	return k.function == m.function && k.operator == m.operator && k.text == m.text
}

// entry is a mutant as the list names it, without a reason.
func entry(m *mutant) string {
	return fmt.Sprintf("%s %s %s | %s", m.file, m.function, m.operator, m.text)
}
