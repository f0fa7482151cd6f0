package password_test

import (
	"testing"
	"testing/synctest"

	"github.com/sallyport-auth/sallyport/password"
)

// TestGateIdle: idle work goes in where nobody is inside and nobody waits, and holds one
// permit while it is there.
func TestGateIdle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, err := password.NewGate(password.GateConfig{Permits: 2})
		if err != nil {
			t.Fatal(err)
		}
		if !g.DoIdle(func() {
			if g.DoIdle(func() {}) {
				t.Error("idle work went in beside other")
			}
			entered := false
			if err := g.Do(t.Context(), password.Place{Name: "a"}, func(bool) { entered = true }); err != nil || !entered {
				t.Errorf("got %v, %v, want the other permit free", entered, err)
			}
		}) {
			t.Error("the gate is idle, and refused")
		}
		err = g.Do(t.Context(), password.Place{Name: "a"}, func(bool) {
			if g.DoIdle(func() {}) {
				t.Error("somebody is inside, and idle work went in")
			}
		})
		if err != nil {
			t.Fatal(err)
		}
	})
	if new(password.Gate).DoIdle(func() {}) {
		t.Error("the zero gate let work in")
	}
}

// TestGateIdleHandsOn: who comes while idle work has the only permit goes in after it.
func TestGateIdleHandsOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, err := password.NewGate(password.GateConfig{Permits: 1})
		if err != nil {
			t.Fatal(err)
		}
		release, done := make(chan struct{}), make(chan error, 1)
		go g.DoIdle(func() { <-release })
		synctest.Wait()
		go func() { done <- g.Do(t.Context(), password.Place{Name: "a"}, func(bool) {}) }()
		synctest.Wait()
		close(release)
		if err := <-done; err != nil {
			t.Errorf("got %v, want a turn", err)
		}
		if !g.DoIdle(func() {}) {
			t.Error("the gate is idle again, and refused")
		}
	})
}
