package main_test

import (
	"crypto/tls"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// proxied is a server whose users come through a proxy.
type proxied struct {
	*world
	dir      string
	upstream string // host:port of the server
	port     string // of the proxy
	accesses string // its log
}

// behind starts a server with the lines of docs/behind-a-proxy.md and, before it, a proxy
// that begin makes of the page. The client comes to the proxy from an address of its own.
func behind(t *testing.T, issuer string, begin func(*proxied, string) *exec.Cmd, flags ...string) *proxied {
	t.Helper()
	raw, err := os.ReadFile("../../docs/behind-a-proxy.md")
	if err != nil {
		t.Fatal(err)
	}
	line := block(t, string(raw), "sh", "sallyport serve ", "", "\\\n", "", "/var/lib/sallyport/db", filepath.Join(t.TempDir(), "db"),
		"users.json", directoryFile(t), "127.0.0.1:5000", "127.0.0.1:0", "https://id.example.com", issuer)
	p := &proxied{world: newWorldOn(t, append(strings.Fields(line), flags...)...), dir: t.TempDir(), port: freePort(t)}
	p.upstream = strings.TrimPrefix(p.base, "http://")
	cert, key, pool := certificate(t)
	for from, name := range map[string]string{cert: "cert.pem", key: "key.pem"} {
		if err := os.Rename(from, filepath.Join(p.dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	cmd := begin(p, string(raw))
	said := &text{}
	cmd.Stdout, cmd.Stderr, cmd.Dir = said, said, p.dir
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill() // it may have ended
		_ = cmd.Wait()
	})
	from := &net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 9)}}
	p.base = "https://127.0.0.1:" + p.port
	p.http.Transport = forging{&http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}, DialContext: from.DialContext}}
	t.Cleanup(p.http.CloseIdleConnections)
	eventually(t, "the proxy: "+said.String(), func() bool {
		c, err := net.Dial("tcp", "127.0.0.1:"+p.port)
		if err == nil {
			c.Close()
		}
		return err == nil
	})
	return p
}

// forging says in each call that it comes from elsewhere and was meant for elsewhere.
type forging struct{ *http.Transport }

func (f forging) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	for _, name := range []string{"X-Forwarded-For", "X-Real-IP"} {
		r.Header.Set(name, "192.0.2.66")
	}
	r.Header.Set("X-Forwarded-Host", "evil.example")
	r.Header.Set("X-Forwarded-Proto", "http")
	return f.Transport.RoundTrip(r)
}

// block is the only block of a language in a page, with what stands there and what it stands for.
func block(t *testing.T, page, language string, fill ...string) string {
	t.Helper()
	found := regexp.MustCompile("(?s)```"+language+"\n(.*?)```").FindAllStringSubmatch(page, -1)
	if len(found) != 1 {
		t.Fatalf("got %d blocks of %s, want one", len(found), language)
	}
	lines := found[0][1]
	for i := 0; i < len(fill); i += 2 {
		if !strings.Contains(lines, fill[i]) {
			t.Fatalf("the page has no %q any more:\n%s", fill[i], lines)
		}
		lines = strings.ReplaceAll(lines, fill[i], fill[i+1])
	}
	return lines
}

// nginx is one with the configuration of the page, below a location.
func nginx(location, strip string) func(*proxied, string) *exec.Cmd {
	return func(p *proxied, page string) *exec.Cmd {
		p.accesses = filepath.Join(p.dir, "access.log")
		server := block(p.t, page, "nginx", "listen 443 ssl;", "listen 127.0.0.1:"+p.port+" ssl;",
			"/etc/ssl/id.example.com.pem", p.dir+"/cert.pem", "/etc/ssl/id.example.com.key", p.dir+"/key.pem",
			"/var/log/nginx/id.access.log", p.accesses, "/var/log/nginx/id.error.log", p.dir+"/error.log",
			"location / {", "location "+location+" {", "http://127.0.0.1:5000;", "http://"+p.upstream+strip+";")
		var temporary strings.Builder
		for _, kind := range []string{"client_body", "proxy", "fastcgi", "uwsgi", "scgi"} {
			fmt.Fprintf(&temporary, "%s_temp_path %s/%s;\n", kind, p.dir, kind)
		}
		config := write(p.t, filepath.Join(p.dir, "nginx.conf"), "daemon off;\nmaster_process off;\npid "+p.dir+"/pid;\nevents {}\nhttp {\n"+temporary.String()+server+"}\n")
		return exec.Command(foundTool(p.t, "nginx"), "-p", p.dir, "-e", p.dir+"/error.log", "-c", config)
	}
}

// caddy is one with the configuration of the page.
func caddy(p *proxied, page string) *exec.Cmd {
	site := block(p.t, page, "caddyfile", "id.example.com {", "https://127.0.0.1:"+p.port+" {\n\ttls cert.pem key.pem", "127.0.0.1:5000", p.upstream)
	config := write(p.t, filepath.Join(p.dir, "Caddyfile"), "{\n\tadmin off\n\tauto_https disable_redirects\n}\n"+site)
	cmd := exec.Command(foundTool(p.t, "caddy"), "run", "--config", config, "--adapter", "caddyfile")
	cmd.Env = append(os.Environ(), "HOME="+p.dir, "XDG_DATA_HOME="+p.dir, "XDG_CONFIG_HOME="+p.dir)
	return cmd
}

// foundTool is the path of a program that may stand in /usr/sbin, which is on no user's path.
func foundTool(t *testing.T, name string) string {
	t.Helper()
	if path, err := exec.LookPath(name); err == nil {
		return path
	}
	if path := "/usr/sbin/" + name; exec.Command(path, "-v").Run() == nil {
		return path
	}
	needTools(t, name)
	return ""
}

// TestE2EProxyPage logs in through the proxies of docs/behind-a-proxy.md, by a link while its
// call is held.
func TestE2EProxyPage(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, issuer, prefix string
		begin                func(*proxied, string) *exec.Cmd
		flags                []string
	}{
		{"nginx", "https://localhost", "", nginx("/", ""), nil},
		{"nginx, below a path", "https://localhost/auth", "/auth", nginx("/auth/", ""), nil},
		{"nginx, which strips the path", "https://localhost/auth", "/auth", nginx("/auth/", "/"), []string{"-base-path", ""}},
		{"caddy", "https://localhost", "", caddy, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := behind(t, tt.issuer, tt.begin, tt.flags...)
			p.base += tt.prefix
			code, body := p.get("/.well-known/openid-configuration")
			if code != http.StatusOK || !strings.Contains(body, `"issuer":"`+tt.issuer+`"`) {
				t.Errorf("discovery: got %d, %s", code, body)
			}
			if code, body := p.get("/connect/userinfo", "Authorization", "Bearer "+strings.Repeat("a", 20<<10)); code != http.StatusUnauthorized {
				t.Errorf("a token of 20 KiB: got %d, %s", code, body)
			}
			_, _, link, held := p.hold()
			path := link[strings.Index(link, "/mfa/link/"):]
			if _, page := p.get(path); !strings.Contains(page, "127.0.0.9") || strings.Contains(page, "192.0.2.66") {
				t.Errorf("the page of the link does not say where the login came from: %s", page)
			}
			p.approve(link)
			o := p.ended(held)
			if o.err != nil {
				t.Fatal(o.err)
			}
			p.want(o.answer, success)
			if p.accesses != "" {
				p.holdsNoKey(path)
			}
		})
	}
}

// holdsNoKey wants the log of the proxy to name the pages of links, and no link.
func (p *proxied) holdsNoKey(path string) {
	p.t.Helper()
	raw, err := os.ReadFile(p.accesses)
	if err != nil {
		p.t.Fatal(err)
	}
	if log := string(raw); !strings.Contains(log, " GET "+strings.TrimPrefix(p.base, "https://127.0.0.1:"+p.port)+"/mfa/link/ 200 ") || strings.Contains(log, path) {
		p.t.Errorf("the log of the proxy: %s", log)
	}
}

// freePort is a port that nothing listens on. It lies below those that the system hands out
// to whoever asks for any, as all other tests do, so none of them takes it.
func freePort(t *testing.T) string {
	t.Helper()
	for range 100 {
		port := fmt.Sprint(20000 + rand.IntN(10000))
		if ln, err := net.Listen("tcp", "localhost:"+port); err == nil {
			ln.Close()
			return port
		}
	}
	t.Fatal("found no port that is free")
	return ""
}
