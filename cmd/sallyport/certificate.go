package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"sync/atomic"
	"time"

	"github.com/sallyport-auth/sallyport/internal/typed"
)

// lookEvery is how often the files of a certificate are looked at.
const lookEvery = time.Second

// certificate is that of a server, read anew when its files change. One that
// cannot be used is told of, and the present one stays.
type certificate struct {
	certFile, keyFile string
	now               func() time.Time
	log               *slog.Logger

	present atomic.Pointer[tls.Certificate]

	// The rest belongs to whoever calls look.
	seen   pairInfo // of what was read last
	unread bool     // what was read last could not be used
	told   pairInfo // of what was last told to be of no use
}

// pairInfo is how the two files looked.
type pairInfo struct{ cert, key fs.FileInfo }

// openCertificate reads a certificate for the first time. One whose time is over
// is served all the same, with a warning, since without it there is no server.
func openCertificate(certFile, keyFile string, now func() time.Time, log *slog.Logger) (*certificate, error) {
	c := &certificate{certFile: certFile, keyFile: keyFile, now: now, log: log}
	var err error
	if c.seen, err = c.stat(); err != nil {
		return nil, err
	}
	pair, err := c.read()
	if err != nil {
		return nil, err
	}
	if err := c.judge(&pair); err != nil {
		log.Warn("the certificate is served all the same", "file", certFile, "error", err)
	}
	c.present.Store(&pair)
	return c, nil
}

// config makes the settings of a listener of it.
func (c *certificate) config() *tls.Config {
	return &tls.Config{
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return c.present.Load(), nil },
		NextProtos:     []string{"h2", "http/1.1"},
		MinVersion:     tls.VersionTLS12,
	}
}

// follow looks at the files each second, and at once when told to, until ctx
// ends.
func (c *certificate) follow(ctx context.Context, hangups <-chan os.Signal) {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			c.look(false)
		case <-hangups:
			c.look(true)
		}
	}
}

// look reads the files anew if they have changed, if what was read last could
// not be used (it may have been half written, or its time may have come), or if
// it is told to.
func (c *certificate) look(anyway bool) {
	info, err := c.stat()
	if err == nil && !anyway && !c.unread && info.same(c.seen) {
		return
	}
	var pair tls.Certificate
	if err == nil {
		if pair, err = c.read(); err == nil {
			err = c.judge(&pair)
		}
	}
	c.seen, c.unread = info, err != nil
	if err == nil {
		c.present.Store(&pair)
		c.log.Info("the certificate was read anew", "file", c.certFile, "until", pair.Leaf.NotAfter)
		return
	}
	if anyway || !info.same(c.told) {
		c.told = info
		c.log.Error("the new certificate cannot be used, the old one stays", "cert", c.certFile, "key", c.keyFile, "error", err)
	}
}

// maxPEM bounds a file of a certificate with its chain, in bytes.
const maxPEM = 1 << 20

// read reads both files, and holds the one against the other. What is no regular
// file is refused: reading a pipe waits for whoever writes to it, and the server's
// end would wait for that.
func (c *certificate) read() (tls.Certificate, error) {
	cert, err1 := readFile(c.certFile, maxPEM)
	key, err2 := readFile(c.keyFile, maxPEM)
	if err := errors.Join(err1, err2); err != nil {
		return tls.Certificate{}, err
	}
	pair, err := tls.X509KeyPair(typed.File(cert), typed.File(key))
	if err != nil {
		err = fmt.Errorf("%s and %s are no certificate with its key, in PEM: %w", c.certFile, c.keyFile, err)
	}
	return pair, err
}

// judge refuses what clients would refuse by the time alone.
func (c *certificate) judge(pair *tls.Certificate) error {
	switch now := c.now(); {
	case now.After(pair.Leaf.NotAfter):
		return fmt.Errorf("its time ended at %s", pair.Leaf.NotAfter.Format(time.RFC3339))
	case now.Before(pair.Leaf.NotBefore):
		return fmt.Errorf("its time begins at %s", pair.Leaf.NotBefore.Format(time.RFC3339))
	}
	return nil
}

// stat follows symbolic links, by which such files are often exchanged.
func (c *certificate) stat() (p pairInfo, err error) {
	var err1, err2 error
	p.cert, err1 = os.Stat(c.certFile)
	p.key, err2 = os.Stat(c.keyFile)
	return p, errors.Join(err1, err2)
}

func (p pairInfo) same(q pairInfo) bool { return sameFile(p.cert, q.cert) && sameFile(p.key, q.key) }

// sameFile reports whether a file is still the same, and was not written to. A
// file that was not there is like another that was not there.
func sameFile(a, b fs.FileInfo) bool {
	if a == nil || b == nil {
		return a == b
	}
	return os.SameFile(a, b) && a.Size() == b.Size() && a.ModTime().Equal(b.ModTime())
}
