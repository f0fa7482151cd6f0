package record

import (
	"encoding/binary"
	"encoding/hex"
	"math"
	"strconv"
	"time"

	"github.com/sallyport-auth/sallyport/internal/rnd"
)

// Uint is a number of at least 0.
func (f *Fields) Uint(n int, name string, p *uint64) {
	switch f.mode {
	case writing:
		if f.wants(*p == 0) {
			f.writeNumber(n, *p)
		}
	case reading:
		if f.found(n) {
			*p = f.readNumber()
		}
	case printing:
		f.print(n, name, "number", strconv.FormatUint(*p, 10))
	}
}

// Int64 is a number.
func (f *Fields) Int64(n int, name string, p *int64) {
	switch f.mode {
	case writing:
		if f.wants(*p == 0) {
			f.writeNumber(n, zigzag(*p))
		}
	case reading:
		if f.found(n) {
			*p = unzigzag(f.readNumber())
		}
	case printing:
		f.print(n, name, "number", strconv.FormatInt(*p, 10))
	}
}

// Int is a number.
func (f *Fields) Int(n int, name string, p *int) {
	v := int64(*p)
	f.Int64(n, name, &v)
	if f.mode != reading {
		return
	}
	if *p = int(v); int64(*p) != v {
		f.fail("field %d is too large", n)
	}
}

// Duration is a length of time, in nanoseconds.
func (f *Fields) Duration(n int, name string, p *time.Duration) {
	if f.mode == printing {
		f.print(n, name, "duration", p.String())
		return
	}
	f.Int64(n, name, (*int64)(p))
}

// zigzag makes numbers near 0 small, negative ones too.
func zigzag(v int64) uint64   { return uint64(v)<<1 ^ uint64(v>>63) }
func unzigzag(v uint64) int64 { return int64(v>>1) ^ -int64(v&1) }

// Bool is true or false.
func (f *Fields) Bool(n int, name string, p *bool) {
	var v uint64
	if *p {
		v = 1
	}
	if f.mode == printing {
		f.print(n, name, "yes or no", strconv.FormatBool(*p))
		return
	}
	if f.Uint(n, name, &v); v > 1 {
		f.fail("field %d is neither true nor false", n)
	}
	if f.mode == reading {
		*p = v == 1
	}
}

// Float is a number with a fraction.
func (f *Fields) Float(n int, name string, p *float64) {
	switch f.mode {
	case writing:
		if f.wants(*p == 0) {
			f.tag(n, bytes)
			f.out = binary.BigEndian.AppendUint64(append(f.out, 8), math.Float64bits(*p))
		}
	case reading:
		if !f.found(n) {
			return
		}
		from, to := f.readBytes(bytes)
		if to-from != 8 {
			f.fail("field %d has %d bytes", n, to-from)
			return
		}
		*p = math.Float64frombits(binary.BigEndian.Uint64(f.in[from:to]))
	case printing:
		f.print(n, name, "number", strconv.FormatFloat(*p, 'g', -1, 64))
	}
}

// Time is a moment, to the nanosecond, read in UTC. One before 1678 or after 2262,
// which nanoseconds do not reach, has a longer form.
func (f *Fields) Time(n int, name string, p *time.Time) {
	switch f.mode {
	case writing:
		if f.wants(p.IsZero()) {
			f.writeTime(n, *p)
		}
	case reading:
		if f.found(n) {
			*p = f.readTime()
		}
	case printing:
		if !p.IsZero() || f.outline {
			f.print(n, name, "time", p.UTC().Format(time.RFC3339Nano))
		}
	}
}

// These are the moments that nanoseconds since 1970 reach.
var (
	firstNano = time.Unix(0, math.MinInt64)
	lastNano  = time.Unix(0, math.MaxInt64)
)

func (f *Fields) writeTime(n int, t time.Time) {
	if !t.Before(firstNano) && !t.After(lastNano) {
		f.writeNumber(n, zigzag(t.UnixNano()))
		return
	}
	f.tag(n, bytes)
	f.out = binary.BigEndian.AppendUint64(append(f.out, 12), uint64(t.Unix()))
	f.out = binary.BigEndian.AppendUint32(f.out, uint32(t.Nanosecond()))
}

func (f *Fields) readTime() time.Time {
	if f.kind == number {
		return time.Unix(0, unzigzag(f.readNumber())).UTC()
	}
	from, to := f.readBytes(bytes)
	if to-from != 12 {
		f.fail("a time of %d bytes", to-from)
		return time.Time{}
	}
	b := f.in[from:to]
	return time.Unix(int64(binary.BigEndian.Uint64(b)), int64(binary.BigEndian.Uint32(b[8:]))).UTC()
}

// Bytes is anything that is no secret. What is read is a part of what was decoded.
func (f *Fields) Bytes(n int, name string, p *[]byte) {
	if f.mode == printing {
		f.print(n, name, "bytes", hex.EncodeToString(*p))
		return
	}
	f.Secret(n, name, p)
}

// Secret is [Fields.Bytes] of which only the length is printed.
func (f *Fields) Secret(n int, name string, p *[]byte) {
	switch f.mode {
	case writing:
		if f.wants(len(*p) == 0) {
			f.tag(n, bytes)
			f.out = appendSized(f.out, *p)
		}
	case reading:
		if f.found(n) {
			from, to := f.readBytes(bytes)
			*p = f.in[from:to:to]
		}
	case printing:
		f.printSecret(n, name, "secret", len(*p))
	}
}

// Text is a text that is no secret.
func (f *Fields) Text(n int, name string, p *string) {
	if f.mode == printing {
		f.print(n, name, "text", strconv.Quote(*p))
		return
	}
	f.SecretText(n, name, p)
}

// SecretText is [Fields.Text] of which only the length is printed.
func (f *Fields) SecretText(n int, name string, p *string) {
	switch f.mode {
	case writing:
		if f.wants(*p == "") {
			f.tag(n, bytes)
			f.out = appendSized(f.out, *p)
		}
	case reading:
		if f.found(n) {
			from, to := f.readBytes(bytes)
			*p = f.text[from:to]
		}
	case printing:
		f.printSecret(n, name, "secret", len(*p))
	}
}

// ID is a text that begins, as a rule, with a lower-case UUID or with 32 lower-case
// hexadecimal digits, which take 16 bytes.
func (f *Fields) ID(n int, name string, p *string) {
	switch f.mode {
	case writing:
		if f.wants(*p == "") {
			f.writeID(n, *p)
		}
	case reading:
		if f.found(n) {
			*p = f.readID()
		}
	case printing:
		f.print(n, name, "id", *p)
	}
}

func (f *Fields) writeID(n int, id string) {
	var raw [16]byte
	kind, head := bytes, 0
	if u, ok := rnd.ParseUUID(id[:min(len(id), 36)]); ok && isLower(id[:36]) {
		kind, head, raw = uuid, 36, u
	} else if len(id) >= 32 && isLower(id[:32]) {
		if _, err := hex.Decode(raw[:], []byte(id[:32])); err == nil {
			kind, head = digits, 32
		}
	}
	f.tag(n, kind)
	if kind == bytes {
		f.out = appendSized(f.out, id)
		return
	}
	f.out = binary.AppendUvarint(f.out, uint64(len(raw)+len(id)-head))
	f.out = append(append(f.out, raw[:]...), id[head:]...)
}

// isLower reports whether a text has no letter in upper case, which would not be
// read again.
func isLower(s string) bool {
	for i := range len(s) {
		if s[i] >= 'A' && s[i] <= 'Z' {
			return false
		}
	}
	return true
}

func (f *Fields) readID() string {
	kind := f.kind
	if kind != uuid && kind != digits {
		from, to := f.readBytes(bytes)
		return f.text[from:to]
	}
	from, to := f.readBytes(kind)
	if to-from < 16 {
		f.fail("an id of %d bytes", to-from)
		return ""
	}
	raw, tail := [16]byte(f.in[from:from+16]), f.text[from+16:to]
	if kind == uuid {
		return rnd.FormatUUID(raw) + tail
	}
	return hex.EncodeToString(raw[:]) + tail
}
