package house

// Cellar uses what the attic declares.
type Cellar struct{ depth int }

// Depth is below the attic.
func (c Cellar) Depth() int { return c.depth - roof }
