package main_test

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
)

// grantsFile has a client for each grant of docs/grants.md, somebody who gets codes by mail,
// and somebody who needs none.
const grantsFile = `{
	"applications": [{"id": "6f209594-fc04-4e96-9f9f-7daf57b0fb12", "name": "Demo", "roles": [{"name": "Clerk"}]}],
	"clients": [
		{"application": "Demo", "platform": "Native", "grantTypes": ["VGAuthenticator", "password", "refresh_token"],
			"scopes": ["openid", "offline_access"], "secrets": [{"value": "a secret; of 100% + more"}]},
		{"application": "Demo", "platform": "Service", "grantTypes": ["client_credentials"],
			"scopes": ["IdentityServerApi"], "secrets": [{"value": "a secret; of 100% + more"}]}],
	"users": [
		{"name": "marie", "password": "correct; horse + 100%", "email": "marie@example.com", "emailValidated": true, "roles": [{"application": "Demo", "role": "Clerk"}]},
		{"name": "paul", "password": "correct; horse + 100%", "roles": [{"application": "Demo", "role": "Clerk"}]}]}`

// grantsPage pastes lines of docs/grants.md against a server of its own.
type grantsPage struct {
	t      *testing.T
	base   string
	outbox string
}

// paste runs one block, and returns the answer.
func (p *grantsPage) paste(block string, fill ...string) (a answer) {
	p.t.Helper()
	fill = append(fill, "client_secret=…", "client_secret='a secret; of 100% + more'", "https://id.example.com", p.base)
	out := paste(p.t, block, fill...)
	a.raw = out[max(0, strings.IndexByte(out, '{')):] // curl shows how far it is before it
	if err := json.Unmarshal([]byte(a.raw), &a); err != nil {
		p.t.Fatalf("got %s: %v", out, err)
	}
	return a
}

// TestE2EGrantsPage runs the lines of docs/grants.md.
func TestE2EGrantsPage(t *testing.T) {
	needTools(t, "bash", "curl")
	t.Parallel()
	blocks := shellBlocks(t, "grants.md", 6)
	dir := t.TempDir()
	p := &grantsPage{t: t, outbox: filepath.Join(dir, "outbox")}
	_, p.base = spawnServer(t, "-store", "memory:", "-outbox", p.outbox, "-directory", write(t, filepath.Join(dir, "d.json"), grantsFile))

	const password = "Password='correct; horse + 100%'"
	if a := p.paste(blocks[0], "Username=…", "Username=paul", "Password=…", password); a.AccessToken == "" {
		t.Errorf("one call: got %s", a.raw)
	}
	first := p.paste(blocks[0], "Username=…", "Username=marie", "Password=…", password)
	equal(t, "status of the first call", first.status(), int64(factorWanted))
	chosen := []string{"AuthenticationRequestId=…", "AuthenticationRequestId=" + first.id(), "MFAAvailableId=…", "MFAAvailableId=" + first.option(t, "Email OTP")}
	equal(t, "status of the second call", p.paste(blocks[1], chosen...).status(), int64(waiting))
	third := p.paste(blocks[2], append(chosen, "MFASecureCode=…", "MFASecureCode="+lastLine(t, p.outbox, "otp").Code)...)
	if third.AccessToken == "" || third.RefreshToken == "" {
		t.Fatalf("the third call: got %s", third.raw)
	}
	if a := p.paste(blocks[3], "username=…", "username=paul", "password=…", "p"+password[1:]); a.AccessToken == "" {
		t.Errorf("password: got %s", a.raw)
	}
	if a := p.paste(blocks[4], "refresh_token=…", "refresh_token="+third.RefreshToken); a.RefreshToken == "" || a.RefreshToken == third.RefreshToken {
		t.Errorf("refresh_token: got %s, want another", a.raw)
	}
	if a := p.paste(blocks[5]); a.AccessToken == "" || a.RefreshToken != "" {
		t.Errorf("client_credentials: got %s", a.raw)
	}
}
