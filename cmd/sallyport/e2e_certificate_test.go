//go:build unix

package main_test

import (
	"crypto/tls"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestE2ECertificate exchanges both files of a certificate under a server that
// serves it.
func TestE2ECertificate(t *testing.T) {
	t.Parallel()
	dir, end := t.TempDir(), time.Now().Add(4*time.Hour)
	certFile, keyFile := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	put := func(serial int64, begin time.Time) (cert, key string) {
		cert, key = pemPair(t, serial, begin, end)
		write(t, keyFile, key)
		write(t, certFile, cert)
		return cert, key
	}
	clock := write(t, filepath.Join(dir, "clock"), "0s")
	put(1, time.Time{})
	p, url := spawnServer(t, "-store", "memory:", "-insecure-clock", clock, "-tls-cert", certFile, "-tls-key", keyFile)
	served := func() int64 {
		t.Helper()
		// Which certificate it is, and not whether it is believed, is looked at.
		conn, err := tls.Dial("tcp", strings.TrimPrefix(url, "https://"), &tls.Config{InsecureSkipVerify: true})
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		return conn.ConnectionState().PeerCertificates[0].SerialNumber.Int64()
	}
	equal(t, "served first", served(), 1)
	cert, key := put(2, time.Time{})
	eventually(t, "the new certificate, of which nobody told the server", func() bool { return served() == 2 })

	other, otherKey := pemPair(t, 3, time.Time{}, end)
	late, lateKey := pemPair(t, 4, time.Time{}, time.Now().Add(-time.Minute))
	for _, tt := range []struct{ name, cert, key, want string }{
		{"of another key", other, key, "private key does not match public key"},
		{"a key of another", cert, otherKey, "private key does not match public key"},
		{"half written", cert[:len(cert)/2], key, "PEM data in certificate input"},
		{"empty", "", key, "PEM data in certificate input"},
		{"its time is over", late, lateKey, "its time ended at"},
	} {
		seen := len(p.err.String())
		write(t, keyFile, tt.key)
		write(t, certFile, tt.cert)
		p.signal(syscall.SIGHUP)
		eventually(t, tt.name+": a line about it", func() bool { return strings.Contains(p.err.String()[seen:], tt.want) })
		if said := p.err.String()[seen:]; !strings.Contains(said, "the old one stays") || !strings.Contains(said, certFile) {
			t.Errorf("%s: got %q, want the file and what comes of it", tt.name, said)
		}
		equal(t, tt.name+": served", served(), 2)
	}
	seen := len(p.err.String())
	if err := errors.Join(os.Remove(certFile), syscall.Mkfifo(certFile, 0o600)); err != nil {
		t.Fatal(err)
	}
	eventually(t, "a line about a pipe", func() bool { return strings.Contains(p.err.String()[seen:], "is no regular file") })
	equal(t, "served instead of a pipe", served(), 2)
	if err := os.Remove(certFile); err != nil {
		t.Fatal(err)
	}
	cert, key = pemPair(t, 5, time.Time{}, end)
	write(t, keyFile, "\ufeff"+key)
	write(t, certFile, "\ufeff"+cert)
	eventually(t, "a sound one, with byte order marks", func() bool { return served() == 5 })

	seen = len(p.err.String())
	put(6, time.Now().Add(time.Hour))
	eventually(t, "a line about one whose time is to come", func() bool { return strings.Contains(p.err.String()[seen:], "its time begins at") })
	equal(t, "served before its time", served(), 5)
	write(t, clock, "2h")
	eventually(t, "that one, whose time has come", func() bool { return served() == 6 })
	if said := p.err.String(); strings.Contains(said, "PRIVATE") {
		t.Errorf("a key is in the log: %s", said)
	}
	p.signal(syscall.SIGTERM)
	equal(t, "exit code", p.exit(), 0)
}

// TestE2ECertificateOnHangup: a SIGHUP reads the files although nothing tells
// from outside that they have changed.
func TestE2ECertificateOnHangup(t *testing.T) {
	t.Parallel()
	cert, key, _ := certificate(t)
	p, _ := spawnServer(t, "-store", "memory:", "-tls-cert", cert, "-tls-key", key)
	p.signal(syscall.SIGHUP)
	eventually(t, "a line about it", func() bool { return strings.Contains(p.err.String(), "the certificate was read anew") })
}
