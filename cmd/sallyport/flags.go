package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
)

// flags is a flag set that leaves reporting to [run].
type flags struct {
	*flag.FlagSet
	takes string // the arguments after the flags, as help shows them; "" for none
	way   *way   // of an administrative command
}

func newFlags(name string) *flags {
	f := &flags{FlagSet: flag.NewFlagSet(name, flag.ContinueOnError)}
	f.SetOutput(io.Discard)
	return f
}

// parse reads the command line. For -h it prints the flags to help.
func (f *flags) parse(args []string, help io.Writer) error {
	err := f.Parse(args)
	if errors.Is(err, flag.ErrHelp) {
		fmt.Fprintf(help, "usage: sallyport %s\n\n", strings.TrimSpace(f.Name()+" [flags] "+f.takes))
		f.SetOutput(help)
		f.PrintDefaults()
		return err
	}
	if err != nil {
		return f.explained(err)
	}
	if f.takes != "" {
		return nil
	}
	return noArguments(f.Args())
}

// explained adds to an error of package flag, which says of a value that it cannot be read,
// what is wanted.
func (f *flags) explained(err error) error {
	text, isParse := strings.CutSuffix(err.Error(), ": parse error")
	one := f.Lookup(text[strings.LastIndex(text, " -")+2:])
	if !isParse || one == nil {
		return err
	}
	getter, isStd := one.Value.(flag.Getter)
	if !isStd {
		return err
	}
	switch getter.Get().(type) {
	case time.Duration:
		return fmt.Errorf("%w: want a duration such as 24h or 90m", err)
	case int, int64, uint, uint64:
		return fmt.Errorf("%w: want a whole number", err)
	case bool:
		return fmt.Errorf("%w: want true or false", err)
	default:
		return err
	}
}

// given reports whether a flag stands in the command line.
func (f *flags) given(name string) (is bool) {
	f.Visit(func(one *flag.Flag) { is = is || one.Name == name })
	return is
}

// optional is the value of a flag whose empty value means something else than
// leaving the flag out.
type optional struct {
	value string
	given bool
}

// Set implements [flag.Value].
func (o *optional) Set(value string) error {
	*o = optional{value, true}
	return nil
}

// String implements [flag.Value].
func (o *optional) String() string { return o.value }

// or returns what was given, or otherwise where nothing was.
func (o *optional) or(otherwise string) string {
	if o.given {
		return o.value
	}
	return otherwise
}

// choice is the value of a switch for which leaving it out means neither.
type choice struct{ on, given bool }

// Set implements [flag.Value].
func (c *choice) Set(value string) error {
	on, err := strconv.ParseBool(value)
	if err != nil {
		return errors.New("want true or false")
	}
	*c = choice{on, true}
	return nil
}

// String implements [flag.Value]. Nothing is shown as the default: it depends on other flags.
func (c *choice) String() string { return "" }

// IsBoolFlag lets the flag stand without a value.
func (c *choice) IsBoolFlag() bool { return true }

// or returns what was given, or otherwise where nothing was.
func (c *choice) or(otherwise bool) bool {
	if c.given {
		return c.on
	}
	return otherwise
}
