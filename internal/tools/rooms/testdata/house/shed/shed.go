// Package shed has functions with many parameters.
package shed

func five(a, b, c, d, e int) {}

// Six is one too many.
func Six(a, b, c, d, e int, f ...string) {}

// Tool has a method that has six, too.
type Tool interface {
	Use(a, b, c, d, e, f int)
}
