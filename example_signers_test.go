package sallyport_test

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"fmt"
	"io"
	"math/big"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/store/memstore"
	"github.com/sallyport-auth/sallyport/store/sealed"
	"github.com/sallyport-auth/sallyport/token"
)

// deviceKey signs by a key that never leaves a device, a library in C, or another process.
type deviceKey struct {
	public crypto.PublicKey
	ask    func(digest []byte, opts crypto.SignerOpts) ([]byte, error)
}

func (k deviceKey) Public() crypto.PublicKey { return k.public }

func (k deviceKey) Sign(_ io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	return k.ask(digest, opts)
}

// ExampleConfig_signers hands a key in whose private half the engine never sees.
func ExampleConfig_signers() {
	ctx := context.Background()
	inDevice, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().AddDate(1, 0, 0)}
	certificate, _ := x509.CreateCertificate(rand.Reader, template, template, inDevice.Public(), inDevice)
	device := deviceKey{inDevice.Public(), func(digest []byte, opts crypto.SignerOpts) ([]byte, error) {
		return inDevice.Sign(rand.Reader, digest, opts)
	}}

	engine, err := sallyport.New(ctx, sallyport.Config{
		Store: memstore.New(), Keys: sealed.NewKeys(), Issuer: "http://localhost:5000",
		Signers: []token.OutsideKey{{Certificate: certificate, Signer: device}},
	})
	if err != nil {
		panic(err)
	}
	defer engine.Close()
	keys, err := engine.Keys(ctx)
	if err != nil {
		panic(err)
	}
	for _, k := range keys {
		fmt.Println(k.Algorithm, k.State, k.Outside)
	}
	// Output:
	// ES256 signing true
	// RS256 signing false
}
