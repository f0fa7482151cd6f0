package sallyporttest_test

import (
	"errors"
	"net/http"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/httpadapter"
	"github.com/sallyport-auth/sallyport/sallyporttest"
	"github.com/sallyport-auth/sallyport/store/boltstore"
	"github.com/sallyport-auth/sallyport/store/memstore"
	"github.com/sallyport-auth/sallyport/store/storetest"
)

// unique is what differs between two logins: ids, tokens and the message's
// digits.
var unique = regexp.MustCompile(`[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9A-F]{64,128}|eyJ[\w-]+\.[\w-]+\.[\w-]+`)

// TestWaysAgree holds the documents of both ways to each other, byte by byte.
func TestWaysAgree(t *testing.T) {
	kit := sallyporttest.New(t)
	who := kit.AddUser(t, sallyporttest.User{Name: "marie", Email: mail, EmailValidated: true})
	journey := func(c *sallyporttest.Client) []string {
		t.Helper()
		a := c.Login(who.Name, who.Password)
		_, picture := c.BeginTOTP(a.RequestID)
		sent := c.Choose(a, "Email", "OTP")
		code := kit.Outbox.LastCode(mail)
		wrong := c.Answer(sent, otherThan(code))
		right := c.Answer(sent, code)
		if !right.Granted() {
			t.Fatalf("got %s, want tokens", right)
		}
		bodies := [][]byte{
			a.Body, picture.Body[:8], sent.Body, wrong.Body, right.Body, c.State(a.RequestID).Body, c.Login(who.Name, "wrong").Body,
			c.UserInfo(right.Tokens.AccessToken).Body, c.Refresh(right.Tokens.RefreshToken).Body, c.Refresh("no").Body,
			c.As("nobody", "").Login("a", "b").Body, c.WithScope("root").Login("a", "b").Body, c.Call(sallyport.Login{OptionID: "x"}).Body,
			c.ConfirmTOTP(a.RequestID, "000000").Body, c.SendVerification("no", "Email", mail).Body, c.EnrollmentProgress("").Body,
		}
		var out []string
		for _, b := range bodies {
			out = append(out, unique.ReplaceAllString(string(b), "*"))
		}
		return out
	}
	direct := journey(kit.InProcess())
	kit.Clock.Advance(time.Minute)
	for i, got := range journey(kit.HTTP()) {
		if got != direct[i] {
			t.Errorf("answer %d over HTTP: got %s, want as in process: %s", i, got, direct[i])
		}
	}
}

// TestLogsKeepSecrets is what every host may do with its own journeys.
func TestLogsKeepSecrets(t *testing.T) {
	bothWays(t, func(t *testing.T, kit *sallyporttest.Kit, c *sallyporttest.Client) {
		who := kit.AddUser(t, sallyporttest.User{Name: "marie", Email: mail, EmailValidated: true})
		a := c.LoginWithCode(who.Name, who.Password).Want(t, sallyport.Success)
		logs := kit.Logs()
		if !strings.Contains(logs, "login") {
			t.Errorf("got logs without the login: %q", logs)
		}
		for what, secret := range map[string]string{
			"password": who.Password, "code": kit.Outbox.LastCode(mail), "access token": a.Tokens.AccessToken,
			"refresh token": a.Tokens.RefreshToken, "VGToken": a.Response.VGToken, "address": mail,
		} {
			if strings.Contains(logs, secret) {
				t.Errorf("got the %s in the logs, want none of it", what)
			}
		}
	})
}

func TestOutboxFails(t *testing.T) {
	bothWays(t, func(t *testing.T, kit *sallyporttest.Kit, c *sallyporttest.Client) {
		const failed = sallyport.Failure | sallyport.MFAFailedSendingRequest
		who := kit.AddUser(t, sallyporttest.User{Name: "marie", Email: mail, EmailValidated: true})
		a := c.Login(who.Name, who.Password).Want(t, wanted)
		kit.Outbox.FailNext(errors.New("mailbox full"))
		a = c.Choose(a, "Email", "OTP").Want(t, failed)
		c.Choose(a, "Email", "OTP").Want(t, failed) // repeated, not sent
		equal(t, "messages", kit.Outbox.Count(), 0)
		kit.Clock.Advance(30 * time.Second)
		a = c.Choose(a, "Email", "OTP").Want(t, waiting)
		c.Answer(a, kit.Outbox.LastCode(mail)).Want(t, sallyport.Success)
	})
}

func TestOutboxBlocks(t *testing.T) {
	kit := sallyporttest.New(t)
	c := kit.InProcess()
	who := kit.AddUser(t, sallyporttest.User{Name: "marie", Email: mail, EmailValidated: true})
	a := c.Login(who.Name, who.Password).Want(t, wanted)
	entered, release := kit.Outbox.Block()
	var wg sync.WaitGroup
	wg.Go(func() { c.Choose(a, "Email", "OTP").Want(t, waiting) })
	<-entered
	equal(t, "messages while blocked", kit.Outbox.Count(), 0)
	c.State(a.RequestID).Want(t, waiting) // committed before it is sent
	release()
	wg.Wait()
	equal(t, "messages", kit.Outbox.Count(), 1)
}

func TestHeldCallIsLetGo(t *testing.T) {
	for _, way := range []func(*sallyporttest.Kit) *sallyporttest.Client{(*sallyporttest.Kit).InProcess, (*sallyporttest.Kit).HTTP} {
		kit := sallyporttest.New(t)
		c := way(kit)
		who := kit.AddUser(t, sallyporttest.User{Name: "marie", Email: mail, EmailValidated: true})
		c.WaitLink(c.Login(who.Name, who.Password), "Email") // and nobody asks: the test ends at once and is green
	}
}

func TestLinkAnsweredAtOnce(t *testing.T) {
	atOnce := sallyporttest.WithAdapter(func(o *httpadapter.Options) { o.AnswerLinksAtOnce = true })
	kit := sallyporttest.New(t, atOnce)
	c := kit.HTTP()
	who := kit.AddUser(t, sallyporttest.User{Name: "marie", Email: mail, EmailValidated: true})
	a := c.Choose(c.Login(who.Name, who.Password), "Email", "Link").Want(t, waiting)
	c.Approve(kit.Outbox.LastLink(mail))
	c.Choose(a, "Email", "Link").Want(t, sallyport.Success)
}

func TestBelowAPath(t *testing.T) {
	const secret = "sixteen characters, or more"
	kit := sallyporttest.New(t,
		sallyporttest.WithDirectory(func(d *directory.File) { d.Clients[0].Secrets[0].Value = secret }),
		sallyporttest.WithConfig(func(c *sallyport.Config) { c.Issuer = "https://id.example.com/auth" }),
		sallyporttest.WithAdapter(func(o *httpadapter.Options) { o.BasePath = "/auth" }))
	c := kit.HTTP().As(sallyporttest.ClientID, secret)
	who := kit.AddUser(t, sallyporttest.User{Name: "marie", Email: mail, EmailValidated: true})
	held := c.WaitLink(c.Login(who.Name, who.Password), "Email")
	equal(t, "page", c.Approve(held.Link).HTTP, http.StatusOK)
	held.Answer().Want(t, sallyport.Success)
}

func TestManyCallers(t *testing.T) {
	bothWays(t, func(t *testing.T, kit *sallyporttest.Kit, c *sallyporttest.Client) {
		who := kit.AddUser(t, sallyporttest.User{Name: "marie", Email: mail, EmailValidated: true})
		a := c.Choose(c.Login(who.Name, who.Password), "Email", "OTP").Want(t, waiting)
		code := kit.Outbox.LastCode(mail)
		var granted atomic.Int64
		var wg sync.WaitGroup
		for range 16 {
			wg.Go(func() {
				if c.Answer(a, code).Granted() {
					granted.Add(1)
				}
			})
		}
		wg.Wait()
		equal(t, "logins with one code", granted.Load(), 1)
	})
}

func TestAnyStore(t *testing.T) {
	stores := map[string]func(*testing.T) sallyporttest.Option{
		"bolt": func(t *testing.T) sallyporttest.Option {
			s, err := boltstore.Open(filepath.Join(t.TempDir(), "kit.db"), boltstore.Options{})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { s.Close() })
			return sallyporttest.WithStore(s)
		},
		"plain": func(*testing.T) sallyporttest.Option {
			return sallyporttest.WithConfig(func(c *sallyport.Config) {
				c.Keys, c.InsecurePlainStore, c.Prefix = (sallyport.Config{}).Keys, true, "kit"
			})
		},
	}
	for name, option := range stores {
		t.Run(name, func(t *testing.T) {
			kit := sallyporttest.New(t, option(t))
			who := kit.AddUser(t, sallyporttest.User{Name: "marie", Email: mail, EmailValidated: true})
			kit.InProcess().LoginWithCode(who.Name, who.Password).Want(t, sallyport.Success)
		})
	}
}

func TestCostOfALogin(t *testing.T) {
	counting := storetest.NewCounting(memstore.New())
	kit := sallyporttest.New(t, sallyporttest.WithStore(counting))
	who := kit.AddUser(t, sallyporttest.User{Name: "paul"})
	counting.Reset()
	kit.InProcess().Login(who.Name, who.Password).Want(t, sallyport.Success)
	if got := counting.Counts(); got.Loads == 0 || got.Loads > 2 || got.Commits != 1 {
		t.Errorf("got %d loads and %d commits, want 2 and 1 at most", got.Loads, got.Commits)
	}
}

func TestBrokenStore(t *testing.T) {
	faulty := storetest.NewFaulty(memstore.New())
	kit := sallyporttest.New(t, sallyporttest.WithStore(faulty))
	who := kit.AddUser(t, sallyporttest.User{Name: "paul"})
	for _, c := range []*sallyporttest.Client{kit.InProcess(), kit.HTTP()} {
		faulty.Reset()
		faulty.At(storetest.Load, 1, storetest.Fail(errors.New("disk on fire")))
		a := c.Login(who.Name, who.Password).WantOAuth(t, "server_error")
		equal(t, "HTTP status", a.HTTP, http.StatusInternalServerError)
		c.Login(who.Name, who.Password).Want(t, sallyport.Success)
	}
}

func TestNodes(t *testing.T) {
	kit := sallyporttest.New(t)
	other := kit.Node()
	who := kit.AddUser(t, sallyporttest.User{Name: "marie", Email: mail, EmailValidated: true})
	a := kit.InProcess().Choose(kit.InProcess().Login(who.Name, who.Password), "Email", "OTP").Want(t, waiting)
	a = other.HTTP().Answer(a, kit.Outbox.LastCode(mail)).Want(t, sallyport.Success)
	equal(t, "HTTP status", kit.HTTP().UserInfo(a.Tokens.AccessToken).HTTP, http.StatusOK)

	kit.Engine.Close()
	restarted := kit.Node()
	a = restarted.HTTP().Refresh(a.Tokens.RefreshToken)
	if !a.Granted() {
		t.Errorf("got %s after a restart, want tokens", a)
	}
}

func TestAuthenticatorClock(t *testing.T) {
	kit := sallyporttest.New(t)
	app := kit.AddUser(t, sallyporttest.User{Name: "tom", TOTP: true}).Authenticator
	first := app.Fresh()
	equal(t, "clock after an unused step", kit.Clock.Now(), sallyporttest.Start)
	equal(t, "code in the same step", app.Code(), first)
	kit.Clock.Advance(29 * time.Second)
	equal(t, "code at its end", app.Code(), first)
	second := app.Fresh()
	equal(t, "clock after a used step", kit.Clock.Now(), sallyporttest.Start.Add(30*time.Second))
	equal(t, "code of the first step", app.CodeAt(sallyporttest.Start), first)
	equal(t, "code of the second step", app.CodeAt(kit.Clock.Now()), second)
	kit.Clock.Set(sallyporttest.Start)
	app.Fresh()
	equal(t, "clock after a step back", kit.Clock.Now(), sallyporttest.Start.Add(60*time.Second))
}

// TestKitComplains shows that a test on the kit cannot pass by accident.
func TestKitComplains(t *testing.T) {
	marie := sallyporttest.User{Name: "marie", Email: mail, EmailValidated: true}
	tests := []struct {
		name string
		do   func(t testing.TB)
		want string // part of the complaint
	}{
		{"empty outbox", func(t testing.TB) { sallyporttest.New(t).Outbox.LastCode(mail) }, "no code"},
		{"other address", func(t testing.TB) {
			kit := sallyporttest.New(t)
			kit.AddUser(t, marie)
			c := kit.InProcess()
			c.Choose(c.Login("marie", sallyporttest.Password), "Email", "OTP")
			kit.Outbox.Last("paul@example.com")
		}, "it holds Email otp to " + mail},
		{"no such option", func(t testing.TB) {
			kit := sallyporttest.New(t)
			kit.AddUser(t, marie)
			kit.HTTP().Choose(kit.HTTP().Login("marie", sallyporttest.Password), "SMS", "OTP")
		}, `options ["Email Link" "Email OTP"]`},
		{"code before a choice", func(t testing.TB) {
			c := sallyporttest.New(t).InProcess()
			c.Answer(c.Login("nobody", "x"), "123456")
		}, "no option was chosen"},
		{"other status", func(t testing.TB) {
			sallyporttest.New(t).InProcess().Login("nobody", "x").Want(t, sallyport.Success)
		}, "got 400 Failure, PasswordDoesNotMatch (9), want Success (2048)"},
		{"status of no document", func(t testing.TB) {
			sallyporttest.New(t).HTTP().Refresh("x").Want(t, 0)
		}, "got 400 invalid_grant, want 0 (0)"},
		{"other OAuth error", func(t testing.TB) {
			sallyporttest.New(t).HTTP().Refresh("x").WantOAuth(t, "invalid_scope")
		}, "got 400 invalid_grant, want invalid_scope"},
		{"unknown authenticator", func(t testing.TB) {
			kit := sallyporttest.New(t)
			kit.AddUser(t, sallyporttest.User{Name: "tom", TOTP: true}).Authenticator = nil
			kit.InProcess().LoginWithCode("Tom", sallyporttest.Password)
		}, "put it into Person.Authenticator"},
		{"link refused", func(t testing.TB) {
			kit := sallyporttest.New(t)
			kit.AddUser(t, marie)
			kit.Outbox.FailNext(errors.New("mailbox full"))
			kit.InProcess().WaitLink(kit.InProcess().Login("marie", sallyporttest.Password), "Email")
		}, "MFA_FailedSendingRequest (2097153) and no link"},
		{"foreign link", func(t testing.TB) {
			sallyporttest.New(t).HTTP().Approve("https://example.com/mfa/link/x")
		}, "want one below " + sallyporttest.Issuer},
		{"enrolment staged", func(t testing.TB) { sallyporttest.Enrollment{HTTP: 200}.Want(t, true) }, "want 200 Success, active true"},
		{"enrolment accepted", func(t testing.TB) { sallyporttest.Enrollment{HTTP: 200}.WantRefused(t, "x") }, "want a refusal with x"},
		{"bad directory", func(t testing.TB) {
			sallyporttest.New(t).AddUser(t, sallyporttest.User{Name: "x", Roles: []string{"King"}})
		}, `no role "King"`},
		{"nobody to edit", func(t testing.TB) {
			sallyporttest.New(t).EditUser(t, "x", func(*directory.User) {})
		}, `no user "x"`},
		{"bad configuration", func(t testing.TB) {
			sallyporttest.New(t, sallyporttest.WithConfig(func(c *sallyport.Config) { c.Issuer = "x" }))
		}, "Config.Issuer"},
		{"no store", func(t testing.TB) {
			sallyporttest.New(t, sallyporttest.WithConfig(func(c *sallyport.Config) { c.Store = nil }))
		}, "Config.Store is missing"},
		{"node of another store", func(t testing.TB) {
			sallyporttest.New(t).Node(sallyporttest.WithStore(memstore.New()))
		}, "got a store or a directory of its own for a node"},
		{"node of another directory", func(t testing.TB) {
			sallyporttest.New(t).Node(sallyporttest.WithDirectory(library))
		}, "got a store or a directory of its own for a node"},
		{"bad adapter", func(t testing.TB) {
			sallyporttest.New(t, sallyporttest.WithAdapter(func(o *httpadapter.Options) { o.BasePath = "x" })).Handler()
		}, "BasePath"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := &probe{TB: t}
			p.run(tt.do)
			if got := strings.Join(p.complaints, "\n"); !strings.Contains(got, tt.want) {
				t.Errorf("got complaints %q, want %q among them", got, tt.want)
			}
		})
	}
}
