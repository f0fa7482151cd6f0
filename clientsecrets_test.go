package sallyport_test

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/sallyporttest"
)

// TestRotateSecret: the old secrets stay good for the overlap, and none for longer than it
// was to.
func TestRotateSecret(t *testing.T) {
	k := hosted(t)
	admin := setup(k)
	c, first, err := admin.CreateClient(t.Context(), aWebApp())
	if err != nil {
		t.Fatal(err)
	}
	soon := k.Clock.Now().Add(time.Hour)
	_, second, err := admin.AddSecret(t.Context(), c.ID, directory.NewSecret{Description: "short", Expires: soon})
	if err != nil {
		t.Fatal(err)
	}
	_, late, err := admin.AddSecret(t.Context(), c.ID, directory.NewSecret{Description: "long", Expires: soon.AddDate(0, 1, 0)})
	if err != nil {
		t.Fatal(err)
	}
	begun := k.Clock.Now()
	info, third, err := admin.RotateSecret(t.Context(), c.ID, directory.NewSecret{Description: "of the winter"}, 24*time.Hour)
	if err != nil || info.Description != "of the winter" || !info.Expires.IsZero() || third == first {
		t.Fatalf("got %+v, %v", info, err)
	}
	if ev := k.Events()[len(k.Events())-1]; ev.Kind != sallyport.EventClientsChanged || ev.Detail != "secret rotated" || strings.Contains(ev.Detail, third) {
		t.Errorf("got event %+v", ev)
	}
	good := func(when string, want ...bool) {
		t.Helper()
		for i, secret := range []string{first, second, third} {
			if letThrough(t, k, c.ID, secret) != want[i] {
				t.Errorf("%s: secret %d: want it good: %v", when, i+1, want[i])
			}
		}
	}
	good("at once", true, true, true)
	k.Clock.Set(soon)
	good("after its own end", true, false, true)
	k.Clock.Set(begun.Add(24*time.Hour - 3*time.Minute))
	if !letThrough(t, k, c.ID, first) || !letThrough(t, k, c.ID, late) {
		t.Error("the old ones are good no more within the overlap")
	}
	k.Clock.Set(begun.Add(24 * time.Hour))
	good("after the overlap", false, false, true)
	if letThrough(t, k, c.ID, late) {
		t.Error("one that was to end later is good after the overlap")
	}

	_, fourth, err := admin.RotateSecret(t.Context(), c.ID, directory.NewSecret{}, 0)
	if err != nil {
		t.Fatal(err)
	}
	good("rotated at once", false, false, false)
	if !letThrough(t, k, c.ID, fourth) {
		t.Error("the new one is not good")
	}
	if found, err := admin.Client(t.Context(), c.ID); err != nil || len(found.Secrets) != 1 {
		t.Errorf("got %+v, %v, want the new secret alone", found, err)
	}
}

// TestRotateSecretRefused: what cannot be is told by name, and changes nothing.
func TestRotateSecretRefused(t *testing.T) {
	k := hosted(t)
	admin := setup(k)
	c, first, err := admin.CreateClient(t.Context(), aWebApp())
	if err != nil {
		t.Fatal(err)
	}
	rotate := func(id string, n directory.NewSecret, overlap time.Duration) error {
		_, secret, err := admin.RotateSecret(t.Context(), id, n, overlap)
		if err != nil && secret != "" {
			t.Error("got a secret with an error")
		}
		return err
	}
	for name, tt := range map[string]struct {
		err  error
		is   error
		want string
	}{
		"of nobody":         {rotate("x", directory.NewSecret{}, 0), directory.ErrNoClient, ""},
		"of a public one":   {rotate(sallyporttest.PublicClientID, directory.NewSecret{}, 0), directory.ErrSecrets, ""},
		"of the host":       {rotate("host", directory.NewSecret{}, 0), directory.ErrNoClient, ""},
		"below nothing":     {rotate(c.ID, directory.NewSecret{}, -time.Second), nil, "overlap: "},
		"too long":          {rotate(c.ID, directory.NewSecret{}, directory.MaxOverlap+time.Second), nil, "overlap: "},
		"parts of a second": {rotate(c.ID, directory.NewSecret{}, time.Millisecond), nil, "overlap: "},
		"over already":      {rotate(c.ID, directory.NewSecret{Expires: k.Clock.Now()}, 0), nil, "secret.expires: is past"},
		"a line end":        {rotate(c.ID, directory.NewSecret{Description: "\n"}, 0), nil, "secret.description: "},
	} {
		if tt.err == nil || tt.is != nil && !errors.Is(tt.err, tt.is) || !strings.Contains(tt.err.Error(), tt.want) {
			t.Errorf("%s: got %v, want %v, %q", name, tt.err, tt.is, tt.want)
		}
	}
	if !letThrough(t, k, c.ID, first) {
		t.Error("a rotation that was refused has ended the secret")
	}
	for range 9 {
		if err := rotate(c.ID, directory.NewSecret{}, directory.MaxOverlap); err != nil {
			t.Fatal(err)
		}
	}
	if err := rotate(c.ID, directory.NewSecret{}, time.Hour); !errors.Is(err, directory.ErrSecrets) {
		t.Errorf("an eleventh: got %v, want it refused", err)
	}
	if err := rotate(c.ID, directory.NewSecret{}, 0); err != nil {
		t.Errorf("in the place of ten: got %v", err)
	}
}

// TestRotateSecretAtOnce: of rotations at the same moment each has an order. All of their
// secrets are good for the overlap, and one alone after it.
func TestRotateSecretAtOnce(t *testing.T) {
	k := hosted(t)
	admin := setup(k)
	c, first, err := admin.CreateClient(t.Context(), aWebApp())
	if err != nil {
		t.Fatal(err)
	}
	const n = 8
	secrets := make([]string, n)
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() {
			_, secret, err := admin.RotateSecret(t.Context(), c.ID, directory.NewSecret{}, 24*time.Hour)
			if secrets[i] = secret; err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	count := func() (good int) {
		for _, s := range append(secrets, first) {
			if letThrough(t, k, c.ID, s) {
				good++
			}
		}
		return good
	}
	if good := count(); good != n+1 {
		t.Errorf("got %d good secrets within the overlap, want %d", good, n+1)
	}
	k.Clock.Advance(24 * time.Hour)
	if good := count(); good != 1 {
		t.Errorf("got %d good secrets after the overlap, want one", good)
	}
}
