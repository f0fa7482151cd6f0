package jsonobj_test

import (
	"bytes"
	"encoding/json"
	"testing"
	"testing/quick"
	"time"

	"github.com/sallyport-auth/sallyport/internal/jsonobj"
)

type inner struct {
	Flag bool `json:"flag"`
}

type sample struct {
	Text  string    `json:"text"`
	List  []string  `json:"list"`
	Ints  []int     `json:"ints"`
	Int   int64     `json:"int"`
	Uint  uint64    `json:"uint"`
	Raw   []byte    `json:"raw"`
	Inner inner     `json:"inner"`
	Rows  []inner   `json:"rows"`
	At    time.Time `json:"at"`
}

func write(s sample) ([]byte, error) {
	o := jsonobj.Begin([]byte("before"))
	o.String("text", s.Text)
	o.Strings("list", s.List)
	o.Ints("ints", s.Ints)
	o.Int("int", s.Int)
	o.Uint("uint", s.Uint)
	o.Bytes("raw", s.Raw)
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
	o.Time("at", s.At)
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
	check := func(s sample, seconds int32, nanos int64) bool {
		s.At = time.Unix(int64(seconds), nanos%1e9).UTC()
		if s.Rows == nil {
			s.Rows = []inner{} // an array that was opened is never null
		}
		got, err := write(s)
		if want := library(t, s); err != nil || string(got) != want {
			t.Errorf("got  %s, error %v\nwant %s", got, err, want)
			return false
		}
		return true
	}
	random := func(text string, list []string, ints []int, numbers [2]int64, raw []byte, flags []bool, nanos int64) bool {
		s := sample{Text: text, List: list, Ints: ints, Int: numbers[0], Uint: uint64(numbers[1]), Raw: raw, Inner: inner{len(flags) > 20}}
		for _, flag := range flags {
			s.Rows = append(s.Rows, inner{flag})
		}
		return check(s, int32(nanos), nanos)
	}
	if err := quick.Check(random, nil); err != nil {
		t.Error(err)
	}
	for _, text := range []string{"", "plain", " ~", `"`, `\`, "<&>", "\x00", "\x1f", "\x7f", "ä", "\u2028", "\xff", "a\xffb", "😀", "\n"} {
		check(sample{Text: text, List: []string{text, text}, Raw: []byte(text)}, 0, 0)
	}
	check(sample{Inner: inner{true}}, 0, 1)
	check(sample{List: []string{}, Ints: []int{}, Int: -1, Uint: 1, Raw: []byte{}}, -1, 999)
	check(sample{List: []string{"a"}, Ints: []int{1}, Rows: []inner{{true}}}, 0, 0)
	check(sample{List: []string{"a", "b"}, Ints: []int{1, -2}, Rows: []inner{{true}, {false}, {true}}}, 0, 0)
}

func TestObjectEmpty(t *testing.T) {
	o := jsonobj.Begin(nil)
	if got, err := o.End(); string(got) != "{}" || err != nil {
		t.Errorf("got %s, error %v, want {}", got, err)
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
	if got, err := o.End(); string(got) != want || err != nil {
		t.Errorf("got %s, error %v, want %s", got, err, want)
	}
}

func TestTimeThatHasNoForm(t *testing.T) {
	for _, year := range []int{-1, 10000} { // the first that have none
		s := sample{At: time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC)}
		if _, err := json.Marshal(s.At); err == nil {
			t.Fatalf("encoding/json writes the year %d", year)
		}
		if got, err := write(s); err == nil {
			t.Errorf("year %d: got %s, want an error", year, got)
		}
	}
}

func TestTimeThatHasAForm(t *testing.T) {
	for _, year := range []int{0, 9999} {
		s := sample{Rows: []inner{}, At: time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC)}
		if got, err := write(s); err != nil || string(got) != library(t, s) {
			t.Errorf("year %d: got %s, error %v, want %s", year, got, err, library(t, s))
		}
	}
}
