package main

import (
	"os"
	"path/filepath"
	"strings"
)

// commandLine is how this command was started, as words: by `go run` in the
// module, by a path, or by its name.
func commandLine() []string {
	if exe, err := os.Executable(); err == nil && strings.Contains(filepath.ToSlash(exe), "/go-build") {
		return []string{"go", "run", "./cmd/sallyport"} // built for this once, or kept in go's cache
	}
	name := os.Args[0]
	if strings.ContainsRune(name, filepath.Separator) {
		if abs, err := filepath.Abs(name); err == nil {
			name = abs
		}
	}
	return []string{name}
}

// shellLine joins words for a POSIX shell, quoted where they need it.
func shellLine(words []string) string {
	const plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./+:@"
	var out []string
	for _, w := range words {
		if w == "" || strings.Trim(w, plain) != "" {
			w = "'" + strings.ReplaceAll(w, "'", `'\''`) + "'"
		}
		out = append(out, w)
	}
	return strings.Join(out, " ")
}
