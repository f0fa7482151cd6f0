package token_test

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/sallyport-auth/sallyport/token"
)

func TestParseScopes(t *testing.T) {
	offered := []string{"openid", "vgtoken", "VGRoles", "offline_access", "IDENTITYSERVERAPI", "My.Own", "kelvin"}
	sixtyFour := strings.TrimSuffix(strings.Repeat("openid ", 64), " ")
	tests := map[string]struct {
		in   string
		want string // "-" for a refusal
	}{
		"all":              {"", "IdentityServerApi kelvin My.Own offline_access openid VGRoles VGToken"},
		"one":              {"openid", "openid"},
		"any case":         {"OPENID vgROLES", "openid VGRoles"},
		"canonical":        {"VGTOKEN identityserverapi", "IdentityServerApi VGToken"},
		"the client's own": {"my.own", "My.Own"},
		"repeats":          {"openid OpenID openid", "openid"},
		"64":               {sixtyFour, "openid"},
		"65":               {sixtyFour + " openid", "-"},
		"not on offer":     {"openid profile", "-"},
		"unknown":          {"openid x", "-"},
		"two spaces":       {"openid  VGRoles", "openid VGRoles"},
		"space before":     {" openid", "openid"},
		"space behind":     {"openid  ", "openid"},
		"space":            {" ", "IdentityServerApi kelvin My.Own offline_access openid VGRoles VGToken"},
		"64 far apart":     {strings.ReplaceAll(sixtyFour, " ", "   ") + " ", "openid"},
		"65 far apart":     {strings.ReplaceAll(sixtyFour, " ", "   ") + "  openid", "-"},
		"tab":              {"openid\tVGRoles", "-"},
		"comma":            {"openid,VGRoles", "-"},
		"Kelvin sign":      {"\u212aelvin", "-"},
		"quote":            {`"openid"`, "-"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := token.ParseScopes(tt.in, offered)
			if tt.want == "-" {
				if !errors.Is(err, token.ErrInvalidScope) || got != nil {
					t.Errorf("ParseScopes(%q) = %q, %v; want a refusal", tt.in, got, err)
				}
				return
			}
			if s := strings.Join(got, " "); err != nil || s != tt.want {
				t.Errorf("ParseScopes(%q) = %q, %v; want %q", tt.in, s, err, tt.want)
			}
		})
	}
}

// TestParseScopesHoldsSyntax offers names that are no scope-token: a list read
// from elsewhere does not make them one.
func TestParseScopesHoldsSyntax(t *testing.T) {
	for _, good := range []string{"!", "~", "a!b", "a~b"} {
		if got, err := token.ParseScopes(good, []string{good}); err != nil || len(got) != 1 {
			t.Errorf("ParseScopes(%q) = %q, %v", good, got, err)
		}
	}
	if got, err := token.ParseScopes("", []string{"a b"}); err == nil {
		t.Errorf("got %q for an offer with a space, want a refusal", got)
	}
	for _, bad := range []string{"a\\b", "a\"b", "a\x7fb", "a\x1fb", "ä"} {
		if got, err := token.ParseScopes(bad, []string{bad}); err == nil {
			t.Errorf("ParseScopes(%q) = %q, want a refusal", bad, got)
		}
	}
	if got, err := token.ParseScopes("", nil); err != nil || got == nil || len(got) != 0 {
		t.Errorf("ParseScopes of nothing = %#v, %v; want an empty list", got, err)
	}
}

func TestScopeOrderIsPublished(t *testing.T) {
	var golden struct {
		Scope string `json:"scope"`
	}
	if err := json.Unmarshal(readFile(t, "token-success.json"), &golden); err != nil {
		t.Fatal(err)
	}
	want := strings.Fields(golden.Scope)
	shuffled := slices.Clone(want)
	slices.Reverse(shuffled)
	if got := token.SortScopes(shuffled); !slices.Equal(got, want) {
		t.Errorf("SortScopes = %q, want %q", got, want)
	}
	if shuffled[0] != want[len(want)-1] {
		t.Error("SortScopes changed its argument")
	}
	if got := token.KnownScopes(); !slices.Equal(got, want) {
		t.Errorf("KnownScopes = %q, want %q", got, want)
	}
	got := token.TokenScopes(shuffled)
	if last := len(got) - 1; got[last] != "offline_access" || len(got) != len(want) || !slices.Equal(token.SortScopes(got), want) {
		t.Errorf("TokenScopes = %q", got)
	}
}

func TestTokenScopes(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"offline_access openid", "openid offline_access"},
		{"VGToken offline_access IdentityServerApi", "IdentityServerApi VGToken offline_access"},
		{"openid VGToken", "openid VGToken"},
		{"offline_access", "offline_access"},
		{"", ""},
	} {
		if got := strings.Join(token.TokenScopes(strings.Fields(c.in)), " "); got != c.want {
			t.Errorf("%q: got %q, want %q", c.in, got, c.want)
		}
	}
}
