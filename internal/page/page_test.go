package page_test

import (
	"strings"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport/internal/page"
)

func TestNewBrand(t *testing.T) {
	const png = "\x89PNG\r\n\x1a\nrest"
	for _, tt := range []struct {
		name, brand, logo, kind string
		ok                      bool
	}{
		{"none", "", "", "", true},
		{"a name", "Example & Söhne", "", "", true},
		{"80 characters", strings.Repeat("ö", 80), "", "", true},
		{"81 characters", strings.Repeat("ö", 81), "", "", false},
		{"a line end", "a\nb", "", "", false},
		{"bad UTF-8", "\xff", "", "", false},
		{"PNG", "", png, "image/png", true},
		{"SVG", "", ` <svg xmlns="http://www.w3.org/2000/svg"/>`, "image/svg+xml", true},
		{"SVG with a prologue", "", `<?xml version="1.0"?><svg/>`, "image/svg+xml", true},
		{"XML", "", `<?xml version="1.0"?><b/>`, "", false},
		{"HTML", "", `<!doctype html><svg/>`, "", false},
		{"text", "", "logo", "", false},
		{"64 KiB", "", png + strings.Repeat("x", 64<<10-len(png)), "image/png", true},
		{"more", "", png + strings.Repeat("x", 64<<10-len(png)+1), "", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b, err := page.NewBrand(tt.brand, []byte(tt.logo))
			if (err == nil) != tt.ok {
				t.Fatalf("got %v, want it accepted: %v", err, tt.ok)
			}
			if tt.ok && (b.Name != tt.brand || (tt.logo != "") != strings.HasPrefix(string(b.Logo), "data:"+tt.kind+";base64,")) {
				t.Errorf("got %q, %.40q", b.Name, b.Logo)
			}
		})
	}
}

// TestFault: what is wrong stands in the title, in a summary that leads to the
// field, and beside it.
func TestFault(t *testing.T) {
	theme, err := page.NewTheme(page.Look{Name: "Example"})
	if err != nil {
		t.Fatal(err)
	}
	p := page.Page{
		Name: "link", Title: page.Say("Is this you?"), Faults: page.Faults{{Field: "number", Text: page.Say("Two digits, please.")}},
		Data: linkData{WantsNumber: true, Typed: "7"},
	}
	b, err := theme.Render(p, "en")
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{
		"<title>Error: Two digits, please. – Is this you? – Example</title>", `<span>Example</span>`,
		`role="alert"`, `<a href="#number">Two digits, please.</a>`, `<p class="error" id="number-error">Two digits, please.</p>`,
		`value="7" required aria-describedby="number-hint number-error" aria-invalid="true">`,
	} {
		if !strings.Contains(string(b), part) {
			t.Errorf("got %s, want %s", b, part)
		}
	}
	p.Faults = nil
	if b, err = theme.Render(p, "en"); err != nil || strings.Contains(string(b), `role="alert"`) || strings.Contains(string(b), "aria-invalid=\"") || strings.Contains(string(b), "number-error") {
		t.Errorf("got %s, %v, want no fault", b, err)
	}
}

// TestNamesAreIsolated: a name that is written from right to left turns round no
// word beside it. Names are what no browser may translate.
func TestNamesAreIsolated(t *testing.T) {
	b, err := plain(t).Render(page.Page{Name: "link", Data: linkData{User: "\u05d0", Application: "\u05d1"}}, "en")
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{"[translate=no] { unicode-bidi: isolate; }", "<dd translate=\"no\">\u05d0</dd>", "<dd translate=\"no\">\u05d1</dd>"} {
		if !strings.Contains(string(b), part) {
			t.Errorf("got %s, want %s", b, part)
		}
	}
}

// plain is our own look.
func plain(t *testing.T) *page.Theme {
	t.Helper()
	th, err := page.NewTheme(page.Look{})
	if err != nil {
		t.Fatal(err)
	}
	return th
}

// linkData is what the page of a link shows.
type linkData struct {
	User, Application, Device, From, Nonce, Typed string
	Age                                           time.Duration
	Started                                       time.Time
	MustWait, WantsNumber, Ticked, StepUp         bool
	Adding                                        []stringer
}

type stringer string

func (s stringer) String() string { return string(s) }
