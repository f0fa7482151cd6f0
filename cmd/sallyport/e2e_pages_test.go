package main_test

import (
	"context"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// shellBlock is a block of lines for a shell in a page.
var shellBlock = regexp.MustCompile("(?s)```sh\n(.*?)```")

// shellBlocks are the lines for a shell of a page below docs, a block each.
func shellBlocks(t *testing.T, page string, want int) (blocks []string) {
	t.Helper()
	raw, err := os.ReadFile("../../docs/" + page)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range shellBlock.FindAllStringSubmatch(string(raw), -1) {
		blocks = append(blocks, m[1])
	}
	if len(blocks) != want {
		t.Fatalf("%s has %d blocks of sh, want %d: each is run here", page, len(blocks), want)
	}
	return blocks
}

// paste runs lines in a shell after filling them in, and returns what they printed. Each
// pair of fill is what stands in the page and what it stands for.
func paste(t *testing.T, lines string, fill ...string) string {
	t.Helper()
	for i := 0; i < len(fill); i += 2 {
		if !strings.Contains(lines, fill[i]) {
			t.Fatalf("the page has no %q any more:\n%s", fill[i], lines)
		}
		lines = strings.ReplaceAll(lines, fill[i], fill[i+1])
	}
	if strings.Contains(lines, "…") {
		t.Fatalf("something was not filled in:\n%s", lines)
	}
	bin, err := build()
	if err != nil {
		t.Fatalf("building the command: %v", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, "bash", "-e")
	cmd.Stdin = strings.NewReader(lines)
	cmd.Env = append(os.Environ(), "PATH="+filepath.Dir(bin)+":"+os.Getenv("PATH"))
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s\nin\n%s", err, out, lines)
	}
	return string(out)
}

// TestE2EClientsPage runs the lines of docs/clients.md.
func TestE2EClientsPage(t *testing.T) {
	needTools(t, "bash", "curl", "oathtool", "zbarimg")
	t.Parallel()
	blocks := shellBlocks(t, "clients.md", 7)
	db := filepath.Join(t.TempDir(), "db")
	w := newWorldOn(t, "-store", "bolt:"+db)
	file := write(t, filepath.Join(t.TempDir(), "d.json"), `{"applications": [{"id": "6f209594-fc04-4e96-9f9f-7daf57b0fb12", "name": "PB_Salesdemo", "mfa": {"mode": "Required", "session": "720h"}}],
		"clients": [{"application": "PB_Salesdemo", "platform": "WebApp",
		"grantTypes": ["VGAuthenticator"], "resume": true, "modules": ["VGUser", "Passwordless"], "secrets": [{"value": "a secret of the web application"}]},
		{"application": "PB_Salesdemo", "platform": "Service", "grantTypes": ["client_credentials"], "introspect": true, "secrets": [{"value": "a secret of the service"}]}]}`)
	admin(t, "", "apply", "-store", "bolt:"+db, "-directory", file)

	out := paste(t, blocks[0], "SECRET", "secret", "refresh_token=…", "refresh_token="+w.mailedLogin().RefreshToken, "https://id.example.com", w.base)
	if !strings.Contains(out, `"access_token":"`) {
		t.Errorf("the lines of the refresh: got %s", out)
	}
	access := regexp.MustCompile(`"access_token":"([^"]+)"`).FindStringSubmatch(out)
	if access == nil {
		t.Fatal("no access token")
	}
	if out = paste(t, blocks[1], "$TOKEN", access[1], "https://id.example.com", w.base); !strings.HasSuffix(out, "true") && !strings.HasSuffix(out, "false") {
		t.Errorf("the lines of a question: got %s", out)
	}
	ask := func() string {
		return paste(t, blocks[3], "SECRET", "'a secret of the service'", "token=…", "token="+access[1], "https://id.example.com", w.base)
	}
	if out = ask(); !strings.Contains(out, `{"active":true`) {
		t.Errorf("the lines of a token that is good: got %s", out)
	}
	paste(t, blocks[2], "SECRET", "secret", "token=…", "token="+access[1], "https://id.example.com", w.base)
	if out = ask(); !strings.Contains(out, `{"active":false}`) {
		t.Errorf("the lines of a token that was given up: got %s", out)
	}

	webApp := url.Values{"grant_type": {"VGAuthenticator"}, "client_id": {strings.Replace(clientID, "Native", "WebApp", 1)},
		"client_secret": {"a secret of the web application"}, "Username": {"anna"}, "Password": {"battery staple"}}
	_, body, err := w.send(http.MethodPost, "/connect/token", webApp)
	if err != nil {
		t.Fatal(err)
	}
	request := regexp.MustCompile(`"RequestId":"([^"]+)"`).FindStringSubmatch(body)
	resume := regexp.MustCompile(`"ResumeSecret":"([^"]+)"`).FindStringSubmatch(body)
	if request == nil || resume == nil {
		t.Fatalf("the first call: got %s", body)
	}
	code := w.code(w.scan(request[1]))
	if status, body := w.post("/api/MFAEnrollment/ValidateMicrosoftTOTP", "requestId", request[1], "secureCode", code); status != http.StatusOK {
		t.Fatalf("confirming the authenticator: got %d, %s", status, body)
	}
	out = paste(t, blocks[4], "client_id=…", "client_id="+webApp.Get("client_id"), "client_secret=…", "client_secret='a secret of the web application'", "https://id.example.com", w.base)
	if !strings.Contains(out, `"Status":134217729`) {
		t.Errorf("the lines without a password: got %s", out)
	}
	out = paste(t, blocks[5], "client_secret=…", "client_secret='a secret of the web application'", "AuthenticationRequestId=…", "AuthenticationRequestId="+request[1],
		"VGResumeSecret=…", "VGResumeSecret="+resume[1], "https://id.example.com", w.base)
	if !strings.Contains(out, `"access_token":"`) {
		t.Errorf("the lines of going on: got %s", out)
	}

	r := w.want(w.password("tt29", "correct horse"), factorWanted)
	option := r.option(t, "Email OTP")
	w.pass(time.Minute) // since the code of the login before
	w.want(w.choose(r.id(), option), waiting)
	out = paste(t, blocks[6], "client_id=…", "client_id="+clientID, "client_secret=…", "client_secret=secret", "AuthenticationRequestId=…", "AuthenticationRequestId="+r.id(),
		"MFAAvailableId=…", "MFAAvailableId="+option, "123456", w.mailed("otp").Code, "https://id.example.com", w.base)
	if !strings.Contains(out, `"device_token":"`) {
		t.Errorf("the lines of a device: got %s", out)
	}
}

// TestE2EClientsPageFile applies the client of docs/clients.md.
func TestE2EClientsPageFile(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile("../../docs/clients.md")
	if err != nil {
		t.Fatal(err)
	}
	_, after, _ := strings.Cut(string(raw), "```json\n")
	client, _, found := strings.Cut(after, "```")
	if !found {
		t.Fatal("docs/clients.md has no block of JSON")
	}
	file := write(t, filepath.Join(t.TempDir(), "d.json"), `{"applications": [{"name": "PB_Salesdemo"}], "clients": [`+client+`]}`)
	if out := admin(t, "", "apply", "-store", "bolt:"+filepath.Join(t.TempDir(), "db"), "-directory", file); !strings.Contains(out, "created") {
		t.Errorf("got %s", out)
	}
}

// TestE2EOperatingPage runs the lines of docs/operating.md and docs/moving.md.
func TestE2EOperatingPage(t *testing.T) {
	needTools(t, "bash")
	t.Parallel()
	admins, keys := shellBlocks(t, "operating.md", 2)[0], shellBlocks(t, "operating.md", 2)[1]
	moving := shellBlocks(t, "moving.md", 1)[0]
	dir := t.TempDir()
	db := filepath.Join(dir, "db")
	users := write(t, filepath.Join(dir, "users.json"), `{"users": [{"name": "carol"}]}`)
	rows := write(t, filepath.Join(dir, "users.jsonl"), `{"externalId": "17", "name": "dave"}`+"\n")
	w := newWorldOn(t, "-store", "bolt:"+db)
	admin(t, "", "user", "add", "-store", "bolt:"+db, "-name", "bob")

	out := paste(t, admins, "-store bolt:/var/lib/sallyport/db", "-store bolt:"+db, "-store …", "-store bolt:"+db, "-id ID", "-id "+idOf(t, "bob", "-store", "bolt:"+db),
		"users.jsonl", rows, "users.json\n", users+"\n")
	for _, want := range []string{`name +bob\n`, `changed \S+ bob\n`, `created Auditor\n`, `created +user +carol\n`, `\n1 created, 0 changed, 0 kept`} {
		if !regexp.MustCompile(want).MatchString(out) {
			t.Errorf("the lines of an administrator: got %s, want a match of %s", out, want)
		}
	}
	out = paste(t, moving, "bolt:/var/lib/sallyport/db", "bolt:"+db, "users.jsonl", rows)
	if strings.Count(out, "0 created, 0 changed, 1 kept") != 2 { // dave came by the lines before
		t.Errorf("the lines of moving in: got %s", out)
	}

	kid := kidOf(t, w.mailedLogin().AccessToken)
	out = paste(t, keys, "-store …", "-store bolt:"+db, "-key-file …", "-key-file "+db+".keys", "KID…", kid)
	if !strings.Contains(out, "retired "+kid) {
		t.Errorf("the lines of keys: got %s", out)
	}
}

// TestE2EKeysPage runs the lines of docs/keys.md beside a server.
func TestE2EKeysPage(t *testing.T) {
	needTools(t, "bash", "openssl")
	t.Parallel()
	blocks := shellBlocks(t, "keys.md", 4)
	dir := t.TempDir()
	store := "-store bolt:" + filepath.Join(dir, "db")
	w := newWorldOn(t, strings.Fields(store)...)
	kid := kidOf(t, w.mailedLogin().AccessToken)
	if out := paste(t, blocks[0], "-store …", store); !strings.Contains(out, kid+"  RS256  signing") || !strings.Contains(out, "ES256, signing") || !strings.Contains(out, "RS256, signing") {
		t.Errorf("the lines that rotate: got %s", out)
	}
	keyFiles(t, dir, nil)
	paste(t, "cd "+dir+"; openssl pkcs12 -export -in cert.pem -inkey key.pem -out server.pfx -passout pass:x; printf x >pass.txt; rm cert.pem key.pem\n"+blocks[2])
	if out := paste(t, "cd "+dir+"\n"+blocks[1], "-store …", store); !strings.Contains(out, "imported ") {
		t.Errorf("the lines of an import: got %s", out)
	}
	if out := paste(t, blocks[3], "-store …", store, "KID…", kid); !strings.HasSuffix(out, "retired "+kid+"\n") {
		t.Errorf("the lines of a stolen key: got %s", out)
	}
}

var (
	httpBlock = regexp.MustCompile("(?s)```http\n.*?\n\n(.*?)```.*?```\n(.*?)```")
	// jsonMember is a member of an object whose value is no object.
	jsonMember = regexp.MustCompile(`"(\w+)": ?("[^"]*"|-?\d+|true|false)`)
)

// TestE2EReadmeExchange makes the call that README.md shows, and wants what it shows of
// the answer to be there, in that order, but for what each answer has of its own.
func TestE2EReadmeExchange(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	shown := httpBlock.FindStringSubmatch(string(raw))
	if shown == nil {
		t.Fatal("README.md has no exchange")
	}
	body := strings.NewReplacer("\n", "", "client_secret=…", "client_secret=secret", "Password=…", "Password=correct+horse").Replace(shown[1])
	form, err := url.ParseQuery(body)
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(t)
	code, answer, err := w.send(http.MethodPost, "/connect/token", form)
	if err != nil || code != http.StatusBadRequest {
		t.Fatalf("got %d, %v, %s", code, err, answer)
	}
	members := jsonMember.FindAllStringSubmatch(shown[2], -1)
	if len(members) < 20 {
		t.Fatalf("README.md shows %d members, want an answer", len(members))
	}
	left := answer
	for _, m := range members {
		want := `"` + m[1] + `":` + m[2]
		if m[1] == "RequestId" || m[1] == "Id" { // of this answer alone
			want = `"` + m[1] + `":"`
		}
		_, after, found := strings.Cut(left, want)
		if !found {
			t.Fatalf("the answer lacks %s after what comes before:\n%s", want, answer)
		}
		left = after
	}
}
