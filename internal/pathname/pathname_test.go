package pathname_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"testing"

	"github.com/sallyport-auth/sallyport/internal/pathname"
)

func TestIn(t *testing.T) {
	cause, other := errors.New("no room"), errors.New("another error")
	for _, tt := range []struct {
		name string
		err  error
		want string
	}{
		{"a file", &fs.PathError{Op: "open", Path: "x.tmp", Err: cause}, "open keys: no room"},
		{"inside another error", fmt.Errorf("saving: %w", &fs.PathError{Op: "write", Path: "x.tmp", Err: cause}), "write keys: no room"},
		{"two files", &os.LinkError{Op: "rename", Old: "x.tmp", New: "y", Err: cause}, "rename keys: no room"},
		{"no file", other, "another error"},
	} {
		got := pathname.In("keys", tt.err)
		if got.Error() != tt.want || !errors.Is(got, cause) && got != other {
			t.Errorf("%s: got %v, want %s", tt.name, got, tt.want)
		}
	}
	if err := pathname.In("keys", nil); err != nil {
		t.Errorf("no error: got %v, want none", err)
	}
}
