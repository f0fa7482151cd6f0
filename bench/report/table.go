package main

import (
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
)

// render is the table of all passes, in Markdown.
func render(goals []goal, passes []pass) string {
	var b strings.Builder
	fmt.Fprintf(&b, "Medians of %d passes; %d processors, %s/%s, %s.\n\n",
		len(passes), runtime.GOMAXPROCS(0), runtime.GOOS, runtime.GOARCH, runtime.Version())
	b.WriteString("| what | ours | limit | best rival | ratio (least–most) | goal | held |\n|---|---|---|---|---|---|---|\n")
	for _, g := range goals {
		fmt.Fprintf(&b, "| %s | %s |\n", g.what, strings.Join(g.cells(passes), " | "))
	}
	return b.String()
}

// cells are those after the first.
func (g goal) cells(passes []pass) []string {
	wanted := g.wanted()
	ratios := g.ratios(passes)
	if len(ratios) == 0 {
		return []string{"not measured", g.show(g.limit, passes), g.best(passes), "–", wanted, "skipped"}
	}
	slices.Sort(ratios)
	ratio := median(ratios)
	held := "–"
	switch {
	case g.bound == 0: // shown for what it tells of the others
	case g.atMost == (ratio <= g.bound) || ratio == g.bound:
		held = "yes"
	default:
		held = "**no**"
	}
	spread := fmt.Sprintf("%.2f (%.2f–%.2f)", ratio, ratios[0], ratios[len(ratios)-1])
	return []string{g.show(g.ours, passes), g.show(g.limit, passes), g.best(passes), spread, wanted, held}
}

// wanted is the goal in words.
func (g goal) wanted() string {
	switch {
	case g.bound == 0:
		return "(× " + g.per + ")"
	case g.atMost:
		return fmt.Sprintf("≤ %g × %s", g.bound, g.per)
	default:
		return fmt.Sprintf("≥ %g × %s", g.bound, strings.TrimPrefix(g.per, "of "))
	}
}

// ratios are those of the passes that measured both sides.
func (g goal) ratios(passes []pass) []float64 {
	var list []float64
	for _, p := range passes {
		ours, ok1 := g.ours.of(p)
		base, ok2 := g.base.of(p)
		if base += g.plus; !ok1 || !ok2 || ours <= 0 || base <= 0 {
			continue
		}
		if g.atMost {
			list = append(list, ours/base)
		} else {
			list = append(list, base/ours)
		}
	}
	return list
}

// best is the rival with the least median.
func (g goal) best(passes []pass) string {
	name, least := "", 0.0
	for rival, s := range g.rivals {
		if v, ok := s.median(passes); ok && (name == "" || v < least || v == least && rival < name) {
			name, least = rival, v
		}
	}
	if name == "" {
		return "–"
	}
	return name + " " + figure(least, g.ours.unit())
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

// figure is a value with its unit, to three digits.
func figure(v float64, unit string) string {
	switch {
	case strings.HasSuffix(unit, "ns/op") && v >= 1e6:
		return fmt.Sprintf("%.3g ms", v/1e6)
	case strings.HasSuffix(unit, "ns/op"):
		return fmt.Sprintf("%.4g µs", v/1e3)
	case strings.HasSuffix(unit, "MiB"):
		return fmt.Sprintf("%.0f MiB", v)
	default:
		return fmt.Sprintf("%.0f", v)
	}
}

// The table stands between these lines of the file.
const (
	tableBegins = "<!-- table: written by make bench -->\n"
	tableEnds   = "<!-- end of table -->\n"
)

// splice puts table in the place of the one in the file.
func splice(name, table string) error {
	old, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	head, rest, ok1 := strings.Cut(string(old), tableBegins)
	_, tail, ok2 := strings.Cut(rest, tableEnds)
	if !ok1 || !ok2 {
		return fmt.Errorf("%s has no place for the table", name)
	}
	return os.WriteFile(name, []byte(head+tableBegins+"\n"+table+"\n"+tableEnds+tail), 0o644)
}
