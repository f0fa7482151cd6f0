package main_test

import (
	"html"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// What the documentation page has of an operation: the line of curl, and the statuses of answers.
var (
	articleOf = regexp.MustCompile(`(?s)<article aria-labelledby="([^"]+)">(.*?)</article>`)
	curlOf    = regexp.MustCompile(`(?s)<h4>By curl</h4>\s*<pre>curl (.*?)</pre>`)
	statusOf  = regexp.MustCompile(`<dt><code>(\d+)</code>`)
)

// TestE2EDocumentationCurl pastes every line of curl of the demo's documentation page: each is
// answered as the page says, and the first call of a login succeeds as it stands.
func TestE2EDocumentationCurl(t *testing.T) {
	needTools(t, "curl", "bash")
	t.Parallel()
	_, printed := spawnDemo(t)
	_, page := newClient(t, readyURL(printed)).get("/documentation/index.html")
	articles := articleOf.FindAllStringSubmatch(page, -1)
	if len(articles) < 20 {
		t.Fatalf("got %d operations, want 20 at least", len(articles))
	}
	for _, m := range articles {
		line := curlOf.FindStringSubmatch(m[2])
		if line == nil {
			t.Errorf("%s has no line of curl", m[1])
			continue
		}
		cmd := exec.CommandContext(t.Context(), "bash")
		cmd.Stdin = strings.NewReader(`curl -s -w '\n%{http_code}' ` + html.UnescapeString(line[1]))
		out, err := cmd.Output()
		if err != nil {
			t.Errorf("%s: %v", m[1], err)
			continue
		}
		at := strings.LastIndexByte(string(out), '\n')
		status := string(out[at+1:])
		if !slices.ContainsFunc(statusOf.FindAllStringSubmatch(m[2], -1), func(d []string) bool { return d[1] == status }) || status >= "500" {
			t.Errorf("%s: got %s, which the page does not name: %.300s", m[1], status, out)
		}
		if m[1] == "token" && !strings.Contains(string(out), `"Status":134217729`) {
			t.Errorf("the first call of a login: got %.300s", out)
		}
	}
}
