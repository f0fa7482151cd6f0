//go:build unix

package main_test

import (
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
)

// TestE2ESlowCallers: twice as many connections as there may be files, of which
// each sends half a request and no more, keep nobody out.
func TestE2ESlowCallers(t *testing.T) {
	t.Parallel()
	p := spawnShell(t, `ulimit -n 300 && exec "$@"`, "serve", "-listen", "127.0.0.1:0", "-store", "memory:", "-directory", directoryFile(t), "-outbox", t.TempDir()+"/outbox")
	url := p.ready()
	slow := func(n int, text string) {
		t.Helper()
		for range n {
			c, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { c.Close() })
			io.WriteString(c, text) // it may be closed by then, for the next
		}
	}
	login := func(when string) {
		t.Helper()
		c := newClient(t, url)
		c.http.Transport = &http.Transport{DisableKeepAlives: true}
		for range 5 {
			c.want(c.password("tt29", "correct horse"), factorWanted)
		}
		if t.Failed() {
			t.Fatalf("%s: it said %s", when, p.err.String())
		}
	}
	login("before")
	slow(300, "POST /connect/token HTTP/1.1\r\nHost: 127.0.0.1\r\n")
	slow(150, "POST /connect/token HTTP/1.1\r\nHost: "+strings.TrimPrefix(url, "http://")+"\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 1000\r\n\r\ngrant_type=")
	login("among 450 slow ones")
	slow(150, "")
	login("among 600 slow ones")
	if said := p.err.String(); strings.Contains(said, "too many open files") || !strings.Contains(said, "as many connections as there may be") {
		t.Errorf("it said %q, want a line about the bound and none about files", said)
	}
}

// TestE2EConnectionsFlag: what the system does not give is not promised.
func TestE2EConnectionsFlag(t *testing.T) {
	t.Parallel()
	limited := func(args ...string) *process {
		return spawnShell(t, `ulimit -n 300 && exec "$@"`, append([]string{"serve", "-listen", "127.0.0.1:0", "-store", "memory:"}, args...)...)
	}
	wantRefused(t, limited("-max-connections", "237"), "-max-connections", "300 files", "236 connections at most", "ulimit -n")
	wantRefused(t, limited("-max-connections", "-1"), "-max-connections", "above 0")
	limited("-max-connections", "236").ready()
	config := write(t, t.TempDir()+"/config", `{"max-connections": 236}`)
	limited("-config", config).ready()
}
