package record_test

import (
	"encoding/hex"
	"errors"
	"math"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport/internal/record"
)

// whole has a field of every kind.
type whole struct {
	Uint     uint64
	Int      int
	Int64    int64
	Duration time.Duration
	Bool     bool
	Float    float64
	Time     time.Time
	Bytes    []byte
	Secret   []byte
	Text     string
	Password string
	ID       string
	Texts    []string
	Times    []time.Time
	IDs      []string
	One      part
	Pointer  *part
	Flag     *bool
	Many     []part
	Map      map[string]float64
	Unknown  record.Unknown
}

func (w *whole) Fields(f *record.Fields) {
	f.Uint(1, "uint", &w.Uint)
	f.Int(2, "int", &w.Int)
	f.Int64(3, "int64", &w.Int64)
	f.Duration(4, "duration", &w.Duration)
	f.Bool(5, "bool", &w.Bool)
	f.Float(6, "float", &w.Float)
	f.Time(7, "time", &w.Time)
	f.Bytes(8, "bytes", &w.Bytes)
	f.Secret(9, "secret", &w.Secret)
	f.Text(10, "text", &w.Text)
	f.SecretText(11, "password", &w.Password)
	f.ID(12, "id", &w.ID)
	f.TextsOrNil(13, "texts", &w.Texts)
	record.One(f, 14, "one", &w.One)
	record.Maybe(f, 15, "pointer", &w.Pointer, record.One[part])
	record.Maybe(f, 16, "flag", &w.Flag, (*record.Fields).Bool)
	record.Many(f, 17, "many", &w.Many)
	record.Each(f, 18, "times", &w.Times, (*record.Fields).Time)
	record.Each(f, 19, "ids", &w.IDs, (*record.Fields).ID)
	record.Map(f, 200, "map", &w.Map, (*record.Fields).Float)
	f.Rest(&w.Unknown)
}

// part is a record that may hold itself.
type part struct {
	Text    string
	Inner   *part
	Unknown record.Unknown
}

func (p *part) Fields(f *record.Fields) {
	f.Text(1, "text", &p.Text)
	record.Maybe(f, 2, "inner", &p.Inner, record.One[part])
	f.Rest(&p.Unknown)
}

// later is part as a later program has it.
type later struct {
	Text    string
	Inner   *part
	Number  uint64
	Texts   []string
	Unknown record.Unknown
}

func (l *later) Fields(f *record.Fields) {
	f.Text(1, "text", &l.Text)
	record.Maybe(f, 2, "inner", &l.Inner, record.One[part])
	f.Uint(3, "number", &l.Number)
	f.Texts(20, "texts", &l.Texts)
	f.Rest(&l.Unknown)
}

var noon = time.Date(2026, 1, 2, 12, 0, 0, 1, time.UTC)

func filled() *whole {
	return &whole{
		Uint: 7, Int: -3, Int64: math.MinInt64, Duration: time.Minute, Bool: true, Float: 0.5, Time: noon,
		Bytes: []byte{1, 2}, Secret: []byte("secret"), Text: "texts are UTF-8 or not: \xff", Password: "hash",
		ID: "c7c5a8b0-0001-4000-8000-000000000001_WebApp", Texts: []string{"a", "", "b"}, One: part{Text: "x"},
		Pointer: &part{}, Flag: new(false), Many: []part{{}, {Text: strings.Repeat("long", 50)}},
		Times: []time.Time{noon, noon.Add(1)}, IDs: []string{"c7c5a8b0-0001-4000-8000-000000000001", "", "ada"},
		Map: map[string]float64{"b": 2, "": 1},
	}
}

func encode(t *testing.T, r record.Record) []byte {
	t.Helper()
	b, err := record.Append([]byte("before"), r)
	if err != nil {
		t.Fatal(err)
	}
	return b[len("before"):]
}

// TestRoundTrip: what was written is read, and nothing else.
func TestRoundTrip(t *testing.T) {
	for name, w := range map[string]*whole{
		"all":               filled(),
		"none":              {},
		"an empty list":     {Texts: []string{}},
		"a digest as id":    {ID: "0123456789abcdef0123456789abcdef"},
		"an id and more":    {ID: "0123456789abcdef0123456789abcdef/x"},
		"an upper-case id":  {ID: "C7C5A8B0-0001-4000-8000-000000000001"},
		"an id of its own":  {ID: "ada"},
		"16 bytes as an id": {ID: "0123456789abcdef"},
		"1970":              {Time: time.Unix(0, 0).UTC()},
		"before 1678":       {Time: time.Date(1, 1, 1, 0, 0, 0, 1, time.UTC)},
		"9999":              {Time: time.Date(9999, 12, 31, 23, 59, 59, 999999999, time.UTC)},
		"the greatest":      {Uint: math.MaxUint64, Int64: math.MaxInt64, Int: math.MaxInt},
	} {
		t.Run(name, func(t *testing.T) {
			var got whole
			if err := record.Decode(encode(t, w), &got); err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(&got, w) {
				t.Errorf("got  %+v\nwant %+v", got, w)
			}
		})
	}
	if n := len(encode(t, &whole{})); n != 0 {
		t.Errorf("a record of zero values has %d bytes, want none", n)
	}
}

// TestForm keeps the bytes as they are: of each kind of field, by itself.
func TestForm(t *testing.T) {
	for _, c := range []struct {
		w    whole
		want string
	}{
		{whole{Uint: 300}, "08ac02"},
		{whole{Int: -3}, "1005"},
		{whole{Duration: time.Second}, "2080a8d6b907"},
		{whole{Bool: true}, "2801"},
		{whole{Float: 0.5}, "31083fe0000000000000"},
		{whole{Time: noon}, "38828084ff988cf48631"},
		{whole{Time: time.Date(9999, 12, 31, 0, 0, 0, 7, time.UTC)}, "390c0000003afff2f00000000007"},
		{whole{Bytes: []byte{1, 2}}, "41020102"},
		{whole{Text: "ab"}, "51026162"},
		{whole{ID: "c7c5a8b0-0001-4000-8000-000000000001_SPA"}, "6214c7c5a8b00001400080000000000000015f535041"},
		{whole{ID: "0123456789abcdef0123456789abcdef"}, "63100123456789abcdef0123456789abcdef"},
		{whole{ID: "ada"}, "6103616461"},
		{whole{Texts: []string{"a", ""}}, "6c03016100"},
		{whole{One: part{Text: "x"}}, "7503090178"},
		{whole{Pointer: &part{}}, "7d00"},
		{whole{Flag: new(false)}, "800100"},
		{whole{Many: []part{{}, {Text: "x"}}}, "8c01050003090178"},
		{whole{Times: []time.Time{noon, {}}}, "94011808828084ff988cf48631090cfffffff1886e090000000000"},
		{whole{IDs: []string{"0123456789abcdef0123456789abcdef", "ada"}}, "9c01170b100123456789abcdef0123456789abcdef0903616461"},
		{whole{Map: map[string]float64{"a": 0}}, "c40c0403090161"},
	} {
		if got := hex.EncodeToString(encode(t, &c.w)); got != c.want {
			t.Errorf("%+v: got %s, want %s", c.w, got, c.want)
		}
	}
}

// TestLater: what a newer program wrote is kept by an older one, in whatever
// record of records it stands.
func TestLater(t *testing.T) {
	newer := &later{Text: "x", Inner: &part{Unknown: record.Unknown(encode(t, &later{Number: 5}))}, Number: 300, Texts: []string{"a", "b"}}
	raw := encode(t, newer)
	var older part
	if err := record.Decode(raw, &older); err != nil {
		t.Fatal(err)
	}
	older.Text = "changed"
	var again later
	if err := record.Decode(encode(t, &older), &again); err != nil {
		t.Fatal(err)
	}
	newer.Text = "changed"
	if !reflect.DeepEqual(&again, newer) {
		t.Errorf("got  %+v\nwant %+v", again, newer)
	}
}

// TestMalformed: what [record.Append] would not have written is refused.
func TestMalformed(t *testing.T) {
	deep := &part{}
	for range record.MaxDepth {
		deep = &part{Inner: deep}
	}
	if _, err := record.Append(nil, deep); err != nil {
		t.Errorf("%d deep: got %v, want it written", record.MaxDepth, err)
	}
	if _, err := record.Append(nil, &part{Inner: deep}); !errors.Is(err, record.ErrMalformed) {
		t.Errorf("deeper: got %v, want %v", err, record.ErrMalformed)
	}
	fits := record.MaxUnknown - len("\xe9\x03\x80\x20") + 0
	for name, c := range map[string]struct {
		raw string
		ok  bool
	}{
		"nothing":                        {"", true},
		"a text":                         {"\x09\x01x", true},
		"an unknown number":              {"\x18\x01", true},
		"unknown bytes":                  {"\x19\x01x", true},
		"as many as may be":              {"\xe9\x03\xfc\x1f" + strings.Repeat("x", fits), true},
		"too many":                       {"\xe9\x03\xfd\x1f" + strings.Repeat("x", fits+1), false},
		"too many in two":                {"\x12\x86\x10\x21\x83\x10" + strings.Repeat("x", 2051) + "\x19\xff\x0f" + strings.Repeat("x", 2047), false},
		"twice":                          {"\x09\x01x\x09\x01x", false},
		"falling":                        {"\x19\x01x\x09\x01x", false},
		"field 0":                        {"\x01\x01x", false},
		"field 256":                      {"\x81\x10\x01x", false},
		"kind 6":                         {"\x1e\x01x", false},
		"another kind":                   {"\x08\x01", false},
		"a list for a text":              {"\x0c\x01x", false},
		"no length":                      {"\x09", false},
		"a length too long":              {"\x09\x02x", false},
		"a length longer than it may be": {"\x09\x81\x00x", false},
		"a tag longer than it may be":    {"\x89\x00\x01x", false},
		"a number that does not end":     {"\x18\xff", false},
		"a number of over 64 bits":       {"\x18\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02", false},
		"a record in a record":           {"\x15\x03\x09\x01x", true},
		"an empty record":                {"\x15\x00", true},
		"longer than the one it is in":   {"\x15\x02\x09\x01x", false},
		"deep":                           {nest(record.MaxDepth), true},
		"too deep":                       {nest(record.MaxDepth + 1), false},
	} {
		t.Run(name, func(t *testing.T) {
			var p part
			err := record.Decode([]byte(c.raw), &p)
			if (err == nil) != c.ok || err != nil && !errors.Is(err, record.ErrMalformed) {
				t.Errorf("got %v, want it good: %v", err, c.ok)
			}
		})
	}
}

// nest is so many records in each other.
func nest(n int) string {
	raw := ""
	for range n {
		raw = "\x15" + string(rune(len(raw))) + raw
	}
	return raw
}

// TestMalformedValues: a value that its type does not have is refused.
func TestMalformedValues(t *testing.T) {
	for name, raw := range map[string]string{
		"a bool of 2":            "\x28\x02",
		"a float of 7 bytes":     "\x31\x07" + "1234567",
		"a time of 11 bytes":     "\x39\x0b" + "12345678901",
		"an id of 15 bytes":      "\x62\x0f" + "123456789012345",
		"a digest of 15 bytes":   "\x63\x0f" + "123456789012345",
		"a text behind its list": "\x6c\x02\x02x",
		"a map with a key twice": "\xc4\x0c\x08\x03\x09\x01x\x03\x09\x01x",
		"a list of field 2":      "\x94\x01\x02\x10\x05",
		"a list of another kind": "\x94\x01\x03\x0a\x01x",
		"an unended list":        "\x94\x01\x03\x09\x0cx",
		"an unended record":      "\x8c\x01\x02\x02\x09",
	} {
		t.Run(name, func(t *testing.T) {
			var w whole
			if err := record.Decode([]byte(raw), &w); !errors.Is(err, record.ErrMalformed) {
				t.Errorf("got %+v, %v, want %v", w, err, record.ErrMalformed)
			}
		})
	}
}

// TestDescribe prints every field that is not zero, and of secrets the length.
func TestDescribe(t *testing.T) {
	var got []string
	for _, l := range record.Describe(filled()) {
		got = append(got, l.Name+"="+l.Value)
	}
	want := []string{
		"uint=7", "int=-3", "int64=-9223372036854775808", "duration=1m0s", "bool=true", "float=0.5",
		"time=2026-01-02T12:00:00.000000001Z", "bytes=0102", "secret=(6 bytes)", `text="texts are UTF-8 or not: \xff"`,
		"password=(4 bytes)", "id=c7c5a8b0-0001-4000-8000-000000000001_WebApp", "texts=a  b", `one.text="x"`, "flag=false",
		"many[1].text=" + `"` + strings.Repeat("long", 50) + `"`,
		"times[0]=2026-01-02T12:00:00.000000001Z", "times[1]=2026-01-02T12:00:00.000000002Z",
		"ids[0]=c7c5a8b0-0001-4000-8000-000000000001", "ids[1]=", "ids[2]=ada", "map[]=1", "map[b]=2",
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// TestShared: to write and to print a value changes nothing of it, so that it may
// be shared.
func TestShared(t *testing.T) {
	w := filled()
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			if _, err := record.Append(nil, w); err != nil {
				t.Error(err)
			}
		})
		wg.Go(func() { record.Describe(w) })
	}
	wg.Wait()
	if !reflect.DeepEqual(w, filled()) {
		t.Errorf("got %+v, want it as it was", w)
	}
}

// TestOutline names every field that a record may have.
func TestOutline(t *testing.T) {
	var got []string
	for _, l := range record.Outline(&simple{}) {
		got = append(got, l.Name+"="+l.Value)
	}
	want := []string{
		"flag=1 yes or no", "many[]=2 list of records", "many[].secret=1 secret", "many[].time=2 time",
		"map[text]=3 number", "ids[]=4 id", "texts=5 texts", "one=6 record", "one.secret=1 secret", "one.time=2 time",
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// simple is a record that does not hold itself.
type simple struct {
	Flag  *bool
	Many  []leaf
	Map   map[string]float64
	IDs   []string
	Texts []string
	One   *leaf
}

func (s *simple) Fields(f *record.Fields) {
	record.Maybe(f, 1, "flag", &s.Flag, (*record.Fields).Bool)
	record.Many(f, 2, "many", &s.Many)
	record.Map(f, 3, "map", &s.Map, (*record.Fields).Float)
	record.Each(f, 4, "ids", &s.IDs, (*record.Fields).ID)
	f.Texts(5, "texts", &s.Texts)
	record.Maybe(f, 6, "one", &s.One, record.One[leaf])
	f.End()
}

type leaf struct {
	Secret string
	Time   time.Time
}

func (l *leaf) Fields(f *record.Fields) {
	f.SecretText(1, "secret", &l.Secret)
	f.Time(2, "time", &l.Time)
	f.End()
}

// TestDecodeShares: what is read needs one copy of the texts, and none of the bytes.
func TestDecodeShares(t *testing.T) {
	raw := encode(t, &whole{Text: "a", Password: "b", Bytes: []byte("c"), Uint: 5, Time: noon})
	n := testing.AllocsPerRun(100, func() {
		var w whole
		if err := record.Decode(raw, &w); err != nil {
			t.Fatal(err)
		}
	})
	if n > 3 {
		t.Errorf("got %v allocations, want 3 at most", n)
	}
}

// FuzzDecode reads the fields of a record: whatever is read is written again as
// something that reads alike.
func FuzzDecode(f *testing.F) {
	for _, w := range []*whole{filled(), {}} {
		raw, err := record.Append(nil, w)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
	}
	f.Add([]byte("\x15\x03\x09\x01x\xe9\x03\x01x"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		var w, again whole
		if err := record.Decode(raw, &w); err != nil {
			if !errors.Is(err, record.ErrMalformed) {
				t.Fatalf("got %v, want %v", err, record.ErrMalformed)
			}
			return
		}
		if math.IsNaN(w.Float) {
			return
		}
		b := encode(t, &w)
		if err := record.Decode(b, &again); err != nil {
			t.Fatalf("written again as %x: %v", b, err)
		}
		if c := encode(t, &again); string(c) != string(b) {
			t.Errorf("got %x, then %x", b, c)
		}
		record.Describe(&w)
	})
}
