package apidocs

import (
	"embed"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
)

// Example is one call that was made to a real server, and what it answered. Its people,
// secrets and keys are made up, and good nowhere.
type Example struct {
	Operation string `json:"operation"` // the id of a [httpadapter.Operation]
	Name      string `json:"name"`      // among those of the operation, such as "wrong-code"
	Summary   string `json:"summary"`   // when one is answered so, in some words

	Request  Request  `json:"request"`
	Response Response `json:"response"`
}

// Request is what was sent.
type Request struct {
	Method        string `json:"method"`
	Path          string `json:"path"` // with the query, below the issuer
	Authorization string `json:"authorization,omitempty"`
	Accept        string `json:"accept,omitempty"`
	ContentType   string `json:"contentType,omitempty"`
	Body          string `json:"body,omitempty"`
}

// Response is what was answered.
type Response struct {
	Status      int    `json:"status"`
	ContentType string `json:"contentType,omitempty"`
	Challenge   string `json:"challenge,omitempty"` // the header WWW-Authenticate
	// Body is nil where there is none, and of a picture.
	Body json.RawMessage `json:"body,omitempty"`
}

//go:embed examples/*.json
var recorded embed.FS

// Examples returns all recorded calls, ordered by operation and name. The slice is the
// caller's own; the bodies are shared, and nobody writes to them.
func Examples() []Example { return slices.Clone(examples()) }

// examples reads what is embedded, once. What cannot be read is a bug that every test of
// the package finds.
var examples = sync.OnceValue(func() []Example {
	files, err := recorded.ReadDir("examples")
	if err != nil {
		panic(err)
	}
	var list []Example
	for _, f := range files {
		raw, err := recorded.ReadFile("examples/" + f.Name())
		var e Example
		if err == nil {
			err = json.Unmarshal(raw, &e)
		}
		if err != nil {
			panic(fmt.Sprintf("apidocs: example %s: %v", f.Name(), err))
		}
		list = append(list, e)
	}
	slices.SortFunc(list, func(a, b Example) int {
		return strings.Compare(a.Operation+"\x00"+a.Name, b.Operation+"\x00"+b.Name)
	})
	return list
})

// examplesOf are those of an operation.
func examplesOf(operation string) (list []Example) {
	for _, e := range examples() {
		if e.Operation == operation {
			list = append(list, e)
		}
	}
	return list
}
