package totp_test

import (
	"bytes"
	"errors"
	"image"
	"image/color"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sallyport-auth/sallyport/totp"
)

// longestURI is one at every cap, all bytes escaped.
func longestURI(t *testing.T) string {
	t.Helper()
	uri, err := parse(t, strings.Repeat("A", 103)).URI(strings.Repeat("é", totp.MaxIssuer/2), strings.Repeat("é", totp.MaxAccount/2))
	if err != nil {
		t.Fatal(err)
	}
	return uri
}

func usualURI(t *testing.T) string {
	t.Helper()
	uri, err := parse(t, rfcSecret).URI("Visual Guard", "marie.sample.deals@gmail.com")
	if err != nil {
		t.Fatal(err)
	}
	return uri
}

// decode returns the picture of uri and how many pixels a module has, read from
// the finder pattern, whose upper edge is seven modules of black.
func decode(t *testing.T, uri string) (img *image.Gray, module int) {
	t.Helper()
	raw, err := totp.PNG(uri)
	if err != nil {
		t.Fatal(err)
	}
	// Bit depth and colour type, right after the size in the first chunk.
	if raw[24] != 8 || raw[25] != 0 {
		t.Fatalf("bit depth %d, colour type %d, want 8, 0", raw[24], raw[25])
	}
	if bytes.Contains(raw, []byte("tRNS")) {
		t.Error("the picture has transparent parts")
	}
	decoded, err := png.Decode(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	img, ok := decoded.(*image.Gray)
	if !ok || decoded.ColorModel() != color.GrayModel {
		t.Fatalf("picture is a %T, want *image.Gray", decoded)
	}
	b := img.Bounds()
	if b.Min != (image.Point{}) || b.Dx() != b.Dy() || b.Dx() < 300 {
		t.Fatalf("bounds %v, want a square from the origin of at least 300", b)
	}
	edge := 0
	for edge < b.Dx() && img.GrayAt(edge, edge).Y == 0xff {
		edge++
	}
	black := 0
	for edge+black < b.Dx() && img.GrayAt(edge+black, edge).Y == 0 {
		black++
	}
	if module = black / 7; black%7 != 0 || module < 6 || edge != 4*module {
		t.Fatalf("%d px of white, then %d of black, want four modules and seven of at least 6 px", edge, black)
	}
	return img, module
}

func TestPNG(t *testing.T) {
	for name, uri := range map[string]string{"usual": usualURI(t), "longest": longestURI(t), "one byte": "x"} {
		t.Run(name, func(t *testing.T) {
			img, module := decode(t, uri)
			size := img.Bounds().Dx()
			if size%module != 0 || (size/module-8-17)%4 != 0 {
				t.Errorf("%d px at %d a module are not the size of a QR code with a quiet zone", size, module)
			}
			quiet := image.Rect(4*module, 4*module, size-4*module, size-4*module)
			for y := range size {
				for x := range size {
					got := img.GrayAt(x, y).Y
					if got != 0 && got != 0xff {
						t.Fatalf("pixel %d,%d is %#x, want black or white", x, y, got)
					}
					if got == 0 && !image.Pt(x, y).In(quiet) {
						t.Fatalf("pixel %d,%d in the quiet zone is black", x, y)
					}
					if first := img.GrayAt(x-x%module, y-y%module).Y; got != first {
						t.Fatalf("pixel %d,%d differs from its module", x, y)
					}
				}
			}
		})
	}
}

func TestPNGIsDeterministic(t *testing.T) {
	uri := usualURI(t)
	first, err := totp.PNG(uri)
	if err != nil {
		t.Fatal(err)
	}
	for range 5 {
		again, err := totp.PNG(uri)
		if err != nil || !bytes.Equal(first, again) {
			t.Fatalf("two pictures of one URI differ (%v)", err)
		}
	}
	if len(first) > 4<<10 {
		t.Errorf("picture has %d bytes, want at most 4 KiB", len(first))
	}
}

func TestPNGRefuses(t *testing.T) {
	for _, n := range []int{0, 2332, 1 << 20} {
		raw, err := totp.PNG(strings.Repeat("7", n))
		if raw != nil || !errors.Is(err, totp.ErrPicture) {
			t.Errorf("%d bytes: PNG = %d bytes, %v, want %v", n, len(raw), err, totp.ErrPicture)
		} else if strings.Contains(err.Error(), "77") {
			t.Errorf("error quotes the text: %v", err)
		}
	}
	if _, err := totp.PNG(strings.Repeat("x", 2331)); err != nil {
		t.Errorf("2331 bytes: %v, want nil", err)
	}
}

// TestPNGIsRead has the pictures decoded by a program that is not ours.
func TestPNGIsRead(t *testing.T) {
	zbarimg, err := exec.LookPath("zbarimg")
	if err != nil {
		if os.Getenv("SALLYPORT_REQUIRE_TOOLS") != "" {
			t.Fatal("zbarimg (Debian: zbar-tools) is not installed")
		}
		t.Skip("zbarimg (Debian: zbar-tools) is not installed")
	}
	uris := map[string]string{"usual": usualURI(t), "longest": longestURI(t)}
	for _, l := range labels[:8] {
		if uris[l.name], err = totp.NewSecret().URI("Acme", l.account); err != nil {
			t.Fatal(err)
		}
	}
	for name, uri := range uris {
		t.Run(name, func(t *testing.T) {
			raw, err := totp.PNG(uri)
			if err != nil {
				t.Fatal(err)
			}
			file := filepath.Join(t.TempDir(), "code.png")
			if err := os.WriteFile(file, raw, 0o600); err != nil {
				t.Fatal(err)
			}
			out, err := exec.CommandContext(t.Context(), zbarimg, "--quiet", "--raw", "-Sdisable", "-Sqrcode.enable", file).Output()
			if got := strings.TrimSuffix(string(out), "\n"); got != uri || err != nil {
				t.Errorf("zbarimg reads %q (%v), want %q", got, err, uri)
			}
		})
	}
}
