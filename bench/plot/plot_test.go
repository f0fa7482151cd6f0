package plot_test

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/sallyport-auth/sallyport/bench/plot"
)

func TestSVG(t *testing.T) {
	c := plot.Chart{Title: "a < b", X: "clients", Y: "answers a second", Series: []plot.Series{
		{Name: "ours & theirs", Points: []plot.Point{{1, 80}, {8, 1000}, {64, 5000}, {512, 10000}}},
		{Name: "without points"},
	}}
	got, err := c.SVG()
	if err != nil {
		t.Fatal(err)
	}
	d := xml.NewDecoder(strings.NewReader(got))
	for {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatalf("got no XML: %v", err)
		}
	}
	// 1 stands at the left edge, 512 at the right; 80 and 10,000 lie in three
	// decades from 10, of which the last ends at the top.
	for _, want := range []string{"a &lt; b", "ours &amp; theirs", `points="80.0,`, " 490.0,40.0\"", ">512<", ">10<", ">10 k<"} {
		if !strings.Contains(got, want) {
			t.Errorf("got no %q in\n%s", want, got)
		}
	}
	if strings.Contains(got, "without points") {
		t.Error("got a series without points, want it left out")
	}
}

func TestDecades(t *testing.T) {
	c := plot.Chart{Series: []plot.Series{{Name: "s", Points: []plot.Point{{1e4, 2}, {1e6, 3}}}}}
	got, err := c.SVG()
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{">10 k<", ">100 k<", ">1 M<", ">1<", ">10<"} {
		if !strings.Contains(got, want) {
			t.Errorf("got no %q in\n%s", want, got)
		}
	}
}

func TestNoPlace(t *testing.T) {
	for name, points := range map[string][]plot.Point{"no points": nil, "zero": {{0, 1}}, "below zero": {{1, -1}}} {
		if _, err := (plot.Chart{Series: []plot.Series{{Points: points}}}).SVG(); err == nil {
			t.Errorf("%s: got no error, want one", name)
		}
	}
}
