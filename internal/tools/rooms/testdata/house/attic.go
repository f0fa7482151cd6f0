// Package house has files that use each other in every way.
package house

// Attic uses the cellar's type and method: a pair with it.
func Attic(c Cellar) int { return c.Depth() + roof }

const roof = 1
