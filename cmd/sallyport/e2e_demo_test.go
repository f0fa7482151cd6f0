package main_test

import (
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// spawnDemo starts the demo and waits until it has printed all.
func spawnDemo(t *testing.T, args ...string) (p *process, printed string) {
	t.Helper()
	p = spawn(t, append([]string{"demo", "-listen", "127.0.0.1:0"}, args...)...)
	p.ready()
	eventually(t, "the last line", func() bool { return strings.HasSuffix(p.out.String(), " code)\n") })
	return p, p.out.String()
}

var heading = regexp.MustCompile(`(?m)^# (\d)\. `)

func TestE2EDemoLines(t *testing.T) {
	needTools(t, "curl", "bash")
	t.Parallel()
	p, printed := spawnDemo(t)
	script := printed[strings.Index(printed, "# 0. "):]
	script = heading.ReplaceAllString(script, "echo '=== '$1\n$0") // tells the parts apart
	cmd := exec.CommandContext(t.Context(), "bash")
	cmd.Stdin = strings.NewReader(script) // as pasted
	cmd.Dir = t.TempDir()
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	parts := regexp.MustCompile(`(?m)^=== \d\n`).Split(string(out), -1)
	if len(parts) != 9 { // one before the first
		t.Fatalf("got %d parts, want 9:\n%s", len(parts), out)
	}
	for i, want := range []string{
		1: `"access_token":"[^"]+".*"Name":"marie"`,
		2: `"access_token":"[^"]+".*"Name":"marie"`,
		3: `(?s)"Status":268435457.*enrolled: 200\n.*"access_token":"[^"]+".*"Name":"anna"`,
		4: `"access_token":"[^"]+".*"Name":"anna"`,
		5: `(?s)"vgUserId":"anna".*\n\[\{"Id":"[^"]+","Name":".*"access_token":"[^"]+"`,
		6: `(?s)"Status":134217729.*"Status":134217729.*"Status":1048577.*"access_token":"[^"]+".*"Name":"pat"`,
		7: `(?s)"SMS".*"Status":1048577.*"access_token":"[^"]+".*"Name":"lee".*"access_token":"[^"]+".*"Name":"lee"`,
	} {
		if got := parts[i+1]; !regexp.MustCompile(want).MatchString(got) {
			t.Errorf("part %d: got\n%s\nwant a match of %s", i, got, want)
		}
	}
	p.signal(os.Interrupt)
	equal(t, "exit code", p.exit(), 0)
	equal(t, "standard error", p.err.String(), "")
}

var password = regexp.MustCompile(`(?m)^  (tt29) +([a-z0-9]{12}) `)

func TestE2EDemoFolder(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "demo")
	_, printed := spawnDemo(t, "-dir", dir)
	found := password.FindStringSubmatch(printed)
	if found == nil {
		t.Fatalf("no password in:\n%s", printed)
	}
	r := newClient(t, readyURL(printed))
	if page := readyURL(printed) + "/documentation/index.html"; !strings.Contains(printed, page) {
		t.Errorf("the documentation page %s is not named in:\n%s", page, printed)
	}
	if _, env := r.get("/documentation/postman_environment.json"); !strings.Contains(env, found[2]) {
		t.Errorf("the environment has not the password of %s:\n%s", found[1], env)
	}
	for _, header := range []string{"X-Forwarded-For", "Forwarded", "Via", "X-Real-IP"} {
		for _, path := range []string{"/documentation/postman_environment.json", "/Documentation/INDEX.html/"} {
			if code, body := r.get(path, header, "x"); code != http.StatusForbidden || strings.Contains(body, found[2]) {
				t.Errorf("%s of a call that comes from elsewhere (%s): got %d, want 403", path, header, code)
			}
		}
	}
	base := readyURL(printed)
	for origin, want := range map[string]int{
		base: 200, strings.Replace(base, "127.0.0.1", "localhost", 1): 200, strings.Replace(base, "127.0.0.1", "[::1]", 1): 200,
		"http://127.0.0.1:1": 403, "https://site.example": 403,
	} {
		if code := asService(t, base, origin); code != want {
			t.Errorf("a page of %s calls as the Service: got %d, want %d", origin, code, want)
		}
	}
	a := r.want(r.password(found[1], found[2]), factorWanted)
	a.option(t, "Email Link")
	a.option(t, "Email OTP")
	equal(t, "options", len(a.VGResponse.AuthenticationResponse.MFAAvailables), 2)
	modes := a.VGResponse.AuthenticationResponse.AuthenticationEnrollmentRequest.TransportModes
	if len(modes) != 2 || modes[0] != 1 || modes[1] != 4 {
		t.Errorf("to be enrolled: got %v, want 1 and 4", modes)
	}
}

// asService asks for a token for the demo's Service, as a page of that origin does.
func asService(t *testing.T, base, origin string) int {
	t.Helper()
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {strings.Replace(clientID, "Native", "Service", 1)}, "client_secret": {"secret"}}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, base+"/connect/token", strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Origin", origin)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	return resp.StatusCode
}

func TestE2EDemoIsKept(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first, printed := spawnDemo(t, "-dir", dir)
	found := password.FindStringSubmatch(printed)
	first.signal(os.Interrupt)
	equal(t, "exit code", first.exit(), 0)
	if info, err := os.Stat(filepath.Join(dir, "passwords")); err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("passwords: got %v, %v, want mode 0600", info, err)
	}
	_, printed = spawnDemo(t, "-dir", dir)
	if !strings.Contains(printed, found[2]) {
		t.Errorf("the second start has other passwords:\n%s", printed)
	}
	c := newClient(t, readyURL(printed))
	c.want(c.password(found[1], found[2]), factorWanted)
}

// What the demo made for itself goes with it.
func TestE2EDemoCleansUp(t *testing.T) {
	t.Parallel()
	temp := t.TempDir()
	p := spawnIn(t, append(os.Environ(), "TMPDIR="+temp), "demo", "-listen", "127.0.0.1:0")
	p.ready()
	list, err := os.ReadDir(temp)
	if err != nil || len(list) != 1 {
		t.Fatalf("while it runs: got %v, %v, want one folder", list, err)
	}
	p.signal(os.Interrupt)
	equal(t, "exit code", p.exit(), 0)
	if list, err = os.ReadDir(temp); err != nil || len(list) != 0 {
		t.Errorf("afterwards: got %v, %v, want nothing", list, err)
	}
}
