package main_test

import (
	"encoding/base64"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestE2ETokensPage runs the lines of docs/tokens.md against a server.
func TestE2ETokensPage(t *testing.T) {
	needTools(t, "bash", "curl")
	t.Parallel()
	blocks := shellBlocks(t, "tokens.md", 3)
	store := "bolt:" + filepath.Join(t.TempDir(), "db")
	file := write(t, filepath.Join(t.TempDir(), "d.json"), `{"applications": [{"id": "6f209594-fc04-4e96-9f9f-7daf57b0fb12", "name": "PB_Salesdemo"}],
		"clients": [{"application": "PB_Salesdemo", "platform": "Service", "grantTypes": ["client_credentials"], "secrets": [{"value": "a secret of the service"}]},
		{"application": "PB_Salesdemo", "platform": "SPA", "grantTypes": ["VGAuthenticator"], "public": true, "corsOrigins": ["https://app.example.com"]}]}`)
	_, base := spawnServer(t, "-store", store, "-directory", file)
	if out := paste(t, blocks[0], "-store …", "-store "+store); strings.Count(out, "\n") != 3 || !strings.Contains(out, "created orders.read\ncreated billing\n") {
		t.Errorf("the lines of a resource: got %s", out)
	}
	ask := func() (token []string, out string) {
		out = paste(t, blocks[1], "client_secret=…", "client_secret='a secret of the service'", "https://id.example.com", base)
		return regexp.MustCompile(`"access_token":"[^".]+\.([^".]+)\.[^".]+"`).FindStringSubmatch(out), out
	}
	token, out := ask()
	if token == nil {
		t.Fatalf("the lines of a token: got %s", out)
	}
	claims, err := base64.RawURLEncoding.DecodeString(token[1])
	if err != nil || !strings.Contains(string(claims), `"aud":"https://orders.example.com","sub":"6f209594-fc04-4e96-9f9f-7daf57b0fb12_Service"`) || !strings.Contains(string(claims), `"scope":"orders.read"`) {
		t.Errorf("got %s, %v", claims, err)
	}
	if out := paste(t, blocks[2], "-store …", "-store "+store); !strings.Contains(out, "PB_Salesdemo_SPA\n") || !strings.HasSuffix(out, "all sessions ended\n") {
		t.Errorf("the lines that end sessions: got %s", out)
	}
}
