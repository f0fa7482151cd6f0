package clients_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/sallyport-auth/sallyport/internal/pgtest"
	"github.com/sallyport-auth/sallyport/interop/internal/served"
)

// passwordGap is what the served environment has as the password of everybody, for somebody to
// put the real one there. Here it is the real one, so that nothing needs to be edited.
const passwordGap = "<Password of the user>"

// demoDirectory is the directory of the demo, whose people the environment names.
func demoDirectory(t *testing.T) []byte {
	t.Helper()
	raw, err := os.ReadFile("../../cmd/sallyport/demo.json")
	if err != nil {
		t.Fatal(err)
	}
	var file map[string]any
	if err := json.Unmarshal(raw, &file); err != nil {
		t.Fatal(err)
	}
	for _, u := range file["users"].([]any) {
		if user := u.(map[string]any); user["passwordless"] != true {
			user["password"] = passwordGap
		}
	}
	if raw, err = json.Marshal(file); err != nil {
		t.Fatal(err)
	}
	return raw
}

// leastAsserted is how many tests of requests there are at least.
const leastAsserted = 250

var counted = regexp.MustCompile(`(?m)^sent (\d+) of (\d+)\nasserted (\d+)\nstep documentation\n$`)

// TestDocumentation lets newman run the collection that the command serves, with the environment
// that it serves, as both come: every request is sent, and every test of theirs holds.
func TestDocumentation(t *testing.T) {
	on := func(t *testing.T, store string) *served.Server {
		return served.StartWith(t, demoDirectory(t), "-store", store, "-key-file", filepath.Join(t.TempDir(), "keys"))
	}
	for name, start := range map[string]func(t *testing.T) *served.Server{
		"bbolt":      func(t *testing.T) *served.Server { return on(t, "bolt:"+filepath.Join(t.TempDir(), "db")) },
		"postgresql": func(t *testing.T) *served.Server { return on(t, pgtest.URL(t)) },
		"demo":       func(t *testing.T) *served.Server { return served.StartDemo(t) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			served.NeedNode(t)
			printed := served.Script(t, "node/clients/documentation.mjs", start(t).Env("Native", "")...)
			m := counted.FindStringSubmatch(printed)
			if m == nil {
				t.Fatalf("got\n%s", printed)
			}
			asserted, err := strconv.Atoi(m[3])
			if m[1] != m[2] || err != nil || asserted < leastAsserted || strings.Contains(printed, "finding") {
				t.Errorf("got\n%s\nwant all requests sent, and at least %d tests", printed, leastAsserted)
			}
			t.Logf("%s requests, %d tests", m[1], asserted)
		})
	}
}

// TestDocumentationWithoutOutbox: where codes go to real mailboxes, the requests that need one are
// skipped, and all others hold.
func TestDocumentationWithoutOutbox(t *testing.T) {
	t.Parallel()
	served.NeedNode(t)
	s := served.StartWith(t, demoDirectory(t), "-store", "memory:")
	printed := served.Script(t, "node/clients/documentation.mjs", append(s.Env("Native", ""), "WITHOUT_OUTBOX=1")...)
	m := counted.FindStringSubmatch(printed)
	if m == nil || strings.Contains(printed, "finding") {
		t.Fatalf("got\n%s", printed)
	}
	sent, err := strconv.Atoi(m[1])
	all, err2 := strconv.Atoi(m[2])
	if err != nil || err2 != nil || sent != all-2 {
		t.Errorf("got\n%s\nwant the two requests with a mailed code skipped", printed)
	}
}
