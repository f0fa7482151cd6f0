package main_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestDoctor(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "db")
	file := write(t, filepath.Join(dir, "directory.json"), strings.ReplaceAll(directory, "ATTRIBUTES", "{}"))
	if code, _, said := run(t, "", "apply", "-store", "bolt:"+path, "-directory", file); code != 0 {
		t.Fatalf("apply: got %d: %s", code, said)
	}
	code, out, said := run(t, "", "doctor", "-store", "bolt:"+path)
	equal(t, "a sound file: exit code", code, 0)
	equal(t, "a sound file: standard output", out, "sound\n")
	equal(t, "a sound file: standard error", said, "")

	db, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	keys := strings.Count(string(db), "event/")
	write(t, path, strings.ReplaceAll(string(db), "event/", "fvent/"))
	code, out, said = run(t, "", "doctor", "-store", "bolt:"+path)
	if code != 1 || strings.Count(out, "\n") < 1 || !strings.Contains(out, "damaged") || !strings.Contains(said, "restore a backup") {
		t.Errorf("%d damaged keys: got %d, %q and %q, want 1 and the findings", keys, code, out, said)
	}
	code, out, _ = run(t, "", "doctor", "-json", "-store", "bolt:"+path)
	if code != 1 || !strings.HasPrefix(out, `{"finding":"`) {
		t.Errorf("-json: got %d and %q, want 1 and an object for each finding", code, out)
	}
	code, _, said = run(t, "", "doctor", "-store", "bolt:"+filepath.Join(dir, "none"))
	equal(t, "no file: exit code", code, 2)
	if !strings.Contains(said, "no such file") || !strings.Contains(said, "there is no store: name the file of one") {
		t.Errorf("no file: got %q", said)
	}
}
