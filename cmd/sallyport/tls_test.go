package main_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// certificate writes one for 127.0.0.1, with its key.
func certificate(t *testing.T) (certFile, keyFile string, pool *x509.CertPool) {
	t.Helper()
	dir := t.TempDir()
	cert, key := pemPair(t, 1, time.Time{}, time.Now().Add(time.Hour))
	pool = x509.NewCertPool()
	pool.AppendCertsFromPEM([]byte(cert))
	return write(t, filepath.Join(dir, "cert.pem"), cert), write(t, filepath.Join(dir, "key.pem"), key), pool
}

// pemPair makes a certificate for 127.0.0.1.
func pemPair(t *testing.T, serial int64, begin, end time.Time) (cert, private string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(serial), NotBefore: begin, NotAfter: end, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	der8, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})),
		string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der8}))
}

func TestTLS(t *testing.T) {
	cert, key, pool := certificate(t)
	s := serve(t, "-store", "memory:", "-listen", "127.0.0.1:0", "-tls-cert", cert, "-tls-key", key)
	if !strings.HasPrefix(s.base, "https://127.0.0.1:") {
		t.Errorf("got %s, want https", s.base)
	}
	for _, h2 := range []bool{true, false} {
		transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}, ForceAttemptHTTP2: h2}
		defer transport.CloseIdleConnections()
		s.http.Transport = transport
		code, body := s.get("/.well-known/openid-configuration")
		if code != http.StatusOK || !strings.Contains(body, `"issuer":"`+s.base+`"`) {
			t.Errorf("HTTP/2 %v: got %d, %s", h2, code, body)
		}
	}
}

// TestTLSByteOrderMark: a mark before the certificate or its key hides neither, nor
// the first certificate of a chain.
func TestTLSByteOrderMark(t *testing.T) {
	cert, key := pemPair(t, 7, time.Time{}, time.Now().Add(time.Hour))
	issuer, _ := pemPair(t, 8, time.Time{}, time.Now().Add(time.Hour))
	for _, tt := range []struct{ name, cert, key string }{
		{"before the certificate", "\ufeff" + cert, key},
		{"before a chain", "\ufeff" + cert + issuer, key},
		{"before the key", cert, "\ufeff" + key},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			s := serve(t, "-store", "memory:", "-listen", "127.0.0.1:0",
				"-tls-cert", write(t, filepath.Join(dir, "cert.pem"), tt.cert), "-tls-key", write(t, filepath.Join(dir, "key.pem"), tt.key))
			// Which certificate it is, and not whether it is believed, is looked at.
			conn, err := tls.Dial("tcp", strings.TrimPrefix(s.base, "https://"), &tls.Config{InsecureSkipVerify: true})
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			if got := conn.ConnectionState().PeerCertificates[0].SerialNumber.Int64(); got != 7 {
				t.Errorf("got the certificate %d, want 7", got)
			}
		})
	}
}
