package sallyporttest_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/sallyporttest"
)

// users is a sound table of a host's own: a map, and rows that are copied.
type users struct {
	mu   sync.Mutex
	rows []sallyport.Account
}

var _ sallyport.PasswordWriter = (*users)(nil)

func (u *users) add(a sallyport.Account) string {
	u.mu.Lock()
	defer u.mu.Unlock()
	a.ID, a.Since = strconv.Itoa(len(u.rows)+1), time.Date(2026, 1, 2, 3, 4, 5, len(u.rows), time.UTC)
	u.rows = append(u.rows, a)
	return a.ID
}

func (u *users) find(ctx context.Context, is func(sallyport.Account) bool) (*sallyport.Account, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	if i := slices.IndexFunc(u.rows, is); i >= 0 {
		a := u.rows[i]
		return &a, nil
	}
	return nil, nil
}

func (u *users) ByName(ctx context.Context, name string) (*sallyport.Account, error) {
	return u.find(ctx, func(a sallyport.Account) bool { return strings.EqualFold(a.Name, name) })
}

func (u *users) ByID(ctx context.Context, id string) (*sallyport.Account, error) {
	return u.find(ctx, func(a sallyport.Account) bool { return a.ID == id })
}

func (u *users) SetPassword(_ context.Context, id, newHash, oldHash string) error {
	u.mu.Lock()
	defer u.mu.Unlock()
	i := slices.IndexFunc(u.rows, func(a sallyport.Account) bool { return a.ID == id && a.PasswordHash == oldHash })
	if i < 0 {
		return errors.New("no such row")
	}
	u.rows[i].PasswordHash, u.rows[i].MustChangePassword = newHash, false
	return nil
}

// reader is the part of users that takes no passwords.
type reader struct{ sallyport.Accounts }

func TestAccountsKit(t *testing.T) {
	sallyporttest.TestAccounts(t, func(*testing.T) (sallyport.Accounts, func(sallyport.Account) string) {
		u := &users{}
		return u, u.add
	})
}

// TestAccountsKitReader: what takes no passwords is sound too.
func TestAccountsKitReader(t *testing.T) {
	sallyporttest.TestAccounts(t, func(*testing.T) (sallyport.Accounts, func(sallyport.Account) string) {
		u := &users{}
		return reader{u}, u.add
	})
}

// bent is users with answers that a wrong implementation might give.
type bent struct {
	*users
	byName func(ctx context.Context, u *users, name string) (*sallyport.Account, error)
	byID   func(ctx context.Context, u *users, id string) (*sallyport.Account, error)
	set    func(ctx context.Context, u *users, id, newHash, oldHash string) error
}

func (b *bent) ByName(ctx context.Context, name string) (*sallyport.Account, error) {
	if b.byName == nil {
		return b.users.ByName(ctx, name)
	}
	return b.byName(ctx, b.users, name)
}

func (b *bent) ByID(ctx context.Context, id string) (*sallyport.Account, error) {
	if b.byID == nil {
		return b.users.ByID(ctx, id)
	}
	return b.byID(ctx, b.users, id)
}

func (b *bent) SetPassword(ctx context.Context, id, newHash, oldHash string) error {
	if b.set == nil {
		return b.users.SetPassword(ctx, id, newHash, oldHash)
	}
	return b.set(ctx, b.users, id, newHash, oldHash)
}

// changed is ByName with a change of what was found.
func changed(change func(*sallyport.Account)) func(context.Context, *users, string) (*sallyport.Account, error) {
	return func(ctx context.Context, u *users, name string) (*sallyport.Account, error) {
		a, err := u.ByName(ctx, name)
		if a != nil {
			change(a)
		}
		return a, err
	}
}

// force writes a hash whatever the old one was.
func (u *users) force(id, hash string) error {
	u.mu.Lock()
	defer u.mu.Unlock()
	for i := range u.rows {
		if u.rows[i].ID == id {
			u.rows[i].PasswordHash = hash
			return nil
		}
	}
	return errors.New("no such row")
}

// bents are wrong implementations, and the checks that must find each.
var bents = []struct {
	name   string
	caught []string
	make   func(u *users) *bent
}{
	{"finds nobody", []string{"Known", "Engine"}, func(u *users) *bent {
		return &bent{users: u, byName: func(context.Context, *users, string) (*sallyport.Account, error) { return nil, nil }}
	}},
	{"errors for nobody", []string{"Unknown"}, func(u *users) *bent {
		return &bent{users: u, byName: func(ctx context.Context, u *users, name string) (*sallyport.Account, error) {
			if a, err := u.ByName(ctx, name); a != nil || err != nil {
				return a, err
			}
			return nil, errors.New("no rows")
		}}
	}},
	{"unapproved", []string{"Known", "Engine"}, func(u *users) *bent {
		return &bent{users: u, byName: changed(func(a *sallyport.Account) { a.Unapproved = true }), byID: func(ctx context.Context, u *users, id string) (*sallyport.Account, error) {
			a, err := u.ByID(ctx, id)
			if a != nil {
				a.Unapproved = true
			}
			return a, err
		}}
	}},
	{"cuts the hash", []string{"Known", "Engine"}, func(u *users) *bent {
		return &bent{users: u, byName: changed(func(a *sallyport.Account) { a.PasswordHash = a.PasswordHash[:20] })}
	}},
	{"finds by the beginning", []string{"Unknown"}, func(u *users) *bent {
		return &bent{users: u, byName: func(ctx context.Context, u *users, name string) (*sallyport.Account, error) {
			return u.find(ctx, func(a sallyport.Account) bool { return strings.HasPrefix(name, a.Name) })
		}}
	}},
	{"compares as LIKE does", []string{"Unknown"}, func(u *users) *bent {
		return &bent{users: u, byName: func(ctx context.Context, u *users, name string) (*sallyport.Account, error) {
			return u.find(ctx, func(a sallyport.Account) bool {
				return strings.HasPrefix(a.Name, strings.TrimRight(name, "%_")) && name != ""
			})
		}}
	}},
	{"calls an account as it was typed", []string{"Spelling"}, func(u *users) *bent {
		return &bent{users: u, byName: func(ctx context.Context, u *users, name string) (*sallyport.Account, error) {
			a, err := u.ByName(ctx, name)
			if a != nil {
				a.Name = name
			}
			return a, err
		}}
	}},
	{"no moment", []string{"Since", "Engine"}, func(u *users) *bent {
		return &bent{users: u, byName: changed(func(a *sallyport.Account) { a.Since = time.Time{} })}
	}},
	{"a moment of its own", []string{"Since"}, func(u *users) *bent {
		return &bent{users: u, byName: changed(func(a *sallyport.Account) { a.Since = time.Now() })}
	}},
	{"another by id", []string{"ByID"}, func(u *users) *bent {
		return &bent{users: u, byName: changed(func(a *sallyport.Account) { a.Email = "x@example.com" })}
	}},
	{"another name by id", []string{"ByID", "Engine"}, func(u *users) *bent {
		return &bent{users: u, byName: changed(func(a *sallyport.Account) { a.Name += "x" })}
	}},
	{"nobody by id", []string{"ByID", "Engine"}, func(u *users) *bent {
		return &bent{users: u, byID: func(context.Context, *users, string) (*sallyport.Account, error) { return nil, nil }}
	}},
	{"hands out its own rows", []string{"Own"}, func(u *users) *bent {
		return &bent{users: u, byName: func(_ context.Context, u *users, name string) (*sallyport.Account, error) {
			u.mu.Lock()
			defer u.mu.Unlock()
			for i := range u.rows {
				if u.rows[i].Name == name {
					return &u.rows[i], nil
				}
			}
			return nil, nil
		}}
	}},
	{"one answer for all", []string{"Concurrent"}, func(u *users) *bent {
		var mu sync.Mutex
		var last string // where another call may have put its own
		return &bent{users: u, byID: func(ctx context.Context, u *users, id string) (*sallyport.Account, error) {
			mu.Lock()
			last = id
			mu.Unlock()
			time.Sleep(time.Millisecond)
			mu.Lock()
			mine := last
			mu.Unlock()
			return u.ByID(ctx, mine)
		}}
	}},
	{"nobody for who has gone", []string{"Context"}, func(u *users) *bent {
		return &bent{users: u, byName: func(ctx context.Context, u *users, name string) (*sallyport.Account, error) {
			if ctx.Err() != nil {
				return nil, nil
			}
			return u.ByName(ctx, name)
		}}
	}},
	{"writes whatever was there", []string{"Password"}, func(u *users) *bent {
		return &bent{users: u, set: func(_ context.Context, u *users, id, newHash, _ string) error { return u.force(id, newHash) }}
	}},
	{"writes nothing", []string{"Password"}, func(u *users) *bent {
		return &bent{users: u, set: func(context.Context, *users, string, string, string) error { return nil }}
	}},
	{"no error for nobody", []string{"Password"}, func(u *users) *bent {
		return &bent{users: u, set: func(ctx context.Context, u *users, id, newHash, oldHash string) error {
			if id == "nobody" {
				return nil
			}
			return u.SetPassword(ctx, id, newHash, oldHash)
		}}
	}},
	{"looks, and writes later", []string{"Password"}, func(u *users) *bent {
		return &bent{users: u, set: func(ctx context.Context, u *users, id, newHash, oldHash string) error {
			a, err := u.ByID(ctx, id)
			if err != nil || a == nil || a.PasswordHash != oldHash {
				return errors.New("no such row")
			}
			time.Sleep(10 * time.Millisecond)
			return u.force(id, newHash)
		}}
	}},
	{"slower for those who exist", []string{"Time"}, func(u *users) *bent {
		return &bent{users: u, byName: changed(func(*sallyport.Account) { time.Sleep(1500 * time.Microsecond) })}
	}},
	{"an empty id", []string{"Known"}, func(u *users) *bent {
		return &bent{users: u, byName: changed(func(a *sallyport.Account) { a.ID = "" })}
	}},
}

const bentChild = "SALLYPORT_BENT_ACCOUNTS"

// TestBentAccounts: each wrong implementation fails the checks that are to find it.
func TestBentAccounts(t *testing.T) {
	cmd := exec.Command(os.Args[0], "-test.v", "-test.timeout=2m", "-test.run=^TestBentChild$")
	cmd.Env = append(os.Environ(), bentChild+"=1")
	out, _ := cmd.CombinedOutput() // that it fails is the point
	for _, b := range bents {
		for _, check := range b.caught {
			path := "TestBentChild/" + strings.ReplaceAll(b.name, " ", "_") + "/" + check
			if !bytes.Contains(out, []byte("--- FAIL: "+path+" (")) {
				t.Errorf("not caught: %s, by %s", b.name, check)
			}
		}
	}
}

func TestBentChild(t *testing.T) {
	if os.Getenv(bentChild) == "" {
		t.Skip("it is to fail: TestBentAccounts runs it")
	}
	for _, b := range bents {
		t.Run(b.name, func(t *testing.T) {
			sallyporttest.TestAccounts(t, func(*testing.T) (sallyport.Accounts, func(sallyport.Account) string) {
				wrong := b.make(&users{})
				return wrong, wrong.add
			})
		})
	}
}
