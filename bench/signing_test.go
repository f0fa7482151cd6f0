package bench

// free says that this binary was built with signatures that cost nothing: see
// testdata/free, which takes the place of this file then.
const free = false
