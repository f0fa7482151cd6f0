// Package bench measures what Sallyport costs beside what it cannot cost less
// than, and beside other libraries on the same work. It is a module of its own
// because it imports those.
//
// Everything here is benchmarks; `make bench` at the root runs them all in
// interleaved passes, holds the medians of their ratios to the goals, and
// writes the table of README.md, which also says how to read it.
package bench
