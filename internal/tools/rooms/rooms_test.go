package main

import (
	"slices"
	"strings"
	"testing"
)

const house = `example.com/house: 6 files, 35 lines
  attic.go 7
  cellar.go 7
  door.go 9
  garden.go 4
  hall.go 3
  stairs.go 5

who uses what of whom
  attic.go -> cellar.go: Cellar Cellar.Depth
  cellar.go -> attic.go: roof
  door.go -> stairs.go: Up
  garden.go -> cellar.go: Cellar
  hall.go -> door.go: door door.open
  stairs.go -> hall.go: hall

1 pairs of files use each other
  attic.go cellar.go

2 knots
  3 files: door.go hall.go stairs.go
  2 files: attic.go cellar.go

2 functions of the module have more than 5 parameters
  shed/shed.go:7: Six has 6
  shed/shed.go:11: Use has 6
`

func TestRooms(t *testing.T) {
	var b strings.Builder
	over, err := run(&b, "testdata/house", ".", limits{-1, -1, -1})
	if err != nil || len(over) > 0 {
		t.Fatalf("got %q, %v", over, err)
	}
	if got := b.String(); got != house {
		t.Errorf("got\n%s\nwant\n%s", got, house)
	}
}

func TestLimits(t *testing.T) {
	for _, c := range []struct {
		name   string
		limits limits
		want   []string
	}{
		{"all just kept", limits{1, 3, 6}, nil},
		{"pairs", limits{0, -1, -1}, []string{"1 pairs of files use each other, at most 0 may"}},
		{"knot", limits{-1, 2, -1}, []string{"a knot has 3 files, at most 2 may be in one"}},
		{"parameters", limits{-1, -1, 5}, []string{"a function has 6 parameters, at most 5 are allowed"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := run(new(strings.Builder), "testdata/house", ".", c.limits)
			if err != nil || !slices.Equal(got, c.want) {
				t.Errorf("got %q, %v, want %q", got, err, c.want)
			}
		})
	}
	if _, err := run(new(strings.Builder), "testdata/house", "gone", limits{}); err == nil {
		t.Error("a folder that does not exist: no error")
	}
}
