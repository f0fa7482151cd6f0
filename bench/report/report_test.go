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
	passes := []pass{{"a ns/op": 100, "b ns/op": 200, "r ns/op": 300}, {"a ns/op": 130, "b ns/op": 200, "r ns/op": 300}, {"a ns/op": 900, "b ns/op": 1000}}
	tests := []struct {
		name string
		goal goal
		want string
	}{
		{"held", goal{ours: one("a ns/op"), limit: one("b ns/op"), base: one("b ns/op"), per: "b", bound: 0.65, atMost: true,
			rivals: map[string]sum{"r": one("r ns/op"), "none": one("none ns/op")}}, "0.13 µs | 0.2 µs | r 0.3 µs | 0.65 (0.50–0.90) | ≤ 0.65 × b | yes"},
		{"not held", goal{ours: one("a ns/op"), base: one("b ns/op"), per: "b", bound: 0.6, atMost: true}, "0.13 µs | – | – | 0.65 (0.50–0.90) | ≤ 0.6 × b | **no**"},
		{"at least", goal{ours: one("a ns/op"), base: one("b ns/op"), per: "of b", bound: 1.5}, "0.13 µs | – | – | 1.54 (1.11–2.00) | ≥ 1.5 × b | yes"},
		{"too little", goal{ours: one("a ns/op"), base: one("b ns/op"), per: "of b", bound: 1.6}, "0.13 µs | – | – | 1.54 (1.11–2.00) | ≥ 1.6 × b | **no**"},
		{"a sum and an addend", goal{ours: one("a ns/op"), base: sum{{"b ns/op", 0.5}, {"a ns/op", 0}}, plus: 30, per: "b", bound: 1, atMost: true},
			"0.13 µs | – | – | 1.00 (0.77–1.70) | ≤ 1 × b | yes"},
		{"without a goal", goal{ours: one("a ns/op"), base: one("b ns/op"), per: "b", atMost: true}, "0.13 µs | – | – | 0.65 (0.50–0.90) | (× b) | –"},
		{"not measured", goal{ours: one("none ns/op"), base: one("b ns/op"), limit: one("b ns/op"), per: "b", bound: 1, atMost: true}, "not measured | 0.2 µs | – | – | ≤ 1 × b | skipped"},
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
	if err := os.WriteFile(name, []byte("a\n"+tableBegins+"old\n"+tableEnds+"b\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := splice(name, "new\n"); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(name)
	if want := "a\n" + tableBegins + "\nnew\n\n" + tableEnds + "b\n"; err != nil || string(got) != want {
		t.Errorf("got %q, %v, want %q", got, err, want)
	}
	if err := os.WriteFile(name, []byte("nothing here"), 0o600); err != nil {
		t.Fatal(err)
	}
	if splice(name, "new\n") == nil {
		t.Error("got no error for a file without a place, want one")
	}
}
