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

// TestGateNow: a caller who does not wait goes in where a permit is free and its name is
// not inside, and passes nobody who waits.
func TestGateNow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, err := password.NewGate(password.GateConfig{Permits: 2})
		if err != nil {
			t.Fatal(err)
		}
		inside := func(name string) (leave func()) {
			release, done := make(chan struct{}), make(chan struct{})
			go func() {
				defer close(done)
				if err := g.Do(t.Context(), password.Place{Name: name}, func(bool) { <-release }); err != nil {
					t.Error(err)
				}
			}()
			synctest.Wait()
			return func() { close(release); <-done }
		}
		want := func(what, name string, want bool) {
			t.Helper()
			ran := false
			if got := g.DoNow(name, func() { ran = true }); got != want || ran != want {
				t.Errorf("%s: got %v, and ran: %v, want %v", what, got, ran, want)
			}
		}
		want("nobody is inside", "a", true)
		leaveA := inside("a")
		want("the same name is inside", "a", false)
		want("another name is", "b", true)
		want("and again, since the permit was given back", "b", true)
		leaveB := inside("b")
		want("no permit is free", "c", false)
		leaveA()
		leaveB()
		if !g.DoNow("a", func() {
			if g.DoNow("a", func() {}) {
				t.Error("one name went in twice")
			}
		}) {
			t.Error("nobody is inside, and the gate refused")
		}
	})
	if new(password.Gate).DoNow("a", func() {}) {
		t.Error("the zero gate let work in")
	}
}
