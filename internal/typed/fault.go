package typed

import "fmt"

// Fault is what is wrong with a text that somebody typed: English words, and what stands in
// their places. The words are the key by which a page says it in another language.
type Fault struct {
	words string
	args  []any
}

// NewFault returns a fault. The words are a constant, with places as package fmt has them.
func NewFault(words string, args ...any) *Fault { return &Fault{words, args} }

// Error is the fault in English.
func (f *Fault) Error() string {
	if len(f.args) == 0 {
		return f.words
	}
	return fmt.Sprintf(f.words, f.args...)
}

// Said returns the words and what stands in their places.
func (f *Fault) Said() (words string, args []any) { return f.words, f.args }
