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
	Int   int64     `json:"int"`
	Uint  uint64    `json:"uint"`
	Raw   []byte    `json:"raw"`
	Inner inner     `json:"inner"`
	At    time.Time `json:"at"`
}

func write(s sample) ([]byte, error) {
	o := jsonobj.Begin([]byte("before"))
	o.String("text", s.Text)
	o.Strings("list", s.List)
	o.Int("int", s.Int)
	o.Uint("uint", s.Uint)
	o.Bytes("raw", s.Raw)
	in := o.Nested("inner")
	in.Bool("flag", s.Inner.Flag)
	o.Close(in.End())
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
	check := func(text string, list []string, i int64, u uint64, raw []byte, flag bool, seconds int32, nanos int64) bool {
		s := sample{text, list, i, u, raw, inner{flag}, time.Unix(int64(seconds), nanos%1e9).UTC()}
		got, err := write(s)
		if want := library(t, s); err != nil || string(got) != want {
			t.Errorf("got  %s, error %v\nwant %s", got, err, want)
			return false
		}
		return true
	}
	if err := quick.Check(check, nil); err != nil {
		t.Error(err)
	}
	for _, text := range []string{"", "plain", `"`, `\`, "<&>", "\x00", "\x1f", "\x7f", "ä", "\u2028", "\xff", "a\xffb", "😀", "\n"} {
		check(text, []string{text, text}, 0, 0, []byte(text), false, 0, 0)
	}
	check("", nil, 0, 0, nil, true, 0, 1)
	check("", []string{}, -1, 1, []byte{}, true, -1, 999)
}

func TestObjectEmpty(t *testing.T) {
	o := jsonobj.Begin(nil)
	if got, err := o.End(); string(got) != "{}" || err != nil {
		t.Errorf("got %s, error %v, want {}", got, err)
	}
}

func TestTimeThatHasNoForm(t *testing.T) {
	for _, year := range []int{-1, 10000} {
		s := sample{At: time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC)}
		if _, err := json.Marshal(s.At); err == nil {
			t.Fatalf("encoding/json writes the year %d", year)
		}
		if got, err := write(s); err == nil {
			t.Errorf("year %d: got %s, want an error", year, got)
		}
	}
}
