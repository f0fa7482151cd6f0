package main_test

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sallyport-auth/sallyport/internal/pgtest"
)

// newCluster starts two nodes on one database. The first makes the keys and
// applies the directory.
func newCluster(t *testing.T) (a, b *world) {
	t.Helper()
	store := []string{"-store", pgtest.URL(t), "-key-file", filepath.Join(t.TempDir(), "keys")}
	return newWorldOn(t, store...), newWorldOn(t, store...)
}

func TestE2EPostgres(t *testing.T) {
	needTools(t, "zbarimg", "oathtool")
	t.Parallel()
	journey(t, newWorldOn(t, "-store", pgtest.URL(t), "-key-file", filepath.Join(t.TempDir(), "keys")))
}

// Each call of a login comes to another node, and each node dies in between.
func TestE2EPostgresNodes(t *testing.T) {
	t.Parallel()
	a, b := newCluster(t)
	r := a.want(a.password("tt29", "correct horse"), factorWanted)
	option := r.option(t, "Email OTP")
	b.want(b.choose(r.id(), option), waiting)
	code := b.mailed("otp").Code
	b.crash()
	done := a.want(a.answer(r.id(), option, code), success)
	a.crash()
	b.want(b.answer(r.id(), option, code), requestDead)
	b.verify(done.AccessToken, "tt29")
	again := b.refresh(done.RefreshToken)
	equal(t, "refreshing at the other node", again.code, http.StatusOK)
	a.verify(again.AccessToken, "tt29")
}

// A call is held at one node and its link approved at the other.
func TestE2EPostgresLink(t *testing.T) {
	t.Parallel()
	a, b := newCluster(t)
	_, _, link, held := a.hold()
	b.approve(link)
	o := a.ended(held)
	if o.err != nil {
		t.Fatal(o.err)
	}
	b.verify(a.want(o.answer, success).AccessToken, "tt29")
}

// Of nodes that start at once on an empty database, each with a key file of its
// own to make, one serves, and no other leaves keys that open nothing.
func TestE2EPostgresKeys(t *testing.T) {
	t.Parallel()
	url, dir := pgtest.URL(t), t.TempDir()
	var nodes []*process
	for _, keys := range []string{"0", "1", "2", "3"} {
		nodes = append(nodes, spawn(t, "serve", "-listen", "127.0.0.1:0", "-store", url, "-key-file", filepath.Join(dir, keys)))
	}
	serving := func() (n int) {
		for _, p := range nodes {
			if readyURL(p.out.String()) != "" {
				n++
			}
		}
		return n
	}
	eventually(t, "all but one to end", func() bool {
		ended := 0
		for _, p := range nodes {
			select {
			case <-p.done:
				ended++
			default:
			}
		}
		return ended == len(nodes)-1 && serving() == 1
	})
	files, err := os.ReadDir(dir)
	if err != nil || len(files) != 1 {
		t.Errorf("key files: got %v, %v, want one", files, err)
	}
	for _, p := range nodes {
		if readyURL(p.out.String()) == "" {
			wantRefused(t, p, "-key-file")
		}
	}
	wantRefused(t, spawn(t, "serve", "-listen", "127.0.0.1:0", "-store", url, "-key-file", filepath.Join(dir, "new")), "-key-file", "not empty")
}

// A login and its refresh through PgBouncer as it comes, one node in each mode.
func TestE2EPooler(t *testing.T) {
	t.Parallel()
	for _, mode := range []string{"session", "transaction"} {
		t.Run(mode, func(t *testing.T) {
			_, pooled := pgtest.PooledURL(t, mode)
			w := newWorldOn(t, "-store", pooled, "-key-file", filepath.Join(t.TempDir(), "keys"))
			done := w.mailedLogin()
			w.crash()
			equal(t, "refreshing", w.refresh(done.RefreshToken).code, http.StatusOK)
		})
	}
}

// The URL of the store, which may hold a password, comes from a file.
func TestE2EPostgresApply(t *testing.T) {
	t.Parallel()
	url := strings.Replace(pgtest.URL(t), "postgres:///", "postgres://postgres:hidden@/", 1)
	config, err := json.Marshal(map[string]string{"store": url, "key-file": filepath.Join(t.TempDir(), "keys"), "directory": directoryFile(t)})
	if err != nil {
		t.Fatal(err)
	}
	path := write(t, filepath.Join(t.TempDir(), "config"), string(config))
	for _, want := range []string{"created  user         tt29\n", "kept     user         tt29\n"} {
		p := spawn(t, "apply", "-config", path)
		equal(t, "exit code", p.exit(), 0)
		if got := p.out.String(); !strings.Contains(got, want) {
			t.Errorf("got:\n%s%s\nwant a line %q", got, p.err.String(), want)
		}
	}
}
