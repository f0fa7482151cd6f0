package ldaptest

import (
	"bytes"
	"context"
	"crypto/tls"
	_ "embed"
	"encoding/json"
	"errors"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport/internal/child"
)

// Samba is a running domain controller of the domain CORP, corp.example.com, with the base
// [Base]. Its LDAP is reached by LDAPS alone, through a listener of the test.
type Samba struct {
	*Authority
	LDAPS string // a URL, at localhost
}

// SambaDomain is what is in it beside what every domain has.
type SambaDomain struct {
	Password  string              `json:"password"`  // of Administrator
	Threshold int                 `json:"threshold"` // wrong passwords that lock an account
	Users     []SambaUser         `json:"users"`
	Groups    map[string][]string `json:"groups"` // names of members, which were made before
}

// SambaUser is an account. Set are attributes that are set after it was made.
type SambaUser struct {
	Name     string            `json:"name"`
	Password string            `json:"password"`
	First    string            `json:"first"`
	Last     string            `json:"last"`
	Mail     string            `json:"mail"`
	Set      map[string]string `json:"set"`
}

//go:embed samba.py
var provisionScript []byte

// sambaPatience bounds the start of a domain, beyond which the test is skipped: it takes
// ten seconds where nothing else runs.
const sambaPatience = 2 * time.Minute

// StartSamba starts one, without the rights of root and without a port: cwrap's
// socket_wrapper makes ports of the folder's files. Where something of it is not installed
// the test is skipped, in CI too: not every system has it.
func StartSamba(t testing.TB, d SambaDomain) *Samba {
	t.Helper()
	samba, err := program("samba")
	if err == nil {
		err = exec.Command("/usr/bin/python3", "-c", "import samba.provision").Run()
	}
	wrappers, err2 := findWrappers()
	err = errors.Join(err, err2)
	if err != nil {
		t.Skipf("Samba as a domain controller is not installed: %v", err)
	}
	a, err := NewAuthority()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	ctx, cancel := context.WithTimeout(context.Background(), sambaPatience)
	defer cancel()
	wanted, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	make := exec.CommandContext(ctx, "/usr/bin/python3", "-", dir, string(wanted))
	make.Stdin, make.Env = bytes.NewReader(provisionScript), append(os.Environ(), "HOME="+dir)
	if out, err := make.CombinedOutput(); ctx.Err() != nil {
		t.Skipf("Samba has made no domain within %v", sambaPatience)
	} else if err != nil {
		t.Fatalf("making a domain: %v: %s", err, out)
	}
	cmd := exec.Command(samba, "-i", "-M", "single", "-s", filepath.Join(dir, "smb.conf"))
	cmd.Env = append(os.Environ(), "LD_PRELOAD="+wrappers, "SOCKET_WRAPPER_DIR="+filepath.Join(dir, "sockets"), "UID_WRAPPER=1", "UID_WRAPPER_ROOT=1")
	log, err := os.Create(filepath.Join(dir, "log"))
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	cmd.Stdout, cmd.Stderr = log, log
	p, err := child.Start(cmd)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Stop(syscall.SIGTERM) })
	socket := filepath.Join(dir, "private", "ldapi")
	if err := answers(ctx, p, "unix", socket); ctx.Err() != nil {
		t.Skipf("Samba does not answer within %v", sambaPatience)
	} else if err != nil {
		said, _ := os.ReadFile(log.Name())
		t.Fatalf("samba: %v: %s", err, said)
	}
	return &Samba{Authority: a, LDAPS: bridge(t, a, socket)}
}

// findWrappers returns the libraries that make a program believe that it is root and has
// ports.
func findWrappers() (preload string, err error) {
	for _, name := range []string{"libsocket_wrapper.so", "libuid_wrapper.so"} {
		var path string
		for _, pattern := range []string{"/usr/lib/*/", "/usr/lib64/", "/usr/lib/"} {
			if found, err := filepath.Glob(pattern + name); err == nil && len(found) > 0 {
				path = found[0]
				break
			}
		}
		if path == "" {
			return "", errors.New(name + " is not installed")
		}
		preload += path + " "
	}
	return preload, nil
}

// bridge listens with TLS and hands all connections on to a Unix socket.
func bridge(t testing.TB, a *Authority, socket string) (url string) {
	l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{a.Certificate}})
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			from, err := l.Accept()
			if err != nil {
				return
			}
			wg.Go(func() { carry(from, socket) })
		}
	})
	t.Cleanup(func() {
		_ = l.Close()
		wg.Wait()
	})
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return "ldaps://localhost:" + port
}

// carry hands on what comes until one side ends.
func carry(from net.Conn, socket string) {
	defer from.Close()
	to, err := net.Dial("unix", socket)
	if err != nil {
		return
	}
	defer to.Close()
	done := make(chan struct{})
	go func() {
		defer close(done)
		_, _ = io.Copy(to, from)
		_ = to.Close()
	}()
	_, _ = io.Copy(from, to)
	_ = from.Close()
	<-done
}
