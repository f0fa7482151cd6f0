package sallyport_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/password"
	"github.com/sallyport-auth/sallyport/sallyporttest"
	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/store/memstore"
	"github.com/sallyport-auth/sallyport/store/sealed"
)

// seeded is a configuration that is sound, on a store that has its keys
// already: making one takes longer than all tests here.
func seeded(t *testing.T) sallyport.Config {
	t.Helper()
	s := memstore.New()
	if err := s.Commit(t.Context(), store.Change{ID: 1, Writes: signingKey()}); err != nil {
		t.Fatal(err)
	}
	return sallyport.Config{Store: s, InsecurePlainStore: true, Issuer: "http://127.0.0.1:5000", PasswordParams: password.InsecureParamsForTests()}
}

// TestConfigFaults breaks one field at a time.
func TestConfigFaults(t *testing.T) {
	for _, tt := range []struct {
		name   string
		change func(*sallyport.Config)
		want   string // in the error; "": sound
	}{
		{"sound", func(*sallyport.Config) {}, ""},
		{"no store", func(c *sallyport.Config) { c.Store = nil }, "Config.Store is missing"},
		{"no keys", func(c *sallyport.Config) { c.InsecurePlainStore = false }, "Config.Keys is missing"},
		{"keys for a plain store", func(c *sallyport.Config) { c.Keys = sealed.NewKeys() }, "Config.InsecurePlainStore is set together with Keys"},

		{"prefix of all kinds", func(c *sallyport.Config) { c.Prefix = "azAZ09-_." }, ""},
		{"prefix of 32", func(c *sallyport.Config) { c.Prefix = strings.Repeat("p", 32) }, ""},
		{"prefix of 33", func(c *sallyport.Config) { c.Prefix = strings.Repeat("p", 33) }, "Config.Prefix"},
		{"prefix with a slash", func(c *sallyport.Config) { c.Prefix = "a/b" }, "Config.Prefix"},
		{"prefix beyond ASCII", func(c *sallyport.Config) { c.Prefix = "\u00e4" }, "Config.Prefix"},

		{"issuer with a path", func(c *sallyport.Config) { c.Issuer = "https://example.com/auth" }, ""},
		{"issuer on ::1", func(c *sallyport.Config) { c.Issuer, c.Label = "http://[::1]:5000", "Example" }, ""},
		{"issuer on LOCALHOST", func(c *sallyport.Config) { c.Issuer = "http://LOCALHOST" }, ""},
		{"no issuer", func(c *sallyport.Config) { c.Issuer = "" }, "Config.Issuer: missing"},
		{"issuer that is no URL", func(c *sallyport.Config) { c.Issuer = "http://%zz" }, "Config.Issuer: not a URL"},
		{"issuer without a host", func(c *sallyport.Config) { c.Issuer = "https:///auth" }, "Config.Issuer: want a URL"},
		{"issuer that is opaque", func(c *sallyport.Config) { c.Issuer = "https:example.com" }, "Config.Issuer: want a URL"},
		{"issuer with a user", func(c *sallyport.Config) { c.Issuer = "https://me@example.com" }, "Config.Issuer: want a URL"},
		{"issuer with a query", func(c *sallyport.Config) { c.Issuer = "https://example.com?a=b" }, "Config.Issuer: want a URL"},
		{"issuer with an empty query", func(c *sallyport.Config) { c.Issuer = "https://example.com?" }, "Config.Issuer: want a URL"},
		{"issuer with a fragment", func(c *sallyport.Config) { c.Issuer = "https://example.com#a" }, "Config.Issuer: want a URL"},
		{"issuer with a slash", func(c *sallyport.Config) { c.Issuer = "https://example.com/" }, "Config.Issuer: want a URL"},
		{"issuer over http", func(c *sallyport.Config) { c.Issuer = "http://example.com" }, "Config.Issuer: want https"},
		{"issuer over ftp", func(c *sallyport.Config) { c.Issuer = "ftp://127.0.0.1" }, "Config.Issuer: want https"},
		{"issuer near localhost", func(c *sallyport.Config) { c.Issuer = "http://localhost.example.com" }, "Config.Issuer: want https"},
		{"issuer with a long s", func(c *sallyport.Config) { c.Issuer = "http://localho\u017ft" }, "Config.Issuer: want https"},

		{"no retention", func(c *sallyport.Config) { c.EventRetention = -1 }, "Config.EventRetention is -1ns, want none below 0"},
		{"a short retention", func(c *sallyport.Config) { c.EventRetention = 1 }, ""},

		{"bound on text messages", func(c *sallyport.Config) { c.SMSPerDay = 10 }, ""},
		{"bound too low", func(c *sallyport.Config) { c.SMSPerDay = 9 }, "Config.SMSPerDay is 9, want 10 or more"},
		{"bound below nothing", func(c *sallyport.Config) { c.SMSPerDay = -1 }, "Config.SMSPerDay is -1"},
		{"prefixes", func(c *sallyport.Config) { c.SMSPrefixes = []string{"+1", "+491701234567890"} }, ""},
		{"prefix without a plus", func(c *sallyport.Config) { c.SMSPrefixes = []string{"+49", "44"} }, `Config.SMSPrefixes has "44"`},
		{"prefix of no digits", func(c *sallyport.Config) { c.SMSPrefixes = []string{"+"} }, `Config.SMSPrefixes has "+"`},
		{"prefix of 16 digits", func(c *sallyport.Config) { c.SMSPrefixes = []string{"+4917012345678901"} }, `Config.SMSPrefixes has "+4917012345678901"`},
		{"prefix of a national form", func(c *sallyport.Config) { c.SMSPrefixes = []string{"+0170"} }, `Config.SMSPrefixes has "+0170"`},
		{"prefix with a letter", func(c *sallyport.Config) { c.SMSPrefixes = []string{"+49x"} }, `Config.SMSPrefixes has "+49x"`},

		{"label", func(c *sallyport.Config) { c.Label = "Example, Inc." }, ""},
		{"label with a colon", func(c *sallyport.Config) { c.Label = "a:b" }, "Config.Label"},
		{"host with colons", func(c *sallyport.Config) { c.Issuer = "http://[::1]:5000" }, ""},
		{"host of 64 bytes", func(c *sallyport.Config) { c.Issuer = "https://" + strings.Repeat("h.", 30) + "test" }, ""},
		{"host of 65 bytes", func(c *sallyport.Config) { c.Issuer = "https://" + strings.Repeat("h.", 30) + "tests" }, ""},
		{"long host beyond ASCII", func(c *sallyport.Config) { c.Issuer = "https://a" + strings.Repeat("\u00e4", 40) }, ""},

		{"audience", func(c *sallyport.Config) { c.StaticAudience = strings.Repeat("a", 256) }, ""},
		{"audience of 257 bytes", func(c *sallyport.Config) { c.StaticAudience = strings.Repeat("a", 257) }, "Config.StaticAudience"},
		{"audience with a line end", func(c *sallyport.Config) { c.StaticAudience = "api\n" }, "Config.StaticAudience"},
		{"audience of bad UTF-8", func(c *sallyport.Config) { c.StaticAudience = "api\xff" }, "Config.StaticAudience"},

		{"weak hashes", func(c *sallyport.Config) { c.PasswordParams = password.Params{Memory: 8, Time: 1} }, "password: bad parameters"},
		{"dear hashes", func(c *sallyport.Config) { c.PasswordParams = password.Params{Memory: 1 << 30} }, "password: bad parameters"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := seeded(t)
			tt.change(&c)
			if c.Prefix != "" && tt.want == "" {
				c.Store = underPrefix(t, c.Prefix)
			}
			e, err := sallyport.New(t.Context(), c)
			if e != nil {
				defer e.Close()
			}
			if tt.want == "" && err != nil || tt.want != "" && (e != nil || err == nil || !strings.Contains(err.Error(), tt.want)) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}

// underPrefix is a store with the keys of an engine of that prefix.
func underPrefix(t *testing.T, prefix string) store.Store {
	t.Helper()
	s := memstore.New()
	var list []store.Write
	for _, w := range signingKey() {
		w.Key = prefix + "/" + w.Key
		list = append(list, w)
	}
	if err := s.Commit(t.Context(), store.Change{ID: 1, Writes: list}); err != nil {
		t.Fatal(err)
	}
	return s
}

// TestConfigTellsAllFaults: whoever configures an engine is told everything at
// once.
func TestConfigTellsAllFaults(t *testing.T) {
	_, err := sallyport.New(t.Context(), sallyport.Config{Prefix: "/", Label: ":"})
	if err == nil {
		t.Fatal("got an engine of nothing")
	}
	for _, want := range []string{"Store", "Keys", "Prefix", "Issuer", "Label"} {
		if !strings.Contains(err.Error(), "Config."+want) {
			t.Errorf("got %v, want it to name %s", err, want)
		}
	}
}

// TestConfigDefaults: what is left out has a default, and the caller's
// configuration stays as it was.
func TestConfigDefaults(t *testing.T) {
	c := seeded(t)
	before := c
	e, err := sallyport.New(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	if c.Now != nil || c.Logger != nil || c.Gate != nil || c.Label != "" || c.Store != before.Store || c.PasswordParams != before.PasswordParams {
		t.Error("New wrote to the caller's configuration")
	}
	if e.Issuer() != c.Issuer {
		t.Errorf("got the issuer %q, want %q", e.Issuer(), c.Issuer)
	}
	r, err := e.Login(t.Context(), login(sallyport.Login{Username: "nobody", Password: "wrong"}))
	if _, ok := errors.AsType[*sallyport.ProtocolError](err); !ok {
		t.Errorf("a client of an empty directory: got %v, %v, want a protocol error", r, err)
	}
}

// TestConfigWarns: an operator is told of what they may not have meant.
func TestConfigWarns(t *testing.T) {
	sound := sallyporttest.New(t, sallyporttest.WithConfig(func(c *sallyport.Config) { c.SMSPerDay, c.SMSPrefixes = 100, []string{"+49"} }))
	open := sallyporttest.New(t)
	for _, warning := range []string{"no bound on text messages", "numbers of every country"} {
		if strings.Contains(sound.Logs(), warning) || !strings.Contains(open.Logs(), warning) {
			t.Errorf("want the warning %q where there is none, and there alone", warning)
		}
	}
	bare := sallyporttest.New(t, sallyporttest.WithConfig(func(c *sallyport.Config) {
		c.Keys, c.InsecurePlainStore, c.Email, c.SMS = sealed.Keys{}, true, nil, nil
	}))
	for _, warning := range []string{"the store is not sealed", "no e-mail sender", "no SMS sender"} {
		if strings.Contains(sound.Logs(), warning) {
			t.Errorf("a sound configuration is warned: %s", warning)
		}
		if !strings.Contains(bare.Logs(), warning) {
			t.Errorf("got no warning %q", warning)
		}
	}
}

// TestPrefix keeps two engines on one store apart.
func TestPrefix(t *testing.T) {
	s := memstore.New()
	one := sallyporttest.New(t, sallyporttest.WithStore(s), sallyporttest.WithConfig(func(c *sallyport.Config) { c.Prefix = "one" }))
	two := sallyporttest.New(t, sallyporttest.WithStore(s), sallyporttest.WithConfig(func(c *sallyport.Config) { c.Prefix = "two" }))
	p := one.AddUser(t, sallyporttest.User{Name: "paul"})
	a := one.InProcess().Login(p.Name, p.Password).Want(t, sallyport.Success)
	two.InProcess().Login(p.Name, p.Password).Want(t, mismatch)
	if _, err := two.Engine.Verify(t.Context(), a.Tokens.AccessToken); !errors.Is(err, sallyport.ErrInvalidToken) {
		t.Errorf("another engine's token: got %v, want it invalid", err)
	}
	for r, err := range s.Scan(t.Context(), "", "") {
		if err != nil || !strings.HasPrefix(r.Key, "one/") && !strings.HasPrefix(r.Key, "two/") {
			t.Fatalf("got the key %q, %v, want it under a prefix", r.Key, err)
		}
	}
}

// TestDefaultLabel: without a label, apps list accounts under the issuer's host.
func TestDefaultLabel(t *testing.T) {
	for _, tt := range []struct{ issuer, want string }{
		{"http://127.0.0.1:5000", "127.0.0.1"},
		{"http://[::1]:5000", "--1"},
		{"https://[2001:db8::1]/auth", "2001-db8--1"},
		{"https://id.example.com", "id.example.com"},
		{"https://" + strings.Repeat("h.", 40) + "example.com", strings.Repeat("h.", 26) + "example.com"},
	} {
		k := sallyporttest.New(t, sallyporttest.WithConfig(func(c *sallyport.Config) { c.Issuer = tt.issuer }),
			sallyporttest.WithDirectory(func(d *directory.File) { d.Clients[0].Secrets[0].Value = longSecret }))
		p := k.AddUser(t, sallyporttest.User{Name: "paul", MFA: new(true)})
		r, err := k.Engine.Login(t.Context(), sallyport.Login{
			Caller: &sallyport.Caller{ClientID: sallyporttest.ClientID, ClientSecret: longSecret}, Username: p.Name, Password: p.Password,
		})
		if err != nil {
			t.Fatal(err)
		}
		key, err := k.Engine.BeginTOTP(t.Context(), sallyport.EnrollmentCall{RequestID: r.RequestID})
		if err != nil || key.Issuer != tt.want {
			t.Errorf("%s: got the label %q, %v, want %q", tt.issuer, key.Issuer, err, tt.want)
		}
	}
}

// longSecret is a client secret that an issuer outside of loopback takes.
const longSecret = "a secret of the client, long enough"
