package main_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestE2EVisualGuardPage serves the directory file of docs/from-visual-guard.md and makes the
// call of the page, and then those that complete the login.
func TestE2EVisualGuardPage(t *testing.T) {
	needTools(t, "bash", "curl")
	t.Parallel()
	raw, err := os.ReadFile("../../docs/from-visual-guard.md")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	file, outbox := write(t, filepath.Join(dir, "directory.json"), block(t, string(raw), "json")), filepath.Join(dir, "outbox.jsonl")
	blocks := shellBlocks(t, "from-visual-guard.md", 2)
	line := strings.NewReplacer("sallyport ", "", "127.0.0.1:5000", "127.0.0.1:0", "directory.json", file, "outbox.jsonl", outbox).Replace(blocks[0])
	c := newClient(t, spawn(t, strings.Fields(line)...).ready())
	out := paste(t, blocks[1], "http://127.0.0.1:5000", c.base)
	if !strings.Contains(out, `"VGAuthenticationStatus":"Failure, MFA_AuthenticationRequired"`) {
		t.Fatalf("got %s", out)
	}
	var first answer
	if err := json.Unmarshal([]byte(out), &first); err != nil {
		t.Fatal(err)
	}
	const secret = "the secret that the client has now"
	rest := []string{"client_id", clientID, "client_secret", secret, "grant_type", "VGAuthenticator", "AuthenticationRequestId", first.id(), "MFAAvailableId", first.option(t, "Email OTP")}
	c.post("/connect/token", rest...)
	if code, body := c.post("/connect/token", append(rest, "MFASecureCode", lastLine(t, outbox, "otp").Code)...); code != 200 || !strings.Contains(body, `"refresh_token":"`) {
		t.Errorf("the third call: got %d, %s", code, body)
	}
}
