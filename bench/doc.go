// Package bench measures what Sallyport costs beside what it cannot cost less
// than, and beside other libraries on the same work. It is a module of its own
// because it imports those.
//
// In this folder are benchmarks; `make bench` at the root runs them all in
// interleaved passes, holds the medians of their ratios to the goals, puts servers
// under load, and writes the tables of README.md, which also says how to read
// them. `make bench-scale` does it for stores of up to a million accounts.
package bench
