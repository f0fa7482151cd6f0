package bench

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha1"
	"image/png"
	"testing"
	"time"

	"github.com/boombuler/barcode/qr"
	"github.com/pquerna/otp"
	pqtotp "github.com/pquerna/otp/totp"
	rscqr "rsc.io/qr"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/totp"
)

// BenchmarkStatus is the bits of a status put into words and into the booleans
// of a document: one of each two bits that there are.
func BenchmarkStatus(b *testing.B) {
	var list []sallyport.Status
	for s := sallyport.UserNotFound; s <= sallyport.MFAEnrollmentRequired; s <<= 1 {
		list = append(list, sallyport.Failure|s)
	}
	b.Run("words", func(b *testing.B) {
		for i := 0; b.Loop(); i++ {
			if list[i%len(list)].String() == "" {
				b.Fatal("got no words")
			}
		}
	})
	b.Run("booleans", func(b *testing.B) {
		for i := 0; b.Loop(); i++ {
			if s := list[i%len(list)]; s.State().Status != int64(s) {
				b.Fatal("got another status")
			}
		}
	})
}

// BenchmarkWindow is an authenticator's code judged: ours always makes the three
// codes of the window, so that time does not tell which one matched. The rival
// stops at the first that matches, and has a wrong code here.
func BenchmarkWindow(b *testing.B) {
	secret, now := totp.NewSecret(), time.Now()
	wrong := otherCode(secret, now)
	b.Run("ours", func(b *testing.B) {
		for b.Loop() {
			if _, ok := secret.Verify(wrong, now, 0); ok {
				b.Fatal("a wrong code was taken")
			}
		}
	})
	b.Run("pquerna", func(b *testing.B) {
		text, o := secret.Base32(), pqtotp.ValidateOpts{Period: 30, Skew: 1, Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1}
		for b.Loop() {
			if ok, err := pqtotp.ValidateCustom(wrong, text, now, o); ok || err != nil {
				b.Fatalf("got %v, %v, want a refusal", ok, err)
			}
		}
	})
	b.Run("hmac", func(b *testing.B) { // three of them
		key, counter := make([]byte, 20), make([]byte, 8)
		var sum [sha1.Size]byte
		for b.Loop() {
			for range 3 {
				h := hmac.New(sha1.New, key)
				h.Write(counter)
				h.Sum(sum[:0])
			}
		}
	})
}

// otherCode is none of the codes that are good about now.
func otherCode(secret totp.Secret, now time.Time) string {
	for step := totp.Step(now) + 10; ; step++ {
		code := secret.Code(step)
		if _, ok := secret.Verify(code, now, 0); !ok {
			return code
		}
	}
}

// BenchmarkPicture is the QR picture of a new secret.
func BenchmarkPicture(b *testing.B) {
	secret := totp.NewSecret()
	uri, err := secret.URI("Sallyport", "marie.sample.deals@example.com")
	if err != nil {
		b.Fatal(err)
	}
	b.Run("ours", func(b *testing.B) {
		for b.Loop() {
			if p, err := totp.PNG(uri); err != nil || !bytes.HasPrefix(p, []byte("\x89PNG")) {
				b.Fatalf("got %d bytes, %v, want a picture", len(p), err)
			}
		}
	})
	b.Run("encode", func(b *testing.B) { // the modules alone, by the library that ours uses
		for b.Loop() {
			if _, err := qr.Encode(uri, qr.M, qr.Auto); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("rsc.io/qr", func(b *testing.B) {
		for b.Loop() {
			code, err := rscqr.Encode(uri, rscqr.M)
			if err != nil || len(code.PNG()) == 0 {
				b.Fatalf("got %v, want a picture", err)
			}
		}
	})
	b.Run("pquerna", func(b *testing.B) {
		key, err := otp.NewKeyFromURL(uri)
		if err != nil {
			b.Fatal(err)
		}
		for b.Loop() {
			img, err := key.Image(300, 300)
			if err != nil {
				b.Fatal(err)
			}
			if err := png.Encode(&bytes.Buffer{}, img); err != nil {
				b.Fatal(err)
			}
		}
	})
}
