package main_test

import (
	"strings"
	"testing"
)

// TestEndSessions: a login is over once those of its client, or all, are ended through the
// socket of the server, and one of another client goes on.
func TestEndSessions(t *testing.T) {
	for name, tt := range map[string]struct {
		command, says string
		ends          bool
	}{
		"of the client":       {"client end-sessions -client PB_Salesdemo_Native", "sessions ended ", true},
		"of another":          {"client end-sessions -client PB_Salesdemo_WebApp", "sessions ended ", false},
		"of one by its id":    {"client end-sessions -client " + clientID, "sessions ended ", true},
		"of one there is not": {"client end-sessions -client PB_Salesdemo_Service", "", false},
		"all":                 {"end-sessions -all", "all sessions ended", true},
	} {
		t.Run(name, func(t *testing.T) {
			store := "bolt:" + t.TempDir() + "/db"
			file := write(t, t.TempDir()+"/d.json", `{"applications": [{"id": "6f209594-fc04-4e96-9f9f-7daf57b0fb12", "name": "PB_Salesdemo", "roles": [{"name": "Auditor"}]}],
				"clients": [{"application": "PB_Salesdemo", "platform": "Native", "grantTypes": ["VGAuthenticator", "refresh_token"], "scopes": ["openid", "offline_access"], "secrets": [{"value": "secret"}]},
				{"application": "PB_Salesdemo", "platform": "WebApp", "grantTypes": ["VGAuthenticator"], "scopes": ["openid"], "secrets": [{"value": "secret"}]}],
				"users": [{"name": "anna", "password": "battery staple", "roles": [{"application": "PB_Salesdemo", "role": "Auditor"}]}]}`)
			r := serve(t, "-store", store, "-listen", "127.0.0.1:0", "-directory", file)
			login := r.want(r.password("anna", "battery staple"), success)
			words := strings.Fields(tt.command)
			args := append(append([]string{}, words...), "-store", store)
			code, out, said := run(t, "", args...)
			if (code == 0) != (tt.says != "") || !strings.HasPrefix(out, tt.says) {
				t.Errorf("got %d, %q, %q, want %q", code, out, said, tt.says)
			}
			if a := r.refresh(login.RefreshToken); (a.code != 200) != tt.ends {
				t.Errorf("a refresh: got %d %s, want it ended: %v", a.code, a.raw, tt.ends)
			}
		})
	}
}
