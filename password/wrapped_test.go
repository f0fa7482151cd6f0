package password_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/sallyport-auth/sallyport/password"
)

// TestWrap wraps every weak hash, and no other.
func TestWrap(t *testing.T) {
	for _, v := range imported {
		t.Run(v.name, func(t *testing.T) {
			wrapped, err := cheap.Wrap(v.hash)
			if !v.weak {
				if wrapped != "" || !errors.Is(err, password.ErrNotWeak) {
					t.Errorf("Wrap = %q, %v, want %v", wrapped, err, password.ErrNotWeak)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if ok, err := password.Verify(wrapped, umlauts); !ok || err != nil {
				t.Errorf("Verify(right) = %v, %v, want true, nil", ok, err)
			}
			if ok, err := password.Verify(wrapped, umlauts+" "); ok || err != nil {
				t.Errorf("Verify(wrong) = %v, %v, want false, nil", ok, err)
			}
			if digest := v.hash[strings.LastIndexAny(v.hash, ":$}")+1:]; strings.Contains(wrapped, digest[:20]) {
				t.Errorf("the digest %.20s… still stands in %q", digest, wrapped)
			}
			if kind, err := password.Recognise(wrapped); kind != cheap.Kind() || err != nil {
				t.Errorf("Recognise = %v, %v, want %v", kind, err, cheap.Kind())
			}
			if password.Weak(wrapped) || !cheap.NeedsRehash(wrapped) {
				t.Errorf("Weak %v, NeedsRehash %v, want false, true", password.Weak(wrapped), cheap.NeedsRehash(wrapped))
			}
			if again, err := cheap.Wrap(v.hash); err != nil || again == wrapped {
				t.Errorf("two wrappings are equal, or %v", err)
			}
		})
	}
}

func TestWrapRefuses(t *testing.T) {
	const sha1 = "{SHA}1HtYWCXhB2ugDRxxJMlFUtSLiJA="
	for _, c := range []struct {
		name   string
		params password.Params
		hash   string
		want   error
	}{
		{"weak parameters", password.Params{Memory: 8}, sha1, password.ErrParams},
		{"no hash", cheap, "secret", password.ErrUnknownFormat},
		{"malformed", cheap, sha1 + "=", password.ErrMalformed},
		{"too costly", cheap, "$2a$14$" + tail, password.ErrTooCostly},
		{"bcrypt", cheap, "$2a$13$" + tail, password.ErrNotWeak},
		{"its own", cheap, argon + "m=8,t=1,p=1$" + salt + "$" + key, password.ErrNotWeak},
		{"wrapped", cheap, wrappedMD5, password.ErrNotWeak},
	} {
		if got, err := c.params.Wrap(c.hash); got != "" || !errors.Is(err, c.want) {
			t.Errorf("%s: Wrap = %q, %v, want %v", c.name, got, err, c.want)
		}
	}
}

// TestWrappedRefusals has texts that begin like a wrapped hash.
func TestWrappedRefusals(t *testing.T) {
	const over = "$argon2id-over$v=19$m=64,t=1,p=1$" + salt + "$" + key
	for _, c := range []struct {
		name, hash string
		want       error
	}{
		{"begun", "$argon2id-over$v=19", password.ErrMalformed},
		{"over nothing", over, password.ErrMalformed},
		{"over an empty text", over + "$", password.ErrUnknownFormat},
		{"over a digest that still stands there", over + "${SHA}1HtYWCXhB2ugDRxxJMlFUtSLiJA=", password.ErrMalformed},
		{"over bcrypt", over + "$$2a$05$" + tail, password.ErrMalformed},
		{"over itself", over + "$" + wrappedMD5, password.ErrUnknownFormat},
		{"over something malformed", over + "${SHA}AAAA", password.ErrMalformed},
		{"memory over the cap", strings.Replace(wrappedMD5, "m=64", "m=262145", 1), password.ErrTooCostly},
		{"version 16", strings.Replace(wrappedMD5, "v=19", "v=16", 1), password.ErrUnknownFormat},
		{"very long", over + strings.Repeat("$", 1<<20), password.ErrMalformed},
		{"very long in front", "$argon2id-over$v=19$" + strings.Repeat("m", 1<<20) + "$" + salt + "$" + key + "$$raw$md5$password$hex:00000000000000000000000000000000", password.ErrMalformed},
	} {
		if _, err := password.Recognise(c.hash); !errors.Is(err, c.want) {
			t.Errorf("%s: Recognise = %v, want %v", c.name, err, c.want)
		}
	}
}
