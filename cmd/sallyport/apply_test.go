package main_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestApplyWarnsOfShortSecrets: a secret that a public issuer would refuse is told
// of, by its characters and not its bytes.
func TestApplyWarnsOfShortSecrets(t *testing.T) {
	for secret, short := range map[string]bool{"fifteen letters": true, "fünfzehn Umläut": true, "sixteen letters.": false, "sechzehn Umläute": false} {
		path := filepath.Join(t.TempDir(), "d.json")
		file := fmt.Sprintf(`{"applications": [{"name": "A"}], "clients": [{"application": "A", "platform": "Native", "grantTypes": ["password"], "secrets": [{"value": %q}]}]}`, secret)
		if err := os.WriteFile(path, []byte(file), 0o600); err != nil {
			t.Fatal(err)
		}
		code, _, said := run(t, "", "apply", "-store", "memory:", "-directory", path)
		if warned := strings.Contains(said, "clients[0].secrets[0].value: shorter than 16 characters"); code != 0 || warned != short {
			t.Errorf("%s: got %d, %q, want a warning: %v", secret, code, said, short)
		}
	}
}
