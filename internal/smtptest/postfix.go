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
// TLS from the first byte at Secure, all at localhost. At SignIn and Hidden it takes mail of
// [User] alone, by Cyrus SASL: at SignIn after STARTTLS, at Hidden without TLS and by ways
// that hide the password. At Clear it offers no TLS and asks for nothing.
type Postfix struct {
	Addr, Secure, SignIn, Hidden, Clear string

	t   testing.TB
	dir string
}

// User and Password are what Postfix knows somebody by.
const (
	User     = "mailer@example.org"
	Password = "p w: ä"
)

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
	if _, err := exec.LookPath(saslpasswd); err != nil {
		skip(t, "sasl2-bin is not installed")
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

// saslpasswd writes what Cyrus SASL knows of users; Debian's sasl2-bin has it.
const saslpasswd = "/usr/sbin/saslpasswd2"

// layOut writes the configuration, for everybody to read, and makes the folders.
func layOut(dir string, certificate, key []byte) error {
	owner, err1 := user.Lookup("postfix")
	nobody, err2 := user.Lookup("nobody")
	if err := errors.Join(err1, err2, os.Chmod(dir, 0o755)); err != nil {
		return err
	}
	for name, who := range map[string]*user.User{"etc/sasl": nil, "spool": nil, "data": owner, "mail": nobody} {
		path := filepath.Join(dir, name)
		err := os.MkdirAll(path, 0o755)
		if err == nil && who != nil {
			uid, _ := strconv.Atoi(who.Uid)
			err = os.Chown(path, uid, -1)
		}
		if err != nil {
			return err
		}
	}
	main := fmt.Sprintf(mainConfig, dir, daemons, nobody.Uid, nobody.Gid)
	name, realm, _ := strings.Cut(User, "@")
	users := exec.Command(saslpasswd, "-c", "-p", "-f", dir+"/etc/sasldb2", "-u", realm, name)
	users.Stdin = strings.NewReader(Password)
	if out, err := users.CombinedOutput(); err != nil {
		return fmt.Errorf("saslpasswd2: %w: %s", err, out)
	}
	uid, _ := strconv.Atoi(owner.Uid)
	return errors.Join(
		os.Chown(dir+"/etc/sasldb2", uid, -1),
		os.WriteFile(dir+"/etc/sasl/smtpd.conf", fmt.Appendf(nil, saslConfig, dir), 0o644),
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
smtpd_sasl_type = cyrus
smtpd_sasl_path = smtpd
`

const saslConfig = `pwcheck_method: auxprop
auxprop_plugin: sasldb
sasldb_path: %s/etc/sasldb2
mech_list: PLAIN LOGIN CRAM-MD5
`

const masterConfig = `postlog unix-dgram n - n - 1 postlogd
127.0.0.1:%s inet n - n - - smtpd -o smtpd_tls_security_level=encrypt
127.0.0.1:%s inet n - n - - smtpd -o smtpd_tls_wrappermode=yes
127.0.0.1:%s inet n - n - - smtpd -o smtpd_tls_security_level=encrypt -o smtpd_tls_auth_only=yes -o smtpd_sasl_auth_enable=yes -o smtpd_client_restrictions=permit_sasl_authenticated,reject
127.0.0.1:%s inet n - n - - smtpd -o smtpd_tls_security_level=none -o smtpd_sasl_auth_enable=yes -o smtpd_sasl_security_options=noanonymous,noplaintext -o smtpd_client_restrictions=permit_sasl_authenticated,reject
127.0.0.1:%s inet n - n - - smtpd -o smtpd_tls_security_level=none
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

// run starts it on ports that were free a moment ago.
func run(t testing.TB, dir string) (*Postfix, error) {
	var ports [5]any
	for i := range ports {
		port, err := freePort()
		if err != nil {
			return nil, err
		}
		ports[i] = port
	}
	if err := os.WriteFile(dir+"/etc/master.cf", fmt.Appendf(nil, masterConfig, ports[:]...), 0o644); err != nil {
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
	at := func(i int) string { return fmt.Sprint("localhost:", ports[i]) }
	p := &Postfix{Addr: at(0), Secure: at(1), SignIn: at(2), Hidden: at(3), Clear: at(4), t: t, dir: dir}
	if err := p.listens(ctx, c, fmt.Sprint("127.0.0.1:", ports[0])); err != nil {
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
