package main_test

import (
	"path/filepath"
	"strings"
	"testing"
)

// TestTooManySecrets: whoever rotates too often for the overlap is told both ways out, and
// both are ways out.
func TestTooManySecrets(t *testing.T) {
	store := "bolt:" + filepath.Join(t.TempDir(), "db")
	client := func(args ...string) (code int, out, said string) {
		return run(t, "", append([]string{args[0], args[1], "-store", store}, args[2:]...)...)
	}
	must := func(args ...string) string {
		t.Helper()
		code, out, said := client(args...)
		if code != 0 {
			t.Fatalf("%v: got %d, %s", args, code, said)
		}
		return out
	}
	if code, _, said := run(t, "", "apply", "-store", store, "-directory", write(t, filepath.Join(t.TempDir(), "d.json"), "{}")); code != 0 {
		t.Fatal(said)
	}
	must("application", "add", "-name", "A")
	must("client", "add", "-application", "A", "-platform", "Service")
	for range 9 {
		must("client", "rotate-secret", "-client", "A_Service")
	}
	code, out, said := client("client", "rotate-secret", "-client", "A_Service")
	if code != 1 || out != "" || !strings.Contains(said, `-client: A_Service has ten secrets that are good, which is as many as there can be: end one by "sallyport client end-secret", or all of them by -overlap 0s`) {
		t.Errorf("the eleventh: got %d, %q, %q", code, out, said)
	}
	must("client", "end-secret", "-client", "A_Service", "-secret", aSecretID.FindString(must("client", "show", "-client", "A_Service")))
	must("client", "rotate-secret", "-client", "A_Service")
	must("client", "rotate-secret", "-client", "A_Service", "-overlap", "0s")
	if n := strings.Count(must("client", "show", "-client", "A_Service"), "\nsecret "); n != 1 {
		t.Errorf("got %d secrets, want the last alone", n)
	}
}
