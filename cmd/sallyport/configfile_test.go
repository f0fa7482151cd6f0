package main_test

import (
	"encoding/json"
	"strings"
	"testing"

	command "github.com/sallyport-auth/sallyport/cmd/sallyport"
)

// FuzzSettings reads a configuration file of the command: what is taken is one
// JSON object that encoding/json reads in the same way.
func FuzzSettings(f *testing.F) {
	for _, s := range []string{
		`{}`, ` {"listen": "127.0.0.1:0"} `, `{"trusted-proxies": ["10.0.0.0/8", "::1/128"]}`, `{"a": "b", "a": "c"}`,
		`{"active-directory": ["ldaps://a", "b"]}`, `{"active-directory-groups": [{"group": "S-1-5-21-1", "application": "a", "role": "b"}]}`, `{"listen": null}`, `{"listen": 1}`, `{"a": "\ud800"}`, `{}{}`, `{"a": "b",}`, `[]`, `{"a`, "",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		got, err := command.Settings(raw)
		if err != nil {
			return
		}
		var want map[string]any
		if err := json.Unmarshal(raw, &want); err != nil {
			t.Fatalf("taken, but encoding/json says %v: %q", err, raw)
		}
		equal(t, "number of settings", len(got), len(want))
		for name, value := range want {
			if s, ok := value.(string); ok {
				equal(t, name, got[name], s)
			} else if _, list := value.([]any); !list || name != "trusted-proxies" && !strings.HasPrefix(name, "active-directory") {
				t.Errorf("%s: got %q for %v, want a refusal", name, got[name], value)
			}
		}
	})
}
