package main

import (
	"fmt"
	"os"
	"slices"
	"strings"
)

const tableHead = "| what | ours | limit | best rival | ratio (least–most) | goal | held |\n|---|---|---|---|---|---|---|\n"

// render is the table of all passes, in Markdown.
func render(goals []goal, passes []pass) string {
	var b strings.Builder
	b.WriteString(tableHead)
	for _, g := range goals {
		fmt.Fprintf(&b, "| %s | %s |\n", g.what, strings.Join(g.cells(passes), " | "))
	}
	return b.String()
}

// cells are those after the first.
func (g goal) cells(passes []pass) []string {
	wanted, held := g.wanted(), "–"
	if _, measured := g.ours.median(passes); !measured {
		return []string{"not measured", g.show(g.limit, passes), g.best(passes), "–", wanted, "skipped"}
	}
	spread := "–"
	if ratios := g.ratios(passes); len(ratios) > 0 {
		slices.Sort(ratios)
		spread = fmt.Sprintf("%.2f (%.2f–%.2f)", median(ratios), ratios[0], ratios[len(ratios)-1])
		held = g.isHeld(median(ratios))
	}
	return []string{g.show(g.ours, passes), g.show(g.limit, passes), g.best(passes), spread, wanted, held}
}

// isHeld judges a ratio, in words.
func (g goal) isHeld(ratio float64) string {
	bound := g.bound
	if g.most > 0 {
		bound = 1
	}
	switch {
	case bound == 0: // shown for what it tells of the others
		return "–"
	case g.atMost == (ratio <= bound) || ratio == bound:
		return "yes"
	default:
		return "**no**"
	}
}

// wanted is the goal in words.
func (g goal) wanted() string {
	switch {
	case g.most > 0:
		return "≤ " + figure(g.most, g.ours.unit())
	case len(g.base) == 0:
		return "–"
	case g.bound == 0:
		return "(× " + g.per + ")"
	case g.atMost:
		return fmt.Sprintf("≤ %g × %s", g.bound, g.per)
	default:
		return fmt.Sprintf("≥ %g × %s", g.bound, g.per)
	}
}

// ratios are those of the passes that measured both sides.
func (g goal) ratios(passes []pass) []float64 {
	var list []float64
	for _, p := range passes {
		ours, ok1 := g.ours.of(p)
		base, ok2 := g.base.of(p)
		base += g.plus
		if g.most > 0 {
			base, ok2 = g.most, true
		}
		switch {
		case !ok1 || !ok2 || base <= 0:
		case g.atMost || g.ours.isRate():
			list = append(list, ours/base)
		case ours > 0:
			list = append(list, base/ours)
		}
	}
	return list
}

// best is the rival with the least median, or the most of a rate.
func (g goal) best(passes []pass) string {
	name, best := "", 0.0
	for rival, s := range g.rivals {
		v, ok := s.median(passes)
		better := v < best
		if g.ours.isRate() {
			better = v > best
		}
		if ok && (name == "" || better || v == best && rival < name) {
			name, best = rival, v
		}
	}
	if name == "" {
		return "–"
	}
	return name + " " + figure(best, g.ours.unit())
}

func (g goal) show(s sum, passes []pass) string {
	v, ok := s.median(passes)
	if !ok {
		return "–"
	}
	return figure(v, g.ours.unit())
}

// median is that of the passes that measured s.
func (s sum) median(passes []pass) (float64, bool) {
	var list []float64
	for _, p := range passes {
		if v, ok := s.of(p); ok {
			list = append(list, v)
		}
	}
	if len(list) == 0 {
		return 0, false
	}
	slices.Sort(list)
	return median(list), true
}

// median is that of a sorted list, which must not be empty.
func median(sorted []float64) float64 {
	n := len(sorted)
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}

// figure is a value with its unit, to three or four digits.
func figure(v float64, unit string) string {
	switch {
	case strings.HasSuffix(unit, "ns/op") && v >= second:
		return fmt.Sprintf("%.3g s", v/second)
	case strings.HasSuffix(unit, "ns/op") && v >= millisecond:
		return fmt.Sprintf("%.3g ms", v/millisecond)
	case strings.HasSuffix(unit, "ns/op"):
		return fmt.Sprintf("%.4g µs", v/microsecond)
	case strings.HasSuffix(unit, "MiB"):
		return fmt.Sprintf("%.0f MiB", v)
	case strings.HasSuffix(unit, "B/op") && v >= 1e6:
		return fmt.Sprintf("%.4g MB", v/1e6)
	case strings.HasSuffix(unit, "B/op") && v >= 1e4:
		return fmt.Sprintf("%.3g KB", v/1e3)
	case strings.HasSuffix(unit, "B/op"):
		return fmt.Sprintf("%.0f B", v)
	case strings.HasSuffix(unit, "/s"):
		return fmt.Sprintf("%.0f/s", v)
	default:
		return fmt.Sprintf("%.0f", v)
	}
}

// A table stands between two such lines of the file.
func begins(name string) string { return "<!-- " + name + ": written by the report -->\n" }
func ends(name string) string   { return "<!-- end of " + name + " -->\n" }

// splice puts text in the place of that name in the file.
func splice(file, name, text string) error {
	old, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	head, rest, ok1 := strings.Cut(string(old), begins(name))
	_, tail, ok2 := strings.Cut(rest, ends(name))
	if !ok1 || !ok2 {
		return fmt.Errorf("%s has no place for the %s", file, name)
	}
	return os.WriteFile(file, []byte(head+begins(name)+"\n"+text+"\n"+ends(name)+tail), 0o644)
}
