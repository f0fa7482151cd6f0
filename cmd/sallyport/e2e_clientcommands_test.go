package main_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestE2EClientCommandsPage runs the lines of docs/client-commands.md against a server,
// and applies its file.
func TestE2EClientCommandsPage(t *testing.T) {
	needTools(t, "bash")
	t.Parallel()
	blocks := shellBlocks(t, "client-commands.md", 4)
	dir := t.TempDir()
	store := "bolt:" + filepath.Join(dir, "db")
	spawnServer(t, "-store", store)
	matches := func(out string, want ...string) {
		t.Helper()
		for _, w := range want {
			if !regexp.MustCompile(`(?m)` + w).MatchString(out) {
				t.Errorf("got %s, want a match of %s", out, w)
			}
		}
	}

	matches(paste(t, blocks[0], "-store …", "-store "+store), `^created \S+ PB_Salesdemo$`, `^created \S+_Service PB_Salesdemo_Service$`, `^[\w-]{43}$`, `active +client_credentials$`, `^grants +client_credentials$`)
	admin(t, "", "client", "add", "-store", store, "-application", "PB_Salesdemo", "-platform", "Native")
	matches(paste(t, blocks[1], "-store …", "-store "+store), `^changed \S+ PB_Salesdemo_Native$`, `^disabled `, `^enabled `)
	secret := filepath.Join(dir, "new-secret")
	out := paste(t, blocks[2], "-store …", "-store "+store, "-secret-file new-secret", "-secret-file "+secret)
	matches(out, `^secret rotated `, `^secret +[0-9a-f]{16}, until `, `^secret +[0-9a-f]{16}$`)
	if raw, err := os.ReadFile(secret); err != nil || strings.Contains(out, strings.TrimSpace(string(raw))) {
		t.Errorf("got %v, and the secret of the file in %s", err, out)
	}
	matches(paste(t, blocks[3], "-store …", "-store "+store), `^created orders.read$`, `^created city$`, `^city +Identity +vgUA_City; of PB_Salesdemo$`, `^deleted city$`)

	raw, err := os.ReadFile("../../docs/client-commands.md")
	if err != nil {
		t.Fatal(err)
	}
	_, after, _ := strings.Cut(string(raw), "```json\n{")
	resources, _, _ := strings.Cut(after, "```")
	file := write(t, filepath.Join(dir, "d.json"), `{"applications": [{"name": "PB_Salesdemo"}], `+resources)
	matches(admin(t, "", "apply", "-store", "bolt:"+filepath.Join(dir, "other"), "-directory", file), `^created +resource +orders.read$`, `^created +resource +city$`)
}
