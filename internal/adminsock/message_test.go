package adminsock_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/sallyport-auth/sallyport/internal/adminsock"
)

func TestReadRequest(t *testing.T) {
	for _, tt := range []struct{ name, line, want string }{
		{"whole", `{"command": "user set", "actor": "ada", "reason": "r", "arguments": {"id": "x"}}` + "\n", ""},
		{"the least", `{"command":"user list"}` + "\n", ""},
		{"with a line behind it, which is not read", `{"command":"user list"}` + "\nmore", ""},
		{"nothing", "", "ends before its line"},
		{"without the end of the line", `{"command":"user list"}`, "ends before its line"},
		{"an empty line", "\n", "not one JSON object"},
		{"no JSON", "user list\n", "not one JSON object"},
		{"a list", "[]\n", "not one JSON object"},
		{"null", "null\n", "names no command"},
		{"an unknown field", `{"command":"user list","password":"hidden"}` + "\n", "not one JSON object"},
		{"a wrong type", `{"command":["hidden"]}` + "\n", "not one JSON object"},
		{"no command", `{"actor":"hidden"}` + "\n", "names no command"},
		{"two", `{"command":"a"}{"command":"hidden"}` + "\n", "something follows"},
		{"text that is not UTF-8", "{\"command\":\"\xff\"}\n", "not UTF-8"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r, err := adminsock.ReadRequest(strings.NewReader(tt.line))
			if tt.want == "" && (err != nil || r.Command == "") {
				t.Errorf("got %v, %v, want a request", r, err)
			}
			if tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "hidden")) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}

// blanks never ends.
type blanks struct{ read int }

func (b *blanks) Read(p []byte) (int, error) {
	b.read += len(p)
	for i := range p {
		p[i] = ' '
	}
	return len(p), nil
}

// TestReadRequestBounded: a peer that sends without end is read no further than a
// request may be long.
func TestReadRequestBounded(t *testing.T) {
	var b blanks
	if _, err := adminsock.ReadRequest(&b); err == nil || !strings.Contains(err.Error(), "too long") {
		t.Errorf("got %v, want that it is too long", err)
	}
	if most := 64<<20 + 64<<10 + 1; b.read > most {
		t.Errorf("read %d bytes, want %d at most", b.read, most)
	}
}

// TestRequestHides: a request prints as its command alone.
func TestRequestHides(t *testing.T) {
	r := adminsock.Request{Command: "user password", Actor: "ada", Arguments: json.RawMessage(`{"password":"hidden"}`)}
	for _, form := range []string{"%v", "%+v", "%#v", "%s"} {
		if s := fmt.Sprintf(form, r); strings.Contains(s, "hidden\"") || !strings.Contains(s, "user password") {
			t.Errorf("%s: got %s", form, s)
		}
	}
}

// FuzzReadRequest reads a line of the administrative socket: what is taken names a
// command, and is the same request when it is written and read again.
func FuzzReadRequest(f *testing.F) {
	for _, s := range []string{
		`{"command":"user list"}` + "\n", `{"command":"apply","actor":"ada","reason":"r","arguments":{"directory":{}}}` + "\n",
		"{}\n", "null\n", `{"command":"a"}{}` + "\n", `{"COMMAND":"a","command":"b"}` + "\n", `{"command":"\ud800"}` + "\n", "", "\n",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		r, err := adminsock.ReadRequest(bytes.NewReader(raw))
		if err != nil {
			return
		}
		if r.Command == "" {
			t.Fatalf("taken without a command: %q", raw)
		}
		line, err := json.Marshal(r)
		if err != nil {
			t.Fatalf("taken, and cannot be written: %v", err)
		}
		again, err := adminsock.ReadRequest(io.MultiReader(bytes.NewReader(line), strings.NewReader("\n")))
		if err != nil || again.Command != r.Command || again.Actor != r.Actor || again.Reason != r.Reason {
			t.Errorf("got %+v, %v, want %+v", again, err, r)
		}
	})
}
