package page_test

import (
	"strings"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport/internal/page"
)

func TestAgo(t *testing.T) {
	for _, tt := range []struct {
		d    time.Duration
		want string
	}{
		{0, "less than a minute ago"}, {-time.Hour, "less than a minute ago"}, {time.Minute - 1, "less than a minute ago"},
		{time.Minute, "1 minute ago"}, {2*time.Minute - 1, "1 minute ago"}, {9 * time.Minute, "9 minutes ago"},
		{2 * time.Hour, "2 hours ago"}, {24 * time.Hour, "1 day ago"}, {71 * time.Hour, "2 days ago"},
	} {
		if got := page.Ago(tt.d); got != tt.want {
			t.Errorf("%v: got %q, want %q", tt.d, got, tt.want)
		}
	}
}

func TestWhen(t *testing.T) {
	at := time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
	if got := page.When(at, time.FixedZone("CET", 3600)); got != "4 March 2026, 06:06 CET" {
		t.Errorf("got %q", got)
	}
}

func TestClock(t *testing.T) {
	at := time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
	if got := page.Clock(at, time.FixedZone("CET", 3600)); got != "06:06 CET" {
		t.Errorf("got %q", got)
	}
}

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
	p := page.Page{
		Name: "link", Title: "Is this you?", Brand: page.Brand{Name: "Example"}, Fault: page.Fault{Field: "number", Text: "Two digits, please."},
		Data: linkData{WantsNumber: true, Typed: "7"},
	}
	b, err := p.Render()
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
	p.Fault = page.Fault{}
	if b, err = p.Render(); err != nil || strings.Contains(string(b), `role="alert"`) || strings.Contains(string(b), "aria-invalid=\"") || strings.Contains(string(b), "number-error") {
		t.Errorf("got %s, %v, want no fault", b, err)
	}
}

// TestNamesAreIsolated: a name that is written from right to left turns round no
// word beside it. Names are what no browser may translate.
func TestNamesAreIsolated(t *testing.T) {
	b, err := page.Page{Name: "link", Data: linkData{User: "\u05d0", Application: "\u05d1"}}.Render()
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{"[translate=no] { unicode-bidi: isolate; }", "<dd translate=\"no\">\u05d0</dd>", "<dd translate=\"no\">\u05d1</dd>"} {
		if !strings.Contains(string(b), part) {
			t.Errorf("got %s, want %s", b, part)
		}
	}
}

// linkData is what the page of a link shows.
type linkData struct {
	User, Application, Ago, When, Device, From, Nonce, Typed string
	MustWait, WantsNumber, Ticked, StepUp                    bool
	Adding                                                   []stringer
}

type stringer string

func (s stringer) String() string { return string(s) }
