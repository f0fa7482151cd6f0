package token_test

import (
	"strings"
	"testing"

	"github.com/sallyport-auth/sallyport/internal/rnd"
	"github.com/sallyport-auth/sallyport/token"
)

func TestVGToken(t *testing.T) {
	idx := newIndex(t, 1)
	sessions := []string{"0007890a0123456789abcdef01234567", strings.Repeat("0", 32), strings.Repeat("f", 32)}
	for _, account := range []string{account, "6f209594-fc04-4e96-9f9f-7daf57b0fb12", rnd.UUID()} {
		for _, session := range sessions {
			v := token.SealVGToken(idx, session, account)
			s, a, ok := token.OpenVGToken(idx, v)
			if !ok || s != session || a != account {
				t.Errorf("OpenVGToken = %q, %q, %v; want %q, %q", s, a, ok, session, account)
			}
			if v != token.SealVGToken(idx, session, account) {
				t.Error("the token of one session changes")
			}
			if len(v) != 128 || strings.Trim(v, "0123456789ABCDEF") != "" {
				t.Errorf("form of %q", v)
			}
		}
	}
}

// TestVGTokenTampered alters one digit after the other.
func TestVGTokenTampered(t *testing.T) {
	idx := newIndex(t, 1)
	v := token.SealVGToken(idx, "0007890a0123456789abcdef01234567", account)
	refuse := func(what, s string) {
		t.Helper()
		if sid, aid, ok := token.OpenVGToken(idx, s); ok || sid != "" || aid != "" {
			t.Errorf("%s: opened as %q, %q", what, sid, aid)
		}
	}
	for i := range v {
		for _, c := range "0123456789ABCDEFabcdefg " {
			if byte(c) != v[i] {
				refuse("another digit", v[:i]+string(c)+v[i+1:])
			}
		}
		refuse("a digit less", v[:i]+v[i+1:])
	}
	refuse("a digit more", v+"0")
	refuse("a byte more", v+"00")
	refuse("lower case", strings.ToLower(v))
	refuse("nothing", "")
	other := token.SealVGToken(idx, "0007890affffffffffffffffffffffff", account)
	refuse("halves of two", v[:64]+other[64:])
	if _, _, ok := token.OpenVGToken(newIndex(t, 2), v); ok {
		t.Error("opened under another index key")
	}
}

// TestVGTokenHides compares tokens that share a session or an account.
func TestVGTokenHides(t *testing.T) {
	idx := newIndex(t, 1)
	const session, session2, account2 = "0007890a0123456789abcdef01234567", "0007890a0123456789abcdef01234568", "00112233445566778899aabbccddeefe"
	a := token.SealVGToken(idx, session, account)
	for name, b := range map[string]string{
		"another session": token.SealVGToken(idx, session2, account),
		"another account": token.SealVGToken(idx, session, account2),
	} {
		same := 0
		for i := range a {
			if a[i] == b[i] {
				same++
			}
		}
		if same > 40 { // of 128 digits, 8 by chance
			t.Errorf("%s: %d of 128 digits are equal", name, same)
		}
	}
	if strings.Contains(a, strings.ToUpper(session)) || strings.Contains(a, strings.ToUpper(account)) {
		t.Error("an id stands in clear")
	}
}

func TestVGTokenOfBadIDs(t *testing.T) {
	idx := newIndex(t, 1)
	const good = "0007890a0123456789abcdef01234567"
	for _, bad := range []string{"", "x", good[1:], good + "0", strings.ToUpper(good), "6F209594-fc04-4e96-9f9f-7daf57b0fb12", "g" + good[1:]} {
		if v := token.SealVGToken(idx, good, bad); v != "" {
			t.Errorf("account %q gave %q", bad, v)
		}
		if v := token.SealVGToken(idx, bad, account); v != "" {
			t.Errorf("session %q gave %q", bad, v)
		}
	}
}
