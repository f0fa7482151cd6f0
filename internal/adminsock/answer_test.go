package adminsock_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"os"
	"path/filepath"
	"testing"

	"github.com/sallyport-auth/sallyport/internal/adminsock"
)

// FuzzAnswer reads what a server says over the administrative socket: a command is
// done only where a line says that it is taken and a later one that it ended, and
// values are JSON.
func FuzzAnswer(f *testing.F) {
	if !adminsock.Supported {
		f.Skip("this system has no such sockets")
	}
	for _, s := range []string{
		`{"ready":true}` + "\n" + `{"value":{"id":"x"}}` + "\n" + `{"end":{"error":"","code":0}}` + "\n",
		`{"ready":true}` + "\n" + `{"end":{"error":"no such user","code":1}}` + "\n", `{"end":{"error":"busy","code":1}}` + "\n",
		`{"ready":true}` + "\n" + `{"value":1`, `{"ready":true}`, "null\n{}\n", "\n\n", "",
	} {
		f.Add([]byte(s))
	}
	dir, err := os.MkdirTemp("", "adminsock-")
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { os.RemoveAll(dir) })
	path := filepath.Join(dir, "s")
	l, err := net.Listen("unix", path)
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { l.Close() })
	f.Fuzz(func(t *testing.T, raw []byte) {
		said := make(chan struct{})
		go func() {
			defer close(said)
			if c, err := l.Accept(); err == nil {
				_, _ = c.Write(raw) // the call is judged by what it says
				_ = c.(*net.UnixConn).CloseWrite()
				_, _ = io.Copy(io.Discard, c)
				c.Close()
			}
		}()
		values := 0
		err := adminsock.Call(context.Background(), path, adminsock.Request{Command: "c"}, func(v json.RawMessage) error {
			if values++; len(v) > 0 && !json.Valid(v) {
				t.Errorf("got the value %q, which is no JSON", v)
			}
			return nil
		})
		<-said
		lines := bytes.Count(raw, []byte("\n")) + 1
		if err == nil && (lines < 2 || !bytes.Contains(raw, []byte("{"))) || values > lines {
			t.Errorf("got %d values and %v of %q", values, err, raw)
		}
	})
}
