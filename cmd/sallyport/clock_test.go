package main_test

import (
	"path/filepath"
	"testing"
	"time"

	command "github.com/sallyport-auth/sallyport/cmd/sallyport"
)

func TestOffsetClock(t *testing.T) {
	path := write(t, filepath.Join(t.TempDir(), "clock"), " 90s\n")
	now, err := command.OffsetClock(path)
	if err != nil {
		t.Fatal(err)
	}
	ahead := func(want time.Duration) {
		t.Helper()
		if got := time.Until(now()); got < want-time.Minute/2 || got > want+time.Minute/2 {
			t.Errorf("the clock is ahead by %v, want %v", got, want)
		}
	}
	ahead(90 * time.Second)
	write(t, path, "-2h")
	ahead(-2 * time.Hour)
	write(t, path, "") // as between truncating and writing
	ahead(-2 * time.Hour)
	write(t, path, "tomorrow")
	ahead(-2 * time.Hour)
	write(t, path, "48h")
	ahead(48 * time.Hour)
	write(t, path, "\ufeff3h\r\n")
	ahead(3 * time.Hour)
}

func TestOffsetClockRefuses(t *testing.T) {
	dir := t.TempDir()
	for _, path := range []string{dir, filepath.Join(dir, "none"), write(t, filepath.Join(dir, "word"), "soon"), write(t, filepath.Join(dir, "empty"), "")} {
		if _, err := command.OffsetClock(path); err == nil {
			t.Errorf("%s was taken", path)
		}
	}
}
