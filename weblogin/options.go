package weblogin

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/guard"
)

// Options say how the pages look and where they are. The zero value is ours, without a name.
type Options struct {
	// Name and Logo are the host's, and stand above every page. The name has at most 80
	// characters; the logo is a PNG, JPEG, GIF, WebP or SVG picture of at most 64 KiB. They
	// go before those in Files.
	Name string
	Logo []byte
	// Files, if not nil, take the place of what is ours: see the comment of the package. They
	// are read once, by [New].
	Files fs.FS
	// Location is whose local time the pages show. Nil means UTC.
	Location *time.Location

	// NameFirst asks for the name on a page of its own, before the password. Nothing is
	// looked up between them.
	NameFirst bool
	// Need is what a step-up has to prove: the zero Need any second factor.
	Need sallyport.Need

	// Home is the path to which is led who signs in or out without having come from another
	// page. Empty means "/".
	Home string
	// SignUp, Forgot and Account are the paths of these pages; empty means /sign-up, /forgot
	// and /account. The sign-up is there where Config.SignUp of the engine is set.
	SignUp, Forgot, Account string
	// SignOut is the path that ends a session. Empty means /sign-out.
	SignOut string

	// Logger gets the faults of the server, and never a secret. Nil discards them.
	Logger *slog.Logger
}

// filled returns the options with what was left out, and what is wrong with them.
func (o Options) filled() (Options, error) {
	o.Home, o.SignUp, o.Forgot = cmp.Or(o.Home, "/"), cmp.Or(o.SignUp, "/sign-up"), cmp.Or(o.Forgot, "/forgot")
	o.Account, o.SignOut = cmp.Or(o.Account, "/account"), cmp.Or(o.SignOut, "/sign-out")
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	var errs []error
	for _, page := range []struct{ name, path string }{
		{"Home", o.Home}, {"SignUp", o.SignUp}, {"Forgot", o.Forgot}, {"Account", o.Account}, {"SignOut", o.SignOut},
	} {
		if guard.LocalPath(page.path) != page.path {
			errs = append(errs, fmt.Errorf("weblogin: Options.%s: %q is no path of this site; want one such as /account", page.name, page.path))
		}
	}
	return o, errors.Join(errs...)
}
