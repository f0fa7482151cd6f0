package smtptest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport/internal/child"
)

// patience bounds the start of a server, and the wait for a mail.
const patience = time.Minute

// Postfix is a running Postfix that takes mail for example.org, with STARTTLS at Addr and
// TLS from the first byte at Secure, both at localhost.
type Postfix struct {
	Addr, Secure string

	t   testing.TB
	dir string
}

// daemons is where Debian keeps the programs of Postfix.
const daemons = "/usr/lib/postfix/sbin"

// skip skips a test, or fails it where the environment says so.
func skip(t testing.TB, why string) {
	t.Helper()
	if os.Getenv("SALLYPORT_REQUIRE_TOOLS") != "" {
		t.Fatal(why)
	}
	t.Skip(why)
}

// StartPostfix starts one with that certificate and key, in PEM. Postfix wants to be root,
// and accounts of its own: where it is not installed or may not run, the test is skipped,
// or fails if the environment says SALLYPORT_REQUIRE_TOOLS.
func StartPostfix(t testing.TB, certificate, key []byte) *Postfix {
	t.Helper()
	if _, err := os.Stat(daemons + "/master"); err != nil {
		skip(t, "postfix is not installed")
	}
	if os.Geteuid() != 0 {
		skip(t, "postfix runs as root alone")
	}
	dir, err := os.MkdirTemp("", "postfix")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := layOut(dir, certificate, key); err != nil {
		t.Fatal(err)
	}
	for range 5 { // somebody else may take a port before it does
		p, err := run(t, dir)
		if err == nil {
			return p
		}
		t.Log(err)
	}
	t.Fatal("postfix does not start")
	return nil
}

// layOut writes the configuration, for everybody to read, and makes the folders.
func layOut(dir string, certificate, key []byte) error {
	owner, err1 := user.Lookup("postfix")
	nobody, err2 := user.Lookup("nobody")
	if err := errors.Join(err1, err2, os.Chmod(dir, 0o755)); err != nil {
		return err
	}
	for name, who := range map[string]*user.User{"etc": nil, "spool": nil, "data": owner, "mail": nobody} {
		path := filepath.Join(dir, name)
		err := os.Mkdir(path, 0o755)
		if err == nil && who != nil {
			uid, _ := strconv.Atoi(who.Uid)
			err = os.Chown(path, uid, -1)
		}
		if err != nil {
			return err
		}
	}
	main := fmt.Sprintf(mainConfig, dir, daemons, nobody.Uid, nobody.Gid)
	return errors.Join(
		os.WriteFile(dir+"/etc/main.cf", []byte(main), 0o644),
		os.WriteFile(dir+"/etc/cert.pem", certificate, 0o644),
		os.WriteFile(dir+"/etc/key.pem", key, 0o600),
	)
}

const mainConfig = `compatibility_level = 3.6
queue_directory = %[1]s/spool
data_directory = %[1]s/data
command_directory = /usr/sbin
daemon_directory = %[2]s
mail_owner = postfix
setgid_group = postdrop
inet_interfaces = loopback-only
inet_protocols = ipv4
myhostname = mx.example.org
mydestination =
local_recipient_maps =
alias_maps =
alias_database =
mynetworks = 127.0.0.0/8
virtual_mailbox_domains = example.org
virtual_mailbox_base = %[1]s/mail
virtual_mailbox_maps = static:inbox/
virtual_uid_maps = static:%[3]s
virtual_gid_maps = static:%[4]s
virtual_minimum_uid = 100
maillog_file = %[1]s/log
maillog_file_prefixes = %[1]s
smtputf8_enable = yes
smtpd_tls_security_level = may
smtpd_tls_cert_file = %[1]s/etc/cert.pem
smtpd_tls_key_file = %[1]s/etc/key.pem
smtpd_recipient_restrictions = reject_unauth_destination
`

const masterConfig = `postlog unix-dgram n - n - 1 postlogd
127.0.0.1:%s inet n - n - - smtpd -o smtpd_tls_security_level=encrypt
127.0.0.1:%s inet n - n - - smtpd -o smtpd_tls_wrappermode=yes
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
proxymap unix - - n - - proxymap
error unix - - n - - error
retry unix - - n - - error
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
`

// run starts it on two ports that were free a moment ago.
func run(t testing.TB, dir string) (*Postfix, error) {
	plain, err1 := freePort()
	secure, err2 := freePort()
	if err := errors.Join(err1, err2, os.WriteFile(dir+"/etc/master.cf", fmt.Appendf(nil, masterConfig, plain, secure), 0o644)); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if out, err := exec.CommandContext(ctx, "/usr/sbin/postfix", "-c", dir+"/etc", "check").CombinedOutput(); err != nil {
		return nil, fmt.Errorf("postfix check: %w: %s", err, out)
	}
	c, err := child.Start(exec.Command(daemons+"/master", "-c", dir+"/etc", "-d"))
	if err != nil {
		return nil, err
	}
	p := &Postfix{Addr: "localhost:" + plain, Secure: "localhost:" + secure, t: t, dir: dir}
	if err := p.listens(ctx, c, "127.0.0.1:"+plain); err != nil {
		c.Stop(syscall.SIGTERM)
		return nil, err
	}
	t.Cleanup(func() { c.Stop(syscall.SIGTERM) })
	return p, nil
}

// listens waits until it accepts connections.
func (p *Postfix) listens(ctx context.Context, c *child.Process, addr string) error {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		if conn, err := net.Dial("tcp", addr); err == nil {
			return conn.Close()
		}
		select {
		case <-tick.C:
		case <-c.Ended:
			return fmt.Errorf("postfix ended: %s", p.log())
		case <-ctx.Done():
			return fmt.Errorf("postfix does not listen: %s", p.log())
		}
	}
}

func freePort() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	_, port, err := net.SplitHostPort(l.Addr().String())
	return port, err
}

func (p *Postfix) log() string {
	b, _ := os.ReadFile(p.dir + "/log")
	return string(b)
}

// Await returns the mails that were delivered, once there are as many.
func (p *Postfix) Await(n int) []string {
	p.t.Helper()
	for end := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		files, _ := filepath.Glob(p.dir + "/mail/inbox/new/*")
		if len(files) >= n {
			var mails []string
			for _, f := range files {
				b, err := os.ReadFile(f)
				if err != nil {
					p.t.Fatal(err)
				}
				mails = append(mails, strings.ReplaceAll(string(b), "\r\n", "\n"))
			}
			return mails
		}
		if time.Now().After(end) {
			p.t.Fatalf("%d of %d mails: %s", len(files), n, p.log())
		}
	}
}
