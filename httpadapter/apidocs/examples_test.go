package apidocs_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/sallyport-auth/sallyport/httpadapter/apidocs"
	"github.com/sallyport-auth/sallyport/sallyporttest"
)

var update = flag.Bool("update", false, "write the recorded examples and the golden documents anew")

// TestExamples compares the recorded answers with fresh ones: the same keys, types and
// values but for what is drawn. With -update they are recorded anew, all of them, so that
// an id or a token is the same in each that has it.
func TestExamples(t *testing.T) {
	fresh := recordAll(t)
	got, want := settled(t, apidocs.Examples()), settled(t, fresh)
	if maps.Equal(got, want) {
		return
	}
	if *update {
		write(t, fresh)
		t.Log("the examples were recorded anew: run it again")
		return
	}
	for _, name := range slices.Sorted(maps.Keys(want)) {
		if got[name] != want[name] {
			t.Errorf("%s: recorded is\n%s\nand the answer is now\n%s", name, got[name], want[name])
		}
		delete(got, name)
	}
	if len(got) > 0 {
		t.Errorf("nobody records %v any more", slices.Sorted(maps.Keys(got)))
	}
	t.Log("make examples records them anew")
}

// TestExamplesOfAll finds an operation that has no example of success, or of refusal.
func TestExamplesOfAll(t *testing.T) {
	good := map[string]bool{}
	for _, e := range apidocs.Examples() {
		if e.Response.Status == 200 {
			good[e.Operation] = true
		}
	}
	for id := range newRecorder(t).routes {
		if !good[id] {
			t.Errorf("%s: there is no example of an answer with status 200", id)
		}
	}
}

// write replaces all recorded examples.
func write(t *testing.T, list []apidocs.Example) {
	t.Helper()
	old, err := filepath.Glob("examples/*.json")
	for _, name := range old {
		err = os.Remove(name)
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range list {
		var b bytes.Buffer
		enc := json.NewEncoder(&b)
		enc.SetEscapeHTML(false)
		enc.SetIndent("", "  ")
		if err := enc.Encode(e); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile("examples/"+e.Operation+"."+e.Name+".json", b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// settled returns each example as a text in which what is drawn is replaced by what it is.
func settled(t *testing.T, list []apidocs.Example) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, e := range list {
		raw, err := json.Marshal(e)
		var doc any
		if err == nil {
			err = json.Unmarshal(raw, &doc)
		}
		if err != nil {
			t.Fatal(err)
		}
		text, err := json.MarshalIndent(settle("", doc), "", " ")
		if err != nil {
			t.Fatal(err)
		}
		out[e.Operation+"."+e.Name] = string(text)
	}
	return out
}

// drawn are texts that are drawn anew each time, by what they look like.
var drawn = []struct {
	pattern *regexp.Regexp
	name    string
}{
	{regexp.MustCompile(`\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b`), "(an id)"},
	{regexp.MustCompile(`\b[0-9A-F]{40}(RS256|ES256)\b`), "(a kid of $1)"},
	{regexp.MustCompile(`\b[0-9A-Fa-f]{128}\b`), "(128 digits)"},
	{regexp.MustCompile(`\b[0-9A-Fa-f]{64}\b`), "(64 digits)"},
	{regexp.MustCompile(`\b[0-9A-Fa-f]{32}\b`), "(32 digits)"},
	{regexp.MustCompile(`\b[A-Z2-7]{16}\b`), "(a recovery code)"},
	{regexp.MustCompile(`(secureCode|MFASecureCode)=[0-9]{6}\b`), "$1=(six digits)"},
}

var jwt = regexp.MustCompile(`\beyJ[\w-]+\.[\w-]+\.[\w-]+`)

// settle replaces what is drawn in a document, at all depths. Whatever belongs to the key
// of a server is drawn with it.
func settle(key string, v any) any {
	switch v := v.(type) {
	case map[string]any:
		for k := range v {
			v[k] = settle(k, v[k])
		}
	case []any:
		for i := range v {
			v[i] = settle(key, v[i])
		}
	case string:
		switch key {
		case "n", "x", "y", "x5t", "x5c":
			return fmt.Sprintf("(%s of a key)", key)
		}
		return settleText(v)
	}
	return v
}

func settleText(s string) string {
	if png, err := base64.StdEncoding.DecodeString(s); err == nil && bytes.HasPrefix(png, []byte("\x89PNG")) {
		return "(a picture)"
	}
	s = jwt.ReplaceAllStringFunc(s, func(token string) string {
		var parts []string
		for _, part := range strings.Split(token, ".")[:2] {
			raw, err := base64.RawURLEncoding.DecodeString(part)
			var doc any
			if err != nil || json.Unmarshal(raw, &doc) != nil {
				return "(a token that cannot be read)"
			}
			text, _ := json.Marshal(settle("", doc)) // of what was JSON
			parts = append(parts, string(text))
		}
		return "(a token: " + strings.Join(parts, ", ") + ")"
	})
	s = strings.ReplaceAll(s, sallyporttest.ApplicationID, "(the application)")
	for _, d := range drawn {
		s = d.pattern.ReplaceAllString(s, d.name)
	}
	return s
}
