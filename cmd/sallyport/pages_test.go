package main_test

import (
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
)

// TestPagesFolder: `serve -pages` puts what its folder holds in the place of our own, and a
// folder that no pages can be made of ends the start, with what is wrong and where.
func TestPagesFolder(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "brand.txt"), "Salt & Co.\n")
	write(t, filepath.Join(dir, "texts.en.json"), `{"This page is not available": "There is nothing here"}`)
	s := serve(t, "-store", "memory:", "-listen", "127.0.0.1:0", "-pages", dir)
	res, err := http.Get(readyURL(s.out.String()) + "/mfa/enroll/nothing")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil || !strings.Contains(string(body), "<title>There is nothing here – Salt &amp; Co.</title>") {
		t.Errorf("got %s, %v", body, err)
	}
	wrong := t.TempDir()
	write(t, filepath.Join(wrong, "texts.en.json"), `{"No page says this": "x"}`)
	for folder, want := range map[string]string{wrong: `texts.en.json: no page says "No page says this"`, filepath.Join(dir, "absent"): "-pages "} {
		code, _, said := run(t, "", "serve", "-store", "memory:", "-listen", "127.0.0.1:0", "-log-level", "error", "-pages", folder)
		if code != 2 || !strings.Contains(said, want) || strings.Count(said, "\n") != 1 {
			t.Errorf("got %d, %q, want 2 and one line with %q", code, said, want)
		}
	}
}
