// Package plot draws lines into SVG files: both axes logarithmic, one line a
// series. It is written by hand because that takes a hundred lines, where
// gonum/plot brings fonts, PDF and TeX, and makes files twenty times as large.
package plot

import (
	"fmt"
	"html"
	"math"
	"strings"
)

// Point is one measured value, which is above 0 on both axes.
type Point struct{ X, Y float64 }

// Series is a line with its name.
type Series struct {
	Name   string
	Points []Point
}

// Chart is a drawing before it is drawn.
type Chart struct {
	Title, X, Y string
	Series      []Series
}

const (
	width, height            = 720, 400
	left, right, top, bottom = 80, 230, 40, 60 // the space around the lines; names stand on the right
)

// colors can be told apart by most who do not see all colours, on white and on
// black.
var colors = []string{"#0072b2", "#56b4e9", "#d55e00", "#009e73"}

// axis is a logarithmic axis from the least decade or octave to the last.
type axis struct {
	base         float64
	first, last  float64 // exponents
	begin, scale float64 // of pixels
}

// newAxis fits values; from and to are pixels.
func newAxis(base float64, values []float64, from, to float64) axis {
	least, most := values[0], values[0]
	for _, v := range values {
		least, most = min(least, v), max(most, v)
	}
	log := func(v float64) float64 { return math.Log(v) / math.Log(base) }
	// Rounding must not cost a decade.
	a := axis{base: base, first: math.Floor(log(least) + 1e-9), last: math.Ceil(log(most) - 1e-9), begin: from}
	if a.first == a.last {
		a.last++
	}
	a.scale = (to - from) / (a.last - a.first)
	return a
}

func (a axis) at(v float64) float64 {
	return a.begin + (math.Log(v)/math.Log(a.base)-a.first)*a.scale
}

// ticks are the values that are written beside the axis.
func (a axis) ticks() (list []float64) {
	for e := a.first; e <= a.last; e++ {
		list = append(list, math.Pow(a.base, e))
	}
	return list
}

// SVG draws the chart. Series without points are left out; a chart without any
// is an error.
func (c Chart) SVG() (string, error) {
	var xs, ys []float64
	for _, s := range c.Series {
		for _, p := range s.Points {
			if p.X <= 0 || p.Y <= 0 {
				return "", fmt.Errorf("plot: %s has the point %v, which has no place", s.Name, p)
			}
			xs, ys = append(xs, p.X), append(ys, p.Y)
		}
	}
	if len(xs) == 0 {
		return "", fmt.Errorf("plot: %s has no points", c.Title)
	}
	x := newAxis(stepOf(xs), xs, left, width-right)
	y := newAxis(10, ys, height-bottom, top)
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="sans-serif" font-size="13">`+"\n", width, height)
	fmt.Fprintf(&b, `<rect width="%d" height="%d" fill="#fff"/>`+"\n", width, height)
	text(&b, left, 22, `font-size="15"`, c.Title)
	text(&b, (left+width-right)/2, height-14, `text-anchor="middle"`, c.X)
	text(&b, 18, (top+height-bottom)/2, fmt.Sprintf(`text-anchor="middle" transform="rotate(-90 18 %d)"`, (top+height-bottom)/2), c.Y)
	for _, v := range x.ticks() {
		line(&b, x.at(v), top, x.at(v), height-bottom)
		text(&b, x.at(v), height-bottom+18, `text-anchor="middle"`, number(v))
	}
	for _, v := range y.ticks() {
		line(&b, left, y.at(v), width-right, y.at(v))
		text(&b, left-8, y.at(v)+4, `text-anchor="end"`, number(v))
	}
	for i, s := range c.Series {
		if len(s.Points) > 0 {
			s.draw(&b, x, y, i)
		}
	}
	b.WriteString("</svg>\n")
	return b.String(), nil
}

// stepOf is 10 for values that lie decades apart, else 2.
func stepOf(values []float64) float64 {
	for _, v := range values {
		if e := math.Log10(v); math.Abs(e-math.Round(e)) > 1e-9 {
			return 2
		}
	}
	return 10
}

func (s Series) draw(b *strings.Builder, x, y axis, i int) {
	color := colors[i%len(colors)]
	var path []string
	for _, p := range s.Points {
		path = append(path, fmt.Sprintf("%.1f,%.1f", x.at(p.X), y.at(p.Y)))
		fmt.Fprintf(b, `<circle cx="%.1f" cy="%.1f" r="3" fill="%s"/>`+"\n", x.at(p.X), y.at(p.Y), color)
	}
	fmt.Fprintf(b, `<polyline points="%s" fill="none" stroke="%s" stroke-width="2"/>`+"\n", strings.Join(path, " "), color)
	at := float64(top + 8 + 22*i) // one below the other, so that names never meet
	fmt.Fprintf(b, `<rect x="%d" y="%.1f" width="14" height="4" fill="%s"/>`+"\n", width-right+14, at-6, color)
	text(b, width-right+34, at, "", s.Name)
}

func text(b *strings.Builder, x, y float64, attributes, s string) {
	fmt.Fprintf(b, `<text x="%.1f" y="%.1f" fill="#333" %s>%s</text>`+"\n", x, y, attributes, html.EscapeString(s))
}

func line(b *strings.Builder, x1, y1, x2, y2 float64) {
	fmt.Fprintf(b, `<line x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f" stroke="#ddd"/>`+"\n", x1, y1, x2, y2)
}

// number is a power of the base as people write it.
func number(v float64) string {
	switch {
	case v >= 1e6:
		return fmt.Sprintf("%g M", v/1e6)
	case v >= 1e4:
		return fmt.Sprintf("%g k", v/1e3)
	default:
		return fmt.Sprintf("%g", v)
	}
}
