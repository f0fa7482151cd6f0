package ldaptest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport/internal/child"
)

// patience bounds the start of a server and the work of a helper.
const patience = time.Minute

// Slapd is a running slapd with LDAPS and StartTLS. Without TLS it refuses every password.
type Slapd struct {
	*Authority
	LDAP, LDAPS string // URLs, at localhost
}

// Base is the suffix of its database, and Reader with ReaderPassword may read all of it but
// passwords. Nobody else may.
const (
	Base           = "dc=corp,dc=example,dc=com"
	Reader         = "cn=reader," + Base
	ReaderPassword = "the reader's own word"
)

// skip skips a test for want of a program, or fails it where the environment says so.
func skip(t testing.TB, err error) {
	t.Helper()
	if os.Getenv("SALLYPORT_REQUIRE_TOOLS") != "" {
		t.Fatal(err)
	}
	t.Skip(err)
}

// program finds one that may be off a user's path.
func program(name string) (string, error) {
	if path, err := exec.LookPath(name); err == nil {
		return path, nil
	}
	for _, dir := range []string{"/usr/sbin/", "/usr/local/sbin/", "/usr/lib/openldap/", "/usr/libexec/"} {
		if info, err := os.Stat(dir + name); err == nil && info.Mode()&0o111 != 0 {
			return dir + name, nil
		}
	}
	return "", fmt.Errorf("%s is not installed", name)
}

// StartSlapd starts one with these entries (LDIF, below Base) beside the reader. Where
// slapd is not installed the test is skipped, or fails if the environment says
// SALLYPORT_REQUIRE_TOOLS.
func StartSlapd(t testing.TB, ldif string) *Slapd {
	t.Helper()
	slapd, err := program("slapd")
	if err != nil {
		skip(t, err)
	}
	a, err := NewAuthority()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	config := filepath.Join(dir, "slapd.conf")
	files := map[string]string{
		"ca.pem": string(a.PEM), "cert.pem": string(a.CertPEM), "key.pem": string(a.KeyPEM),
		"slapd.conf": slapdConfig(dir), "entries.ldif": firstEntries + ldif,
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(dir, "db"), 0o700); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	add := exec.CommandContext(ctx, slapd, "-T", "add", "-q", "-f", config, "-l", filepath.Join(dir, "entries.ldif"))
	if out, err := add.CombinedOutput(); err != nil {
		t.Fatalf("slapadd: %v: %s", err, out)
	}
	for range 5 { // somebody else may take a port before slapd does
		s, err := runSlapd(ctx, t, slapd, config)
		if err == nil {
			s.Authority = a
			return s
		}
		t.Log(err)
	}
	t.Fatal("slapd does not start")
	return nil
}

const firstEntries = "dn: " + Base + "\nobjectClass: dcObject\nobjectClass: organization\no: Example\n\n" +
	"dn: " + Reader + "\nobjectClass: organizationalRole\nobjectClass: simpleSecurityObject\nuserPassword: " + ReaderPassword + "\n\n"

func slapdConfig(dir string) string {
	var b strings.Builder
	schema := "/etc/ldap/schema/"
	if _, err := os.Stat(schema); err != nil {
		schema = "/etc/openldap/schema/"
	}
	for _, name := range []string{"core", "cosine", "inetorgperson"} {
		fmt.Fprintf(&b, "include %s%s.schema\n", schema, name)
	}
	if _, err := os.Stat("/usr/lib/ldap"); err == nil { // Debian keeps the databases as modules
		b.WriteString("modulepath /usr/lib/ldap\nmoduleload back_mdb\n")
	}
	fmt.Fprintf(&b, `TLSCACertificateFile %[1]s/ca.pem
TLSCertificateFile %[1]s/cert.pem
TLSCertificateKeyFile %[1]s/key.pem
security simple_bind=128
database mdb
suffix "%[2]s"
directory %[1]s/db
access to attrs=userPassword by anonymous auth by * none
access to * by dn.exact="%[3]s" read by self read by * none
`, dir, Base, Reader)
	return b.String()
}

// runSlapd starts the server on two ports that were free a moment ago.
func runSlapd(ctx context.Context, t testing.TB, slapd, config string) (*Slapd, error) {
	plain, err1 := freePort()
	secure, err2 := freePort()
	if err := errors.Join(err1, err2); err != nil {
		return nil, err
	}
	s := &Slapd{LDAP: "ldap://localhost:" + plain, LDAPS: "ldaps://localhost:" + secure}
	cmd := exec.Command(slapd, "-d", "0", "-f", config, "-h", "ldap://127.0.0.1:"+plain+"/ ldaps://127.0.0.1:"+secure+"/")
	p, err := child.Start(cmd)
	if err != nil {
		return nil, err
	}
	if err := answers(ctx, p, "tcp", "127.0.0.1:"+secure); err != nil {
		p.Stop(syscall.SIGTERM)
		return nil, err
	}
	t.Cleanup(func() { p.Stop(syscall.SIGTERM) })
	return s, nil
}

// answers waits until a program accepts connections.
func answers(ctx context.Context, p *child.Process, network, address string) error {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		if conn, err := net.Dial(network, address); err == nil {
			return conn.Close()
		}
		select {
		case <-tick.C:
		case <-p.Ended:
			return errors.New("the server ended")
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func freePort() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	_, port, err := net.SplitHostPort(l.Addr().String())
	return port, errors.Join(err, l.Close())
}
