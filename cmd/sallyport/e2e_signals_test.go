//go:build unix

package main_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
)

// discovery is a request that every server answers.
const discovery = "/.well-known/openid-configuration"

// serving is the line of a server that needs nothing else.
var serving = []string{"serve", "-listen", "127.0.0.1:0", "-store", "memory:"}

// wantServing wants an answer of it, and then a clean end.
func (p *process) wantServing(url string) {
	p.t.Helper()
	if code, _, err := newClient(p.t, url).send(http.MethodGet, discovery, nil); err != nil || code != http.StatusOK {
		p.t.Errorf("after it: got %d and error %v, want an answer", code, err)
	}
	p.signal(syscall.SIGTERM)
	equal(p.t, "exit code", p.exit(), 0)
}

// TestE2ESignalEnds: what is meant to end a command ends it cleanly.
func TestE2ESignalEnds(t *testing.T) {
	t.Parallel()
	for _, s := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT, syscall.SIGQUIT} {
		t.Run("serve/"+s.String(), func(t *testing.T) {
			p := spawn(t, serving...)
			p.ready()
			p.signal(s)
			equal(t, "exit code", p.exit(), 0)
			if said := p.err.String(); strings.Contains(said, "goroutine") {
				t.Errorf("it said %q", said)
			}
		})
	}
	for _, s := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT, syscall.SIGQUIT, syscall.SIGHUP} {
		t.Run("demo/"+s.String(), func(t *testing.T) {
			temp := t.TempDir()
			p := spawnIn(t, append(os.Environ(), "TMPDIR="+temp), "demo", "-listen", "127.0.0.1:0")
			eventually(t, "the demo", func() bool { return strings.Contains(p.out.String(), "/dev/outbox") })
			p.signal(s)
			equal(t, "exit code", p.exit(), 0)
			if left, err := os.ReadDir(temp); err != nil || len(left) > 0 {
				t.Errorf("left behind: %v, error %v, want nothing", left, err)
			}
		})
	}
}

// TestE2ESignalFinishes: what is under way is finished, and nothing new begun.
func TestE2ESignalFinishes(t *testing.T) {
	t.Parallel()
	for _, s := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT, syscall.SIGQUIT} {
		t.Run(s.String(), func(t *testing.T) {
			p := spawn(t, serving...)
			host := strings.TrimPrefix(p.ready(), "http://")
			conn, err := net.Dial("tcp", host)
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			r := bufio.NewReader(conn)
			body := tokenForm("VGAuthenticator", []string{"Username", "nobody", "Password", "x"}).Encode()
			say(t, conn, fmt.Sprintf("POST /connect/token HTTP/1.1\r\nHost: %s\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\nExpect: 100-continue\r\n\r\n", host, len(body)))
			wantAnswer(t, r, http.StatusContinue) // so it is under way
			p.signal(s)
			eventually(t, "the port to close", func() bool {
				c, err := net.Dial("tcp", host)
				if err == nil {
					c.Close()
				}
				return err != nil
			})
			say(t, conn, body)
			wantAnswer(t, r, http.StatusBadRequest) // an unknown client
			equal(t, "exit code", p.exit(), 0)
		})
	}
}

func say(t *testing.T, conn net.Conn, text string) {
	t.Helper()
	if _, err := io.WriteString(conn, text); err != nil {
		t.Fatal(err)
	}
}

// wantAnswer reads one answer.
func wantAnswer(t *testing.T, r *bufio.Reader, want int) {
	t.Helper()
	a, err := http.ReadResponse(r, nil)
	if err != nil {
		t.Fatalf("reading the answer: %v", err)
	}
	_, err = io.Copy(io.Discard, a.Body)
	if err != nil || a.StatusCode != want {
		t.Fatalf("got %d and error %v, want %d", a.StatusCode, err, want)
	}
}

// TestE2ESignalPassesOver: what is not meant for a server does nothing to it.
func TestE2ESignalPassesOver(t *testing.T) {
	t.Parallel()
	for _, s := range []syscall.Signal{
		syscall.SIGHUP, syscall.SIGPIPE, syscall.SIGUSR1, syscall.SIGUSR2, syscall.SIGTTIN, syscall.SIGTTOU,
		syscall.SIGWINCH, syscall.SIGALRM, syscall.SIGCONT,
	} {
		t.Run(s.String(), func(t *testing.T) {
			p := spawn(t, serving...)
			url := p.ready()
			p.signal(s)
			p.wantServing(url)
		})
	}
}

// TestE2ESignalHalts: a server that was halted answers, once it goes on, whoever
// came meanwhile.
func TestE2ESignalHalts(t *testing.T) {
	t.Parallel()
	for _, s := range []syscall.Signal{syscall.SIGTSTP, syscall.SIGSTOP} {
		t.Run(s.String(), func(t *testing.T) {
			p := spawn(t, serving...)
			url := p.ready()
			p.signal(s)
			conn, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			say(t, conn, "GET "+discovery+" HTTP/1.1\r\nHost: "+strings.TrimPrefix(url, "http://")+"\r\n\r\n")
			p.signal(syscall.SIGCONT)
			wantAnswer(t, bufio.NewReader(conn), http.StatusOK)
			p.wantServing(url)
		})
	}
}

// TestE2ESignalTwice: who has waited long enough for an end asks again, and has
// it at once.
func TestE2ESignalTwice(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.hold() // a call that would be waited for
	w.proc.signal(syscall.SIGTERM)
	eventually(t, "the end", func() bool {
		select {
		case <-w.proc.done:
			return true
		default:
			_ = w.proc.cmd.Process.Signal(syscall.SIGTERM) // it may just have ended
			return false
		}
	})
	status, ok := w.proc.cmd.ProcessState.Sys().(syscall.WaitStatus)
	if !ok || !status.Signaled() || status.Signal() != syscall.SIGTERM {
		t.Errorf("it ended by %v, want by the signal", w.proc.cmd.ProcessState)
	}
	w.start(t)
}

// TestE2ESignalAborts: a server that hangs can be asked what it does.
func TestE2ESignalAborts(t *testing.T) {
	t.Parallel()
	p := spawn(t, serving...)
	p.ready()
	p.signal(syscall.SIGABRT)
	equal(t, "exit code", p.exit(), 2)
	if said := p.err.String(); !strings.Contains(said, "goroutine ") {
		t.Errorf("it said %q, want what its goroutines do", said)
	}
}

// TestE2ESignalNohup: a demo that was started to outlive its terminal does.
func TestE2ESignalNohup(t *testing.T) {
	t.Parallel()
	p := spawnShell(t, `trap "" HUP; exec "$@"`, "demo", "-listen", "127.0.0.1:0", "-dir", t.TempDir())
	var url string
	eventually(t, "the demo", func() bool {
		_, after, ok := strings.Cut(p.out.String(), "http://")
		end := strings.IndexAny(after, "/ \n")
		if ok && end > 0 {
			url = "http://" + after[:end]
		}
		return ok && end > 0
	})
	p.signal(syscall.SIGHUP)
	p.wantServing(url)
}

// TestE2EOutputGone: a reader of stdout or stderr that is gone loses lines, and
// the server goes on.
func TestE2EOutputGone(t *testing.T) {
	t.Parallel()
	t.Run("stderr", func(t *testing.T) {
		read, write := pipe(t)
		read.Close()
		p := spawnWith(t, func(cmd *exec.Cmd) { cmd.Stderr = write }, serving...)
		url := p.ready()
		for range 3 {
			p.signal(syscall.SIGHUP) // which has it write a line
		}
		p.wantServing(url)
	})
	t.Run("stdout", func(t *testing.T) {
		read, write := pipe(t)
		read.Close()
		url := freeURL(t)
		p := spawnWith(t, func(cmd *exec.Cmd) { cmd.Stdout = write }, "serve", "-listen", strings.TrimPrefix(url, "http://"), "-store", "memory:")
		p.answers(url)
		p.wantServing(url)
	})
	t.Run("demo", func(t *testing.T) {
		read, write := pipe(t)
		read.Close()
		url := freeURL(t)
		p := spawnWith(t, func(cmd *exec.Cmd) { cmd.Stdout = write }, "demo", "-listen", strings.TrimPrefix(url, "http://"), "-dir", t.TempDir())
		p.answers(url)
		p.wantServing(url)
	})
	t.Run("stderr, halted", func(t *testing.T) {
		_, write := pipe(t)
		fill(t, write) // so that the next write to it waits for ever
		p := spawnWith(t, func(cmd *exec.Cmd) { cmd.Stderr = write }, serving...)
		url := p.ready()
		for range 3 {
			p.signal(syscall.SIGHUP)
		}
		p.wantServing(url)
	})
	t.Run("none from the start", func(t *testing.T) {
		// What is opened next must not be taken for them: the store would be
		// written over with log lines.
		url := freeURL(t)
		store := t.TempDir() + "/db"
		p := spawnShell(t, `exec "$@" <&- >&- 2>&-`, "serve", "-listen", strings.TrimPrefix(url, "http://"), "-store", "bolt:"+store, "-log-level", "debug")
		p.answers(url)
		p.signal(syscall.SIGHUP)
		p.wantServing(url)
		p = spawn(t, "doctor", "-store", "bolt:"+store)
		equal(t, "exit code of doctor", p.exit(), 0)
	})
}

func pipe(t *testing.T) (read, write *os.File) {
	t.Helper()
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		read.Close()
		write.Close()
	})
	return read, write
}

// fill writes to a pipe until it takes no more.
func fill(t *testing.T, f *os.File) {
	t.Helper()
	raw, err := f.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	if err := raw.Write(func(fd uintptr) bool {
		for {
			if _, err := syscall.Write(int(fd), make([]byte, 1<<10)); err != nil {
				return true // it would have to wait
			}
		}
	}); err != nil {
		t.Fatal(err)
	}
}

// freeURL is that of a port that was free a moment ago, for a server that can
// not say which one it has.
func freeURL(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return "http://" + l.Addr().String()
}

// answers waits until the server does.
func (p *process) answers(url string) {
	p.t.Helper()
	c := newClient(p.t, url)
	eventually(p.t, "an answer", func() bool {
		select {
		case <-p.done:
			p.t.Fatalf("ended with %d instead: %s", p.code, p.err.String())
		default:
		}
		_, _, err := c.send(http.MethodGet, discovery, nil)
		return err == nil
	})
}
