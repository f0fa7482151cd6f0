package httpadapter

import (
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/internal/ascii"
	"github.com/sallyport-auth/sallyport/internal/form"
	"github.com/sallyport-auth/sallyport/internal/page"
	"github.com/sallyport-auth/sallyport/internal/peer"
)

// Options is how an [Adapter] is mounted. The zero value serves at the root of
// a server that users reach directly.
type Options struct {
	// BasePath is the path below which requests arrive, where the host does
	// not strip it, such as "/auth". It begins with a slash and does not end
	// with one; empty means the root. It is the end of the issuer's path, or all
	// of it: what stands before it in the issuer has been stripped on the way.
	BasePath string

	// AnswerLinksAtOnce makes a call that sends a link return at once, with
	// MFA_WaitingUserAction, instead of waiting until the user has answered the
	// link. The client repeats the call to learn the outcome.
	AnswerLinksAtOnce bool

	// TrustedProxies are the networks of the reverse proxies whose
	// X-Forwarded-For is believed. Empty means none.
	TrustedProxies []netip.Prefix

	// ClientAddress returns the network address of the user behind a request,
	// without a port, for hosts that know it in another way; the empty string
	// means unknown. It excludes TrustedProxies. Nil means the peer's address,
	// or what a trusted proxy says.
	ClientAddress func(*http.Request) string

	// CompatValidateByGet serves ValidateMicrosoftTOTP also by GET, which
	// leaves codes in logs and histories.
	CompatValidateByGet bool

	// WithoutPages leaves all pages out, for a host that serves them in another way, such as
	// by package weblogin. The routes of the API stay.
	WithoutPages bool

	// SignIn is a path of the host on which people sign in, such as /sign-in. Pages that end
	// where somebody signs in next lead there by a button. Empty: they have none.
	SignIn string

	// Name and Logo are the host's, and stand above every page. The name has at
	// most 80 characters; the logo is a PNG, JPEG, GIF, WebP or SVG picture of at
	// most 64 KiB, which becomes a part of each page. Either may be left out.
	Name string
	Logo []byte

	// Files, if not nil, are a host's own texts, colours and templates of the pages, as
	// package weblogin describes them. Name and Logo go before those in Files.
	Files fs.FS

	// Location is whose local time the pages show. Nil means UTC.
	Location *time.Location

	// Logger gets the faults of the server, and never a secret. Nil discards
	// them.
	Logger *slog.Logger
}

// Adapter serves an engine over HTTP. Its methods may be called from any
// number of goroutines. Make one with [New].
type Adapter struct {
	engine *sallyport.Engine
	opts   Options
	logger *slog.Logger

	issuerHost string // in lower case, without a port
	loopback   bool   // the issuer is this machine
	secure     bool   // cookies are sent over https only
	outer      string // the issuer's path before the paths that the adapter sees
	base       string // Options.BasePath in lower case

	theme   *page.Theme
	signIn  page.Link               // nowhere, where the host did not say
	actions map[string]enrollAction // the forms of the enrolment page

	leaves []*leaf
	fixed  map[string]*leaf // by path, in lower case
	open   map[string]*leaf // by the path before a variable last segment, in lower case
}

// New makes an adapter of an engine. It copies what it keeps of the options
// and returns all their faults at once. The engine stays the caller's to close.
func New(engine *sallyport.Engine, opts Options) (*Adapter, error) {
	theme, err := page.NewTheme(opts.look())
	if err != nil {
		err = fmt.Errorf("httpadapter: Options.Name, Logo and Files: %w", err)
	}
	if err := errors.Join(opts.check(engine), err); err != nil {
		return nil, err
	}
	issuer, err := url.Parse(engine.Issuer())
	if err != nil {
		return nil, errors.New("httpadapter: the engine's issuer is not a URL")
	}
	outer, ok := form.CutSuffixFold(issuer.EscapedPath(), opts.BasePath)
	if !ok {
		return nil, fmt.Errorf("httpadapter: Options.BasePath: %q is not the end of the path of the issuer %s", opts.BasePath, engine.Issuer())
	}
	opts.TrustedProxies = slices.Clone(opts.TrustedProxies)
	a := &Adapter{
		engine: engine, opts: opts, logger: opts.Logger,
		issuerHost: ascii.Fold(issuer.Hostname()), loopback: peer.IsLoopbackHost(issuer.Hostname()),
		secure: issuer.Scheme == "https", base: ascii.Fold(opts.BasePath), outer: outer, theme: theme,
		fixed: map[string]*leaf{}, open: map[string]*leaf{},
	}
	a.actions = a.enrollActions()
	if opts.SignIn != "" {
		a.signIn = page.Link{To: template.URL(opts.SignIn), Text: page.Say("Sign in")}
	}
	if a.logger == nil {
		a.logger = slog.New(slog.DiscardHandler)
	}
	a.mount()
	if len(a.fixed)+len(a.open) != len(a.leaves) {
		return nil, fmt.Errorf("httpadapter: Config.Pages of the engine: two pages, or a page and a route, have one path: %+v", engine.Pages())
	}
	return a, nil
}

func (o *Options) look() page.Look {
	return page.Look{Name: o.Name, Logo: o.Logo, Files: o.Files, Location: o.Location}
}

func (o *Options) check(engine *sallyport.Engine) error {
	var errs []error
	if engine == nil {
		errs = append(errs, errors.New("httpadapter: the engine is missing"))
	}
	if !validBase(o.BasePath) {
		errs = append(errs, fmt.Errorf("httpadapter: Options.BasePath: want letters, digits, '-', '_', '.' or '~' after single slashes, and no slash at the end: %q", o.BasePath))
	}
	if o.SignIn != "" && form.LocalPath(o.SignIn) != o.SignIn {
		errs = append(errs, fmt.Errorf("httpadapter: Options.SignIn: want a path of this site, such as /sign-in: %q", o.SignIn))
	}
	if o.ClientAddress != nil && len(o.TrustedProxies) > 0 {
		errs = append(errs, errors.New("httpadapter: Options.ClientAddress and Options.TrustedProxies exclude each other"))
	}
	for _, p := range o.TrustedProxies {
		if !p.IsValid() {
			errs = append(errs, errors.New("httpadapter: Options.TrustedProxies: a network is not valid"))
		}
	}
	return errors.Join(errs...)
}

// validBase reports whether a base path is one that every router reads in the
// same way.
func validBase(base string) bool {
	if base == "" {
		return true
	}
	const plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.~"
	for i, segment := range strings.Split(base, "/") {
		switch {
		case i == 0 && segment != "", i > 0 && segment == "":
			return false
		case segment == ".", segment == "..", strings.Trim(segment, plain) != "":
			return false
		}
	}
	return true
}
