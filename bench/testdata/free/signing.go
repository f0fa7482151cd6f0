package bench

// free says that this binary was built with signatures that cost nothing.
const free = true
