package main_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	command "github.com/sallyport-auth/sallyport/cmd/sallyport"
)

// run executes a command line in this process.
func run(t *testing.T, stdin string, args ...string) (code int, out, err string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience) // a server that should not have begun
	defer cancel()
	var o, e strings.Builder
	code = command.Run(ctx, args, strings.NewReader(stdin), &o, &e)
	return code, o.String(), e.String()
}

func TestRefusals(t *testing.T) {
	dir := t.TempDir()
	config := func(name, content string) string { return write(t, filepath.Join(dir, name), content) }
	outbox := filepath.Join(dir, "outbox")
	tests := []struct {
		name string
		args string // split at blanks
		want string
	}{
		{"an unknown command", "server", `unknown command "server"`},
		{"an unknown flag", "serve -quiet", "-quiet"},
		{"a flag without its value", "serve -store", "-store"},
		{"no duration", "client rotate-secret -client c -overlap 1d", `value "1d" for flag -overlap: parse error: want a duration such as 24h`},
		{"no number", "serve -max-connections many", `"many" for flag -max-connections: parse error: want a whole number`},
		{"no switch", "key rotate -now=perhaps", `"perhaps" for -now: parse error: want true or false`},
		{"an argument", "serve -store memory: now", "unexpected argument: all values"},
		{"no store", "serve", "-store is required"},
		{"signing keys that follow too fast", "serve -store memory: -signing-key-every 1h", "-signing-key-every, -signing-key-propagation, -signing-key-bits: Every is 1h0m0s"},
		{"signing keys of no size on offer", "serve -store memory: -signing-key-bits 4096", "Bits is 4096"},
		{"a store without a scheme", "serve -store users.db", "-store: want memory:, bolt:PATH or postgres://"},
		{"bolt without a path", "serve -store bolt:", "-store: want memory:, bolt:PATH or postgres://"},
		{"PostgreSQL with a password", "serve -store postgres://u:hidden@localhost/db", "-store: a URL with a password"},
		{"PostgreSQL with a password in a parameter", "serve -store postgresql://localhost/db?password=hidden", "-store: a URL with a password"},
		{"PostgreSQL with a password that breaks the URL", "serve -store postgres://u:hidden%zz@localhost/db", "-store: not a URL"},
		{"PostgreSQL without a key file", "serve -store postgres://u@localhost/db -listen 127.0.0.1:0", "-key-file is required"},
		{"PostgreSQL elsewhere without TLS", "serve -store postgres://u@db.example.com/x -key-file k -listen 127.0.0.1:0", "sslmode=verify-full"},
		{"PostgreSQL elsewhere, with a password from a file", "serve -config " + config("k", `{"store": "postgres://u:hidden@db.example.com/x", "key-file": "k", "listen": "127.0.0.1:0"}`), "sslmode=verify-full"},
		{"PostgreSQL that is not there", "serve -store postgres://u@127.0.0.1:1/db -key-file k -listen 127.0.0.1:0", "-store: pgstore: opening"},
		{"keys for memory", "serve -store memory: -key-file k -listen 127.0.0.1:0", "-key-file"},
		{"a socket in a folder of others", "serve -store memory: -listen 127.0.0.1:0 -log-level error -admin-socket " + config("open", "") + "/s", "-admin-socket: "},
		{"an address without a port", "serve -store memory: -listen localhost", "-listen"},
		{"a certificate alone", "serve -store memory: -tls-cert c", "-tls-cert and -tls-key go together"},
		{"a public address without an issuer", "serve -store memory: -listen 192.0.2.1:0", "-issuer is required"},
		{"all addresses without an issuer", "serve -store memory: -listen :0 -tls-cert c -tls-key k", "-issuer is required"},
		{"a public issuer without TLS", "serve -store memory: -listen 127.0.0.1:0 -issuer http://id.example.com", "https"},
		{"an outbox on a public address", "serve -store memory: -listen 0.0.0.0:0 -issuer http://localhost -outbox " + outbox, "-outbox"},
		{"an outbox under a public name", "serve -store memory: -listen 127.0.0.1:0 -issuer https://id.example.com -outbox " + outbox, "-outbox"},
		{"a false clock on a public address", "serve -store memory: -listen 0.0.0.0:0 -issuer http://localhost -insecure-clock f", "-insecure-clock"},
		{"a false clock under a public name", "serve -store memory: -listen 127.0.0.1:0 -issuer https://id.example.com -insecure-clock f", "-insecure-clock"},
		{"a label that apps would split", "serve -store memory: -label a:b", "-label"},
		{"a base path that the issuer does not have", "serve -store memory: -listen 127.0.0.1:0 -base-path /auth", "-base-path"},
		{"a base path in the middle", "serve -store memory: -listen 127.0.0.1:0 -issuer http://localhost/a/b -base-path /a", "-base-path"},
		{"a base path that ends in a slash", "serve -store memory: -listen 127.0.0.1:0 -issuer http://localhost/a -base-path /a/", "-base-path"},
		{"no list of published passwords", "serve -store memory: -listen 127.0.0.1:0 -breached /no/such/file", "-breached: "},
		{"another file as that list", "serve -store memory: -listen 127.0.0.1:0 -breached run_test.go", "-breached: "},
		{"an audience that is too long", "serve -store memory: -listen 127.0.0.1:0 -audience " + strings.Repeat("a", 257), "StaticAudience"},
		{"networks that are none", "serve -store memory: -trusted-proxies 10.0.0.0/8,proxy", `-trusted-proxies: "proxy"`},
		{"a level that is none", "serve -store memory: -log-level loud", "-log-level"},
		{"a format that is none", "serve -store memory: -log-format xml", "-log-format"},
		{"no config file", "serve -config " + dir + "/none", "-config"},
		{"a config file of something else", "serve -config " + config("a", "listen = x"), "not JSON"},
		{"a config file of a list", "serve -config " + config("b", "[]"), "want one JSON object"},
		{"an unknown setting", "serve -config " + config("c", `{"store": "memory:", "lsiten": "x"}`), "lsiten: unknown setting"},
		{"a config file that names another", "serve -config " + config("d", `{"config": "d"}`), "config: unknown setting"},
		{"a setting of the wrong type", "serve -config " + config("e", `{"listen": 5000}`), "listen: want a string"},
		{"a setting twice", "serve -config " + config("f", `{"listen": "x", "listen": "y"}`), "listen: stands twice"},
		{"a byte order mark before an unknown setting", "serve -config " + config("bom", "\ufeff"+`{"store": "memory:", "lsiten": "x"}`), "lsiten: unknown setting"},
		{"a config file in UTF-16", "serve -config " + config("utf16", "\xff\xfe{\x00}\x00"), "in UTF-16"},
		{"a config file in Latin-1", "serve -config " + config("latin1", "{\"store\": \"bolt:caf\xe9\"}"), "not UTF-8"},
		{"more than one object", "serve -config " + config("h", `{}{}`), "something follows"},
		{"a config file cut short", "serve -config " + config("i", `{"listen": "x"`), "want one JSON object"},
		{"apply without a directory", "apply -store memory:", "-directory is required"},
		{"apply without a store", "apply -directory f", "-store is required, or -admin-socket of a server"},
		{"apply without a directory for a server", "apply -admin-socket /none/admin", "-directory is required"},
		{"apply to PostgreSQL without a key file", "apply -store postgresql://h -directory " + config("j", "{}"), "-key-file is required"},
		{"apply with a password", "apply -store postgresql://u:hidden@h -directory x", "-store: a URL with a password"},
		{"apply with a password from a file", "apply -key-file k -config " + config("l", `{"store": "postgres://u:hidden@h/x", "directory": "`+config("m", "{}")+`"}`), "sslmode=verify-full"},
		{"user without a verb", "user", "sallyport user list|show|budgets|add|set|password|unlock|reset-mfa|invite|remove-mfa|end-sessions|delete"},
		{"an unknown verb of user", "user forget", "sallyport user list|"},
		{"an unknown verb of role", "role forget", "sallyport role list|add|delete"},
		{"user without a store", "user list", "-store is required, or -admin-socket of a server"},
		{"user with a store in memory", "user list -store memory:", "-store: want bolt:PATH or postgres"},
		{"user with a store that is not there", "user list -store bolt:" + dir + "/absent", `no such file or directory: there is no store: name the file of one, or make one by "sallyport serve" or "sallyport apply"`},
		{"user with a password of a database", "user list -store postgres://u:hidden@h", "-store: a URL with a password"},
		{"a socket beside PostgreSQL", "user list -store postgres://u@h -admin-socket s", "-admin-socket: PostgreSQL is always reached by itself"},
		{"a socket beside memory", "user list -store memory: -admin-socket s", "-admin-socket: want it with bolt:PATH"},
		{"a socket of nobody", "user list -admin-socket " + dir + "/nobody", "no server answers there: start the server, or name the store by -store"},
		{"an actor without a name", "user list -store bolt:x -actor=", "-actor: the trail wants a name"},
		{"an actor on two lines", "user list -store bolt:x -actor a\u0080b", "-actor: longer than 200"},
		{"a reason that is too long", "user list -store bolt:x -reason " + strings.Repeat("r", 201), "-reason: longer than 200 characters"},
		{"show without an account", "user show -store bolt:x", "want -id or -name"},
		{"show with two", "user show -store bolt:x -id x -name y", "want -id or -name"},
		{"a name for an id", "user unlock -store bolt:x -id bob", `-id: "bob" is no id; "sallyport user show -name NAME" prints it`},
		{"no id", "user delete -store bolt:x", `-id is required; "sallyport user show -name NAME" prints it`},
		{"a name where an id alone will do", "user delete -store bolt:x -name bob", "-name"},
		{"an id to go on after that is none", "user list -store bolt:x -after bob", `-after: "bob" is no id`},
		{"add without a name", "user add -store bolt:x", "-name is required"},
		{"a password on the command line", "user add -store bolt:x -name bob -password hidden", "-password"},
		{"a password as an argument", "user password -store bolt:x -id 7b1d3c1e-0000-4000-8000-000000000000 hidden", "unexpected argument"},
		{"a password that is empty", "user password -store bolt:x -id 7b1d3c1e-0000-4000-8000-000000000000", "-password-file: there is no password in it"},
		{"a password that is not UTF-8", "user password -store bolt:x -id 7b1d3c1e-0000-4000-8000-000000000000 -password-file " + config("pw1", "hidden\xff"), "-password-file: "},
		{"a password file that is not there", "user password -store bolt:x -id 7b1d3c1e-0000-4000-8000-000000000000 -password-file " + dir + "/none", "-password-file: open"},
		{"a password that is made and stays", "user password -store bolt:x -id 7b1d3c1e-0000-4000-8000-000000000000 -generate -keep", "-keep: a password that -generate prints has to be changed"},
		{"a password twice", "user password -store bolt:x -id 7b1d3c1e-0000-4000-8000-000000000000 -generate -password-file f", "-generate makes the password"},
		{"set without a change", "user set -store bolt:x -id 7b1d3c1e-0000-4000-8000-000000000000", "name what is to change"},
		{"set of a second factor", "user set -store bolt:x -mfa true", "by the directory file"},
		{"a time that is none", "user set -store bolt:x -end tomorrow", "want a time such as 2030-01-31T00:00:00Z"},
		{"a truth that is none", "user set -store bolt:x -disabled=maybe", "want true or false"},
		{"an attribute that is none", "user set -store bolt:x -attributes Paris", "want NAME=VALUE"},
		{"a role without a name", "role add -store bolt:x", "-name is required"},
		{"no role to delete", "role delete -store bolt:x", `-name is required; "sallyport role list" prints the names`},
		{"end-sessions of nobody", "end-sessions -store bolt:x", "-all is required"},
		{"end-sessions of all but", "end-sessions -store bolt:x -all=false", "-all is required"},
		{"end-sessions without a store", "end-sessions -all", "-store is required, or -admin-socket of a server"},
		{"a client's sessions, of none", "client end-sessions -store bolt:x", "-client is required"},
		{"doctor without a store", "doctor", "-store: want bolt:PATH"},
		{"doctor of memory", "doctor -store memory:", "-store: want bolt:PATH"},
		{"a public demo", "demo -listen 0.0.0.0:0", "loopback"},
		{"code with an argument", "code hidden", "unexpected argument"},
		{"a URL behind no flag", "doctor postgres://u:hidden@h/x", "unexpected argument"},
		{"version with an argument", "version now", "unexpected argument"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			code, out, said := run(t, "", strings.Fields(tt.args)...)
			equal(t, "exit code", code, 2)
			equal(t, "standard output", out, "")
			if !strings.Contains(said, tt.want) || strings.Count(said, "\n") != 1 || strings.Contains(said, "hidden") {
				t.Errorf("got %q, want one line with %q", said, tt.want)
			}
		})
	}
	if _, err := os.Stat(outbox); err == nil {
		t.Error("an outbox was made by a command that did not begin")
	}
}

func TestHelp(t *testing.T) {
	for _, tt := range []struct{ args, want string }{
		{"", "sallyport <command>"}, {"help", "demo"}, {"-h", "demo"}, {"--help", "demo"},
		{"serve -h", "-trusted-proxies"}, {"apply -help", "-prune"}, {"demo -h", "-dir"}, {"code -h", "sallyport code"}, {"doctor -h", "-json"}, {"breached build -h", "-plain"}, {"breached check -h", "-filter"}, {"key retire -h", "key retire [flags] KID…"},
		{"import -h", "required, or -admin-socket"}, {"inspect -h", "without a password; required\n"}, {"user -h", "end-sessions"}, {"client -h", "end-sessions"}, {"end-sessions -h", "required"}, {"role --help", "delete"}, {"user add -h", "-first-name"}, {"user password -h", "-generate"}, {"role add -h", "-permissions"},
		{"version", "sallyport "}, {"--version", "sallyport "},
	} {
		t.Run(tt.args, func(t *testing.T) {
			code, out, said := run(t, "", strings.Fields(tt.args)...)
			equal(t, "exit code", code, 0)
			equal(t, "standard error", said, "")
			if !strings.Contains(out, tt.want) {
				t.Errorf("got %q, want something with %q", out, tt.want)
			}
		})
	}
}

func TestCode(t *testing.T) {
	const key = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
	code, spaced, _ := run(t, "\ufeffjbsw y3dp ehpk 3pxp\njbsw y3dp ehpk 3pxp\n", "code")
	equal(t, "exit code", code, 0)
	_, whole, _ := run(t, key, "code")
	_, again, _ := run(t, key, "code") // in case a step began in between
	if len(spaced) != 7 || spaced != whole && spaced != again && whole == again {
		t.Errorf("got %q for the key in groups, %q for the key", spaced, whole)
	}
	for _, wrong := range []string{"", "hello!", "JBSWY3DP"} {
		code, out, said := run(t, wrong, "code")
		equal(t, "exit code", code, 2)
		equal(t, "standard output", out, "")
		if wrong != "" && strings.Contains(said, wrong) {
			t.Errorf("the key was printed: %q", said)
		}
	}
}

func TestShellLine(t *testing.T) {
	for _, tt := range []struct {
		words []string
		want  string
	}{
		{[]string{"go", "run", "./cmd/sallyport"}, "go run ./cmd/sallyport"},
		{[]string{"/tmp/a b/sallyport"}, "'/tmp/a b/sallyport'"},
		{[]string{"it's", ""}, `'it'\''s' ''`},
	} {
		equal(t, "line", command.ShellLine(tt.words...), tt.want)
	}
}

// running is a server in this process.
type running struct {
	*client
	out, err text
	stop     func() int
}

func serve(t *testing.T, args ...string) *running {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	r := &running{}
	code := make(chan int, 1)
	go func() {
		code <- command.Run(ctx, append([]string{"serve"}, args...), strings.NewReader(""), &r.out, &r.err)
	}()
	ended := false
	r.stop = func() int {
		cancel()
		ended = true
		return <-code
	}
	t.Cleanup(func() {
		if !ended {
			r.stop()
		}
	})
	eventually(t, "the ready line", func() bool {
		select {
		case c := <-code:
			ended = true
			t.Fatalf("ended with %d instead: %s", c, r.err.String())
		default:
		}
		return readyURL(r.out.String()) != ""
	})
	r.client = newClient(t, readyURL(r.out.String()))
	return r
}
