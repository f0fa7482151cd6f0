package forgery

import (
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/sha256"
	"strings"
	"testing"
)

// curves are what can be done where an issuer has keys of two algorithms: one taken for the
// other, and signatures of ES256 in forms that are none (RFC 7518 section 3.4).
func (j *jws) curves() []Form {
	if j.Curve == nil {
		return nil
	}
	head := strings.Replace(j.alg("ES256"), j.Ours.ID, j.Curve.ID, 1)
	input := encode(head) + "." + j.parts[1]
	r, s := j.curve(input)
	zero := make([]byte, 32)
	with := func(sig ...[]byte) string {
		text := ""
		for _, part := range sig {
			text += string(part)
		}
		return input + "." + encode(text)
	}
	sum := sha256.Sum256([]byte(input))
	der, err := ecdsa.SignASN1(rand.Reader, j.Curve.Private, sum[:])
	if err != nil {
		j.t.Fatal(err)
	}
	other := encode(j.alg("ES256")) + "." + j.parts[1] // under the kid of RS256
	otherR, otherS := j.curve(other)
	return []Form{
		{Name: "ES256 of zeros", Token: with(zero, zero)},
		{Name: "ES256 with r of zero", Token: with(zero, s)},
		{Name: "ES256 with s of zero", Token: with(r, zero)},
		{Name: "ES256 of the order", Token: with(j.Curve.Private.Params().N.Bytes(), j.Curve.Private.Params().N.Bytes())},
		{Name: "ES256 in DER", Token: with(der)},
		{Name: "ES256 with its halves exchanged", Token: with(s, r)},
		{Name: "ES256 cut short", Token: with(r, s[:31])},
		{Name: "ES256 and more", Token: with(r, s, zero[:1])},
		{Name: "ES256 under the kid of RS256", Token: other + "." + encode(string(otherR)+string(otherS))},
		{Name: "RS256 under the kid of ES256", Token: j.sign(j.Ours, strings.Replace(j.head, j.Ours.ID, j.Curve.ID, 1), j.body)},
		{Name: "RS256 under the kid and the name of ES256", Token: j.sign(j.Ours, head, j.body)},
	}
}

// Curved is the good token, signed by ES256: as good.
func (f *Forger) Curved(t testing.TB) string {
	t.Helper()
	j := f.open(t)
	input := encode(strings.Replace(j.alg("ES256"), j.Ours.ID, j.Curve.ID, 1)) + "." + j.parts[1]
	r, s := j.curve(input)
	return input + "." + encode(string(r)+string(s))
}

// curve is a signature by ES256, as its two numbers.
func (j *jws) curve(input string) (r, s []byte) {
	j.t.Helper()
	sum := sha256.Sum256([]byte(input))
	one, two, err := ecdsa.Sign(rand.Reader, j.Curve.Private, sum[:])
	if err != nil {
		j.t.Fatal(err)
	}
	return one.FillBytes(make([]byte, 32)), two.FillBytes(make([]byte, 32))
}
