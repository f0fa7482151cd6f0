package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/sallyport-auth/sallyport"
)

// errNoStatus is what is answered to a text that nothing answers.
var errNoStatus = errors.New("no answer has such a status: want a number such as 134217729, or names such as \"Failure, MFA_AuthenticationRequired\"; without one the command lists all")

// maxStatus bounds the text that a status is looked up by, in bytes.
const maxStatus = 1024

// status prints what an answer means: a number, names, or the word of another document.
func status(_ context.Context, args []string, t terminal) error {
	f := newFlags("status")
	f.takes = "[number or names]"
	asJSON := f.Bool("json", false, "print JSON, one value a line")
	if err := f.parse(args, t.out); err != nil {
		return err
	}
	list, text := sallyport.StatusMeanings(), strings.Join(f.Args(), " ")
	if text != "" {
		var err error
		if list, err = lookUp(text); err != nil {
			return err
		}
	}
	for _, m := range list {
		if err := printMeaning(t.out, &m, *asJSON); err != nil {
			return err
		}
	}
	return nil
}

// lookUp returns what a text means, or why it means nothing.
func lookUp(text string) ([]sallyport.StatusMeaning, error) {
	if len(text) > maxStatus {
		return nil, errNoStatus
	}
	list, rest := sallyport.MeaningsOf(text)
	switch {
	case len(list) == 0 && rest == 0:
		return nil, errNoStatus
	case rest != 0:
		return nil, fmt.Errorf("%d has flags that no answer has: %d is left when those are taken away that are known", sallyport.Status(0)|sum(list)|rest, rest)
	}
	return list, nil
}

func sum(list []sallyport.StatusMeaning) (s sallyport.Status) {
	for _, m := range list {
		s |= m.Flag
	}
	return s
}

func printMeaning(out io.Writer, m *sallyport.StatusMeaning, asJSON bool) error {
	if asJSON {
		line, err := json.Marshal(struct {
			Of     string `json:"of"`
			Number int64  `json:"number,omitempty"`
			Name   string `json:"name"`
			Means  string `json:"means"`
			Cause  string `json:"cause"`
			Cure   string `json:"cure"`
		}{m.Of, int64(m.Flag), m.Name, m.Means, m.Cause, m.Cure})
		if err == nil {
			_, err = fmt.Fprintf(out, "%s\n", line)
		}
		return err
	}
	number := ""
	if m.Flag != 0 {
		number = fmt.Sprintf("%d ", m.Flag)
	}
	_, err := fmt.Fprintf(out, "%s%s (%s)\n  %s\n  why:  %s\n  next: %s\n", number, m.Name, m.Of, m.Means, m.Cause, m.Cure)
	return err
}
