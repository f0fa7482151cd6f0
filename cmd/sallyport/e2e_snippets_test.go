package main_test

import (
	"encoding/base64"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// pageText is a page below docs.
func pageText(t *testing.T, name string) string {
	t.Helper()
	raw, err := os.ReadFile("../../docs/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// TestE2EStatusesPage runs the lines of docs/statuses.md.
func TestE2EStatusesPage(t *testing.T) {
	needTools(t, "bash")
	t.Parallel()
	out := paste(t, shellBlocks(t, "statuses.md", 1)[0])
	if strings.Count(out, "MFA_AuthenticationRequired") < 2 || !strings.Contains(out, "invalid_grant") {
		t.Errorf("got %s", out)
	}
}

// TestE2EFactorsPageFile applies the directory file of docs/factors.md.
func TestE2EFactorsPageFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := write(t, filepath.Join(dir, "d.json"), block(t, pageText(t, "factors.md"), "json"))
	if out := admin(t, "", "apply", "-store", "bolt:"+filepath.Join(dir, "db"), "-directory", file); !strings.Contains(out, "created") || !strings.Contains(out, "Manager") {
		t.Errorf("got %s", out)
	}
}

// TestE2EPageSettings starts servers with the settings that docs/operating.md has for text
// messages and docs/active-directory.md for a domain, of which nothing is reached.
func TestE2EPageSettings(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	secret := write(t, filepath.Join(dir, "secret"), base64.StdEncoding.EncodeToString([]byte("of a test"))+"\n")
	body := write(t, filepath.Join(dir, "twilio.json"), `{"To": "{{.To}}", "From": "+15005550006", "Body": "{{.Text}}"}`)
	if !strings.Contains(pageText(t, "operating.md"), "`{\"To\": \"{{.To}}\", \"From\": \"+15005550006\", \"Body\": \"{{.Text}}\"}`") {
		t.Error("docs/operating.md has another document for Twilio now")
	}
	for page, settings := range map[string]string{
		"operating.md": block(t, pageText(t, "operating.md"), "json", "/etc/sallyport/twilio.json", body, "/etc/sallyport/twilio", secret),
		"active-directory.md": block(t, pageText(t, "active-directory.md"), "json", "/var/lib/sallyport/db", filepath.Join(dir, "db"),
			"/etc/sallyport/reader", secret, "dc1.corp.example.com", "127.0.0.1:1", "dc2.corp.example.com", "127.0.0.1:2"),
	} {
		args := []string{"serve", "-listen", "127.0.0.1:0", "-config", write(t, filepath.Join(dir, page), settings)}
		if !strings.Contains(settings, `"store"`) {
			args = append(args, "-store", "memory:")
		}
		p := spawn(t, args...)
		p.ready()
	}
}
