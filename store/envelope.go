package store

import (
	"encoding/binary"
	"fmt"
	"math"
	"time"
)

// The envelope of a record is a byte for its form, the schema of who wrote it, the
// least schema that may read it, and the exact expiry, all inside what is sealed:
// whoever can write the database can neither lengthen a life nor have an older
// program overlook what a newer one has taken away. The fields of package record
// follow.
const (
	envelopeForm = 1
	schema       = 5 // of this program; one more for each field that takes something away
	leastAt      = 2 // where the least schema stands, which is below 128
)

// ErrNewer means that a newer program has written the record, and that this one
// would overlook something in it. It wraps [ErrDamaged]: nothing is decided by it,
// and it is not written again.
var ErrNewer = fmt.Errorf("%w: written by a newer version", ErrDamaged)

// appendEnvelope begins a record that every program reads. What its fields need is
// known once they are written, see [Table.encode].
func appendEnvelope(b []byte, expires time.Time) []byte {
	b = append(b, envelopeForm, schema, 1)
	return binary.AppendUvarint(b, uint64(expiryNanos(expires)))
}

// openEnvelope returns what stands in the envelope, and its expiry. The error is
// [ErrDamaged] or [ErrNewer].
func openEnvelope(b []byte) (body []byte, expiry time.Time, err error) {
	if len(b) == 0 || b[0] != envelopeForm {
		return nil, expiry, ErrDamaged
	}
	b = b[1:]
	var numbers [3]uint64
	for i := range numbers {
		v, n := binary.Uvarint(b)
		if n <= 0 || n > 1 && b[n-1] == 0 {
			return nil, expiry, ErrDamaged
		}
		numbers[i], b = v, b[n:]
	}
	writer, least, end := numbers[0], numbers[1], numbers[2]
	if least < 1 || writer < least || end > math.MaxInt64 {
		return nil, expiry, ErrDamaged
	}
	if least > schema {
		return nil, expiry, ErrNewer
	}
	return b, fromNanos(int64(end)), nil
}

// expiryNanos is the form in which the envelope keeps an expiry: nanoseconds since
// 1970, 0 for never. A time before 1970 becomes 1, so that it is not mistaken for
// never; one after 2262, which has no such form, becomes the last that has.
func expiryNanos(t time.Time) int64 {
	switch {
	case t.IsZero():
		return 0
	case t.Before(time.Unix(0, 1)):
		return 1
	case t.After(time.Unix(0, math.MaxInt64)):
		return math.MaxInt64
	}
	return t.UnixNano()
}

// fromNanos undoes [expiryNanos].
func fromNanos(n int64) time.Time {
	if n == 0 {
		return time.Time{}
	}
	return time.Unix(0, n).UTC()
}

// sweepHint is what stores are told of an expiry: the next full hour. What expires
// in one hour then lies together in their order of expiry, in the order of its
// keys, and a record that is written again and again keeps its place there.
func sweepHint(expires time.Time) time.Time {
	hour := expires.Truncate(time.Hour)
	if hour.Before(expires) {
		return hour.Add(time.Hour)
	}
	return hour
}
