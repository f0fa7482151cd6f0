package browser_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/sallyport-auth/sallyport/interop/internal/served"
)

// pictureSize is how large a picture of the README may be, in bytes.
const pictureSize = 100_000

// TestPictures makes the pictures of the README, into the folder that the environment names;
// without one they are thrown away.
func TestPictures(t *testing.T) {
	t.Parallel()
	served.NeedBrowser(t)
	folder := os.Getenv("SALLYPORT_PICTURES")
	if folder == "" {
		folder = t.TempDir()
	}
	names := onWebapp(t, "pictures.mjs", "PICTURES="+folder)
	if want := []string{"sign-in.png", "account.png"}; !slices.Equal(names, want) {
		t.Errorf("got %q, want %q", names, want)
	}
	for _, name := range names {
		if at, err := os.Stat(filepath.Join(folder, name)); err != nil || at.Size() == 0 || at.Size() > pictureSize {
			t.Errorf("%s: got %v, %v, want at most %d bytes", name, at, err, pictureSize)
		}
	}
}
