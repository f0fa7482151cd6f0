package main

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"os"
	"strings"

	"github.com/sallyport-auth/sallyport/httpadapter/apidocs"
	"github.com/sallyport-auth/sallyport/internal/ascii"
	"github.com/sallyport-auth/sallyport/internal/connlimit"
	"github.com/sallyport-auth/sallyport/internal/peer"
	"github.com/sallyport-auth/sallyport/totp"
)

// settings are what `serve` was told, as it was told.
type settings struct {
	listen, issuer      string
	label, audience     string
	basePath            optional
	adminSocket         optional
	store, keyFile      string
	tlsCert, tlsKey     string
	directory           string
	breached            string
	outbox              string
	trustedProxies      string
	logLevel, logFormat string
	insecureClock       string
	maxConnections      int
	windows             domainSettings
	mail                mailSettings
	texts               textSettings
	keys                keySettings
	language            string
	pages               string
	documentation       choice

	keepMessages bool                // an outbox in memory, with or without a file
	shown        apidocs.Demo        // what the documentation is filled with
	named        func(issuer string) // hears the issuer before the directory is applied; nil: nobody does
	proxies      []netip.Prefix      // set by check
	level        slog.Level          // set by check
	most         int                 // connections; set by check

	hangups <-chan os.Signal // ask to read certificates anew; nil: nobody does
}

// declare adds the flags of `serve` to f.
func (s *settings) declare(f *flags) {
	f.StringVar(&s.listen, "listen", "127.0.0.1:5000", "`address` to listen on; port 0 picks one")
	f.StringVar(&s.issuer, "issuer", "", "public base `URL`; https unless loopback (default http://ADDRESS)")
	f.StringVar(&s.label, "label", "", "`name` under which authenticator apps list an account (default from the issuer's host)")
	f.StringVar(&s.audience, "audience", "", "`aud` of access tokens, for resource servers that want one (default none)")
	f.Var(&s.basePath, "base-path", "`path` below which requests arrive, where a proxy strips what comes before it: the end of the issuer's path, or empty (default the issuer's path)")
	f.StringVar(&s.store, "store", "", "bolt:PATH, postgres://… without a password, or memory: for a store that ends with the process; required")
	f.StringVar(&s.keyFile, "key-file", "", "`path` of the keys that seal the store (default the bolt path with .keys added; required with PostgreSQL)")
	f.StringVar(&s.tlsCert, "tls-cert", "", "PEM `file` of the certificate to serve https with")
	f.StringVar(&s.tlsKey, "tls-key", "", "PEM `file` of its key")
	f.StringVar(&s.directory, "directory", "", "directory `file` to apply at the start")
	f.StringVar(&s.breached, "breached", "", "`file` that sallyport breached build has made, of published passwords that nobody may set")
	f.StringVar(&s.outbox, "outbox", "", "development: write messages to this `file` instead of sending them, and show them at /dev/outbox")
	f.StringVar(&s.trustedProxies, "trusted-proxies", "", "networks (`CIDR,…`) whose X-Forwarded-For is believed")
	f.IntVar(&s.maxConnections, "max-connections", 0, "most connections at once, of which one address has a quarter (default what the limit of open files leaves)")
	f.Var(&s.adminSocket, "admin-socket", "`path` of a Unix socket for commands on the running store, in a folder with mode 0700 that is made (default the bolt path with .sock/admin added; none for other stores, and for \"\")")
	f.StringVar(&s.logLevel, "log-level", "info", "debug, info, warn or error")
	f.StringVar(&s.logFormat, "log-format", "text", "text or json")
	f.StringVar(&s.insecureClock, "insecure-clock", "", "tests: `file` with a duration that is added to the clock, read anew at every reading")
	s.windows.declare(f)
	s.mail.declare(f)
	s.texts.declare(f)
	s.keys.declare(f)
	f.StringVar(&s.pages, "pages", "", "`folder` of a name, a logo, colours, texts and templates of your own for the pages that people see (default those of this program)")
	f.Var(&s.documentation, "documentation", "serve the API's documentation at /documentation/index.html (default where the issuer is a loopback address)")
	f.StringVar(&s.language, "language", "", "`tag` of the language of messages to people whose account says none: en, fr or de (default en)")
}

// check finds what cannot be meant, before any file but those named here is
// opened, and reads the settings that have a form of their own.
func (s *settings) check() error {
	if s.store == "" {
		return errors.New("-store is required, such as bolt:PATH")
	}
	if (s.tlsCert == "") != (s.tlsKey == "") {
		return errors.New("-tls-cert and -tls-key go together")
	}
	host, _, err := net.SplitHostPort(s.listen)
	if err != nil {
		return fmt.Errorf("-listen: %w", err)
	}
	if err := errors.Join(s.checkIssuer(host), s.checkBasePath()); err != nil {
		return err
	}
	if s.label != "" {
		if err := totp.CheckLabel(s.label); err != nil {
			return fmt.Errorf("-label: %w", err)
		}
	}
	if err := s.level.UnmarshalText([]byte(s.logLevel)); err != nil {
		return fmt.Errorf("-log-level: want debug, info, warn or error, not %.64q", s.logLevel)
	}
	if s.logFormat != "text" && s.logFormat != "json" {
		return fmt.Errorf("-log-format: want text or json, not %.64q", s.logFormat)
	}
	if s.proxies, err = parseNetworks(s.trustedProxies); err != nil {
		return fmt.Errorf("-trusted-proxies: %w", err)
	}
	if s.most, err = s.connections(connlimit.OpenFiles()); err != nil {
		return err
	}
	if err := s.keys.check(); err != nil {
		return err
	}
	if s.outbox != "" && s.mail.used() {
		return errors.New("-outbox and -smtp exclude each other: the first sends nothing")
	}
	if s.outbox != "" && s.texts.used() {
		return errors.New("-outbox and -sms-webhook exclude each other: the first sends nothing")
	}
	s.keepMessages = s.keepMessages || s.outbox != ""
	return nil
}

// checkIssuer keeps what is for development on this machine, where nobody else
// reaches it.
func (s *settings) checkIssuer(listenHost string) error {
	local := peer.IsLoopbackHost(listenHost)
	if s.issuer == "" {
		if !local && s.scheme() == "http" {
			return fmt.Errorf("-issuer is required where -listen is no loopback address")
		}
		if listenHost == "" || isUnspecified(listenHost) {
			return fmt.Errorf("-issuer is required where -listen names no host")
		}
	} else {
		u, err := url.Parse(s.issuer)
		if err != nil {
			return errors.New("-issuer: not a URL")
		}
		local = local && peer.IsLoopbackHost(u.Hostname())
	}
	for name, value := range map[string]string{"outbox": s.outbox, "insecure-clock": s.insecureClock} {
		if value != "" && !local {
			return fmt.Errorf("-%s is for development alone: -listen and -issuer must be loopback addresses", name)
		}
	}
	return nil
}

// checkBasePath keeps what a proxy strips and what is left of it to the path of the
// issuer.
func (s *settings) checkBasePath() error {
	base := ascii.Fold(s.basePath.value)
	u, err := url.Parse(s.issuer)
	if err != nil || base == "" { // the issuer is checked where it is read
		return nil
	}
	if base[0] != '/' || !strings.HasSuffix(ascii.Fold(u.EscapedPath()), base) {
		return fmt.Errorf("-base-path: %.64q is not the end of the path of -issuer, as /auth is of https://example.com/auth", s.basePath.value)
	}
	return nil
}

func isUnspecified(host string) bool {
	a, err := netip.ParseAddr(host)
	return err == nil && a.IsUnspecified()
}

func (s *settings) scheme() string {
	if s.tlsCert != "" {
		return "https"
	}
	return "http"
}

// baseURL is the issuer, once the port is known.
func (s *settings) baseURL(bound net.Addr) string {
	if s.issuer != "" {
		return s.issuer
	}
	host, _, err := net.SplitHostPort(s.listen)
	_, port, err2 := net.SplitHostPort(bound.String())
	if err != nil || err2 != nil {
		return s.scheme() + "://" + bound.String()
	}
	return s.scheme() + "://" + net.JoinHostPort(host, port)
}

func parseNetworks(list string) (out []netip.Prefix, err error) {
	if list == "" {
		return nil, nil
	}
	for _, one := range strings.Split(list, ",") {
		p, err := netip.ParsePrefix(strings.TrimSpace(one))
		if err != nil {
			return nil, fmt.Errorf("%.64q is no network such as 10.0.0.0/8", one)
		}
		out = append(out, p.Masked())
	}
	return out, nil
}
