package portion_test

import (
	"slices"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport/internal/portion"
)

// TestSize: two small portions first, then twice as many each time, until the
// records of one take 2.5 ms; every sixteenth is a small one.
func TestSize(t *testing.T) {
	tests := []struct {
		name       string
		call, each time.Duration // what a call takes whatever its records, and what one adds
		want       []int         // the first eighteen
	}{
		{"nothing", time.Millisecond, 0, []int{
			50, 50, 100, 200, 400, 800, 1600, 2000, 2000, 2000, 2000, 2000, 2000, 2000, 2000, 2000, 50, 2000}},
		{"a microsecond", 40 * time.Millisecond, time.Microsecond, []int{
			50, 50, 100, 200, 400, 800, 1600, 2000, 2000, 2000, 2000, 2000, 2000, 2000, 2000, 2000, 50, 2000}},
		{"10 µs", time.Millisecond, 10 * time.Microsecond, []int{
			50, 50, 100, 200, 300, 300, 300, 300, 300, 300, 300, 300, 300, 300, 300, 300, 50, 300}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var p portion.Size
			var got []int
			for range len(tt.want) {
				n := p.Next()
				got = append(got, n)
				p.Took(n, tt.call+time.Duration(n)*tt.each)
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("got  %v\nwant %v", got, tt.want)
			}
		})
	}
}
