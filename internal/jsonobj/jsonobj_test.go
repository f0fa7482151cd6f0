package jsonobj_test

import (
	"bytes"
	"encoding/json"
	"testing"
	"testing/quick"

	"github.com/sallyport-auth/sallyport/internal/jsonobj"
)

type inner struct {
	Flag bool `json:"flag"`
}

type sample struct {
	Text  string   `json:"text"`
	List  []string `json:"list"`
	Ints  []int    `json:"ints"`
	Int   int64    `json:"int"`
	Inner inner    `json:"inner"`
	Rows  []inner  `json:"rows"`
}

func write(s sample) []byte {
	o := jsonobj.Begin([]byte("before"))
	o.String("text", s.Text)
	o.Strings("list", s.List)
	o.Ints("ints", s.Ints)
	o.Int("int", s.Int)
	o.Open("inner")
	o.Bool("flag", s.Inner.Flag)
	o.Close()
	o.OpenArray("rows")
	for _, row := range s.Rows {
		o.Element()
		o.Bool("flag", row.Flag)
		o.Close()
	}
	o.CloseArray()
	return o.End()
}

func library(t *testing.T, s sample) string {
	t.Helper()
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(s); err != nil {
		t.Fatal(err)
	}
	return "before" + string(bytes.TrimSuffix(b.Bytes(), []byte("\n")))
}

func TestObjectIsWhatTheLibraryWrites(t *testing.T) {
	check := func(s sample) bool {
		if s.Rows == nil {
			s.Rows = []inner{} // an array that was opened is never null
		}
		got := write(s)
		if want := library(t, s); string(got) != want {
			t.Errorf("got  %s\nwant %s", got, want)
			return false
		}
		return true
	}
	random := func(text string, list []string, ints []int, number int64, flags []bool) bool {
		s := sample{Text: text, List: list, Ints: ints, Int: number, Inner: inner{len(flags) > 20}}
		for _, flag := range flags {
			s.Rows = append(s.Rows, inner{flag})
		}
		return check(s)
	}
	if err := quick.Check(random, nil); err != nil {
		t.Error(err)
	}
	for _, text := range []string{"", "plain", " ~", `"`, `\`, "<&>", "\x00", "\x1f", "\x7f", "ä", "\u2028", "\xff", "a\xffb", "😀", "\n"} {
		check(sample{Text: text, List: []string{text, text}})
	}
	check(sample{Inner: inner{true}})
	check(sample{List: []string{}, Ints: []int{}, Int: -1})
	check(sample{List: []string{"a"}, Ints: []int{1}, Rows: []inner{{true}}})
	check(sample{List: []string{"a", "b"}, Ints: []int{1, -2}, Rows: []inner{{true}, {false}, {true}}})
}

func TestObjectEmpty(t *testing.T) {
	o := jsonobj.Begin(nil)
	if got := o.End(); string(got) != "{}" {
		t.Errorf("got %s, want {}", got)
	}
}

// TestObjectEmptyInside opens and closes without a member in between.
func TestObjectEmptyInside(t *testing.T) {
	o := jsonobj.Begin(nil)
	o.Open("a")
	o.Close()
	o.OpenArray("b")
	o.CloseArray()
	o.OpenArray("c")
	o.Element()
	o.Close()
	o.Element()
	o.Close()
	o.CloseArray()
	o.Int("d", 1)
	const want = `{"a":{},"b":[],"c":[{},{}],"d":1}`
	if got := o.End(); string(got) != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
