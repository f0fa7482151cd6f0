package bench

import (
	"errors"
	"sync"

	jose3 "github.com/go-jose/go-jose/v3"
	jose4 "github.com/go-jose/go-jose/v4"

	"github.com/sallyport-auth/sallyport/password"
)

var errRefused = errors.New("refused")

// cheapHash is of the kind that the engine is set up with.
var cheapHash = sync.OnceValues(func() (string, error) { return password.InsecureParamsForTests().Hash(userPass) })

// checkUser is the password check of every library: the hash that ours has, so
// that it is no part of the difference.
func checkUser(name, pw string) error {
	hash, err := cheapHash()
	if err != nil {
		return err
	}
	if ok, err := password.Verify(hash, pw); err != nil || !ok || name != userName {
		return errRefused
	}
	return nil
}

// noSignature is what the free signers answer. With them a figure holds all
// that a library does but the signature itself.
var noSignature = make([]byte, 256)

type freeJose3 struct{ public *jose3.JSONWebKey }

func (f freeJose3) Public() *jose3.JSONWebKey      { return f.public }
func (freeJose3) Algs() []jose3.SignatureAlgorithm { return []jose3.SignatureAlgorithm{jose3.RS256} }
func (freeJose3) SignPayload([]byte, jose3.SignatureAlgorithm) ([]byte, error) {
	return noSignature, nil
}

type freeJose4 struct{ public *jose4.JSONWebKey }

func (f freeJose4) Public() *jose4.JSONWebKey      { return f.public }
func (freeJose4) Algs() []jose4.SignatureAlgorithm { return []jose4.SignatureAlgorithm{jose4.RS256} }
func (freeJose4) SignPayload([]byte, jose4.SignatureAlgorithm) ([]byte, error) {
	return noSignature, nil
}

// freeMethod is a signing method of golang-jwt.
type freeMethod struct{}

func (freeMethod) Alg() string                      { return "RS256" }
func (freeMethod) Sign(string, any) ([]byte, error) { return noSignature, nil }
func (freeMethod) Verify(string, []byte, any) error { return nil }
