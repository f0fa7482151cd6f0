package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestRead(t *testing.T) {
	p := pass{}
	read(p, []byte("goos: linux\nBenchmarkEndpoint/free/ours/password-2   \t 20\t 1500 ns/op\t 12 B/op\t 3 allocs/op\n"+
		"BenchmarkGate\t1\t9 ns/op\t77.5 peak-MiB\n--- SKIP: BenchmarkMFA\nPASS\n"))
	want := pass{
		"Endpoint/free/ours/password ns/op": 1500, "Endpoint/free/ours/password B/op": 12, "Endpoint/free/ours/password allocs/op": 3,
		"Gate ns/op": 9, "Gate peak-MiB": 77.5,
	}
	if len(p) != len(want) {
		t.Errorf("got %v, want %v", p, want)
	}
	for k, v := range want {
		if p[k] != v {
			t.Errorf("%s: got %v, want %v", k, p[k], v)
		}
	}
}

func TestCells(t *testing.T) {
	passes := []pass{{"a ns/op": 100, "b ns/op": 200, "r ns/op": 300, "nil B/op": 0, "much x/s": 1300, "less x/s": 1000, "least x/s": 10}, {"a ns/op": 130, "b ns/op": 200, "r ns/op": 300}, {"a ns/op": 900, "b ns/op": 1000}}
	a, b, none := one("a ns/op"), one("b ns/op"), one("none ns/op")
	r := map[string]sum{"r": one("r ns/op"), "none": none}
	tests := []struct {
		name string
		goal goal
		want string
	}{
		{"held", goal{ours: a, limit: b, rivals: r}.below(0.65, b, "b"), "0.13 µs | 0.2 µs | r 0.3 µs | 0.65 (0.50–0.90) | ≤ 0.65 × b | yes"},
		{"not held", goal{ours: a}.below(0.6, b, "b"), "0.13 µs | – | – | 0.65 (0.50–0.90) | ≤ 0.6 × b | **no**"},
		{"at least", goal{ours: a}.above(1.5, b, "b"), "0.13 µs | – | – | 1.54 (1.11–2.00) | ≥ 1.5 × b | yes"},
		{"too little", goal{ours: a}.above(1.6, b, "b"), "0.13 µs | – | – | 1.54 (1.11–2.00) | ≥ 1.6 × b | **no**"},
		{"a sum and an addend", goal{ours: a, plus: 30}.below(1, sum{{"b ns/op", 0.5}, {"a ns/op", 0}}, "b"), "0.13 µs | – | – | 1.00 (0.77–1.70) | ≤ 1 × b | yes"},
		{"without a goal", goal{ours: a}.shown(b, "b"), "0.13 µs | – | – | 0.65 (0.50–0.90) | (× b) | –"},
		{"nothing beside it", goal{ours: a, rivals: r}, "0.13 µs | – | r 0.3 µs | – | – | –"},
		{"within a figure", goal{ours: a}.within(100), "0.13 µs | – | – | 1.30 (1.00–9.00) | ≤ 0.1 µs | **no**"},
		{"just within it", goal{ours: a}.within(130), "0.13 µs | – | – | 1.00 (0.77–6.92) | ≤ 0.13 µs | yes"},
		{"nothing at all", goal{ours: one("nil B/op")}.within(1), "0 B | – | – | 0.00 (0.00–0.00) | ≤ 1 B | yes"},
		{"a rate", goal{ours: one("much x/s"), rivals: map[string]sum{"r": one("less x/s"), "s": one("least x/s")}}.above(1.2, one("less x/s"), "r"),
			"1300/s | – | r 1000/s | 1.30 (1.30–1.30) | ≥ 1.2 × r | yes"},
		{"not measured", goal{ours: none, limit: b}.below(1, b, "b"), "not measured | 0.2 µs | – | – | ≤ 1 × b | skipped"},
		{"measured alone", goal{ours: a}.below(1, none, "b"), "0.13 µs | – | – | – | ≤ 1 × b | –"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := strings.Join(tt.goal.cells(passes), " | "); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

func TestSplice(t *testing.T) {
	name := filepath.Join(t.TempDir(), "README.md")
	other := begins("scale") + "other\n" + ends("scale")
	if err := os.WriteFile(name, []byte("a\n"+begins("table")+"old\n"+ends("table")+"b\n"+other), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := splice(name, "table", "new\n"); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(name)
	if want := "a\n" + begins("table") + "\nnew\n\n" + ends("table") + "b\n" + other; err != nil || string(got) != want {
		t.Errorf("got %q, %v, want %q", got, err, want)
	}
	if err := os.WriteFile(name, []byte("nothing here"), 0o600); err != nil {
		t.Fatal(err)
	}
	if splice(name, "table", "new\n") == nil {
		t.Error("got no error for a file without a place, want one")
	}
}

func TestFigure(t *testing.T) {
	for _, tt := range []struct {
		v    float64
		unit string
		want string
	}{
		{999, "ns/op", "0.999 µs"}, {12_345_678, "x-ns/op", "12.3 ms"}, {2.5e9, "ns/op", "2.5 s"}, {600, "heap-B/op", "600 B"},
		{14_000, "B/op", "14 KB"}, {3_400_000_000, "B/op", "3400 MB"}, {77.4, "peak-MiB", "77 MiB"}, {135, "allocs/op", "135"}, {12_345.6, "answers/s", "12346/s"},
	} {
		if got := figure(tt.v, tt.unit); got != tt.want {
			t.Errorf("%v %s: got %s, want %s", tt.v, tt.unit, got, tt.want)
		}
	}
}

func TestCount(t *testing.T) {
	for n, want := range map[int]string{1000: "1,000", 10_000: "10,000", 100_000: "100,000", 1_000_000: "1 million"} {
		if got := count(n); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

// TestRowsAreComplete: each row has a name, something measured, and a goal or a
// base or neither.
func TestRowsAreComplete(t *testing.T) {
	seen := map[string]bool{}
	for _, g := range append(goals([]int{1000, 10_000}), largeGoals([]int{1000, 10_000, 100_000})...) {
		switch {
		case g.what == "" || len(g.ours) == 0:
			t.Errorf("got an empty row: %+v", g)
		case len(g.base) > 0 && (g.per == "" || g.most > 0):
			t.Errorf("%s: got a base %q and the figure %v, want one of them", g.what, g.per, g.most)
		case len(g.base) == 0 && g.bound > 0:
			t.Errorf("%s: got a bound without a base", g.what)
		}
		seen[g.what] = true
	}
	if len(seen) < 60 {
		t.Errorf("got %d rows, want 60 at least", len(seen))
	}
}

func TestWindows(t *testing.T) {
	k := kinds[2]
	key := loadKey(serverNames[0], k, 8)
	p := pass{key + " answers/s": 1234, key + " p50-ns/op": 1e6, key + " p99-ns/op": 2e6, key + " cpu-ns/op": 90e3, key + " refused": 5}
	if got, want := windowCell(key, []pass{p}), "1234/s; 1 ms, 2 ms; 90 µs; 5 % refused"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got := renderLoads([]pass{p}, []int{8}); !strings.Contains(got, "| userinfo | 8 | 1234/s;") {
		t.Errorf("got no row for the window:\n%s", got)
	}
}
