package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"sync"
	"syscall"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/internal/adminsock"
	"github.com/sallyport-auth/sallyport/internal/connlimit"
	"github.com/sallyport-auth/sallyport/password"
	"github.com/sallyport-auth/sallyport/smtpsender"
	"github.com/sallyport-auth/sallyport/webhooksender"
)

// site is an engine with everything it stands on and the port that leads to
// it.
type site struct {
	url      string // where it listens
	issuer   string // its public name
	log      *slog.Logger
	outbox   *outbox               // nil: none
	mails    *smtpsender.Sender    // nil: none
	texts    *webhooksender.Sender // likewise
	listener net.Listener
	bounded  *connlimit.Listener // below listener
	cert     *certificate        // nil: none
	hangups  <-chan os.Signal
	storage  storage
	breached *password.BreachFilter // nil: none
	engine   *sallyport.Engine
	server   *http.Server

	admin       *adminsock.Server // nil: none
	adminFolder string            // made for its socket; "" for one that was named
}

// serve opens a site, says when it is ready, and serves until ctx ends.
func (s *settings) serve(ctx context.Context, t terminal, d *directory.File, ready func(*site) error) error {
	hardenServer()
	log := newLogQueue(t.err, s.loud(t.err))
	defer log.flush()
	site, err := s.open(ctx, log, d)
	if err != nil {
		return err
	}
	s.warn(log)
	log.flush()
	if err := ready(site); err != nil {
		return errors.Join(err, site.close())
	}
	if err := errors.Join(site.run(ctx), site.close()); err != nil {
		return runtimeError{err}
	}
	return nil
}

// open makes a site. Whatever can be wrong is found here, and what was opened
// by then is closed again. The port is taken before the store is, and answers
// once the site runs.
func (s *settings) open(ctx context.Context, stderr io.Writer, d *directory.File) (_ *site, err error) {
	site := &site{log: s.logger(stderr, s.level), hangups: s.hangups}
	defer func() {
		if err != nil {
			err = errors.Join(err, site.close())
		}
	}()
	now := time.Now
	if s.insecureClock != "" {
		c, err := newOffsetClock(s.insecureClock)
		if err != nil {
			return nil, err
		}
		now = c.now
	}
	if s.keepMessages {
		if site.outbox, err = newOutbox(s.outbox, now); err != nil {
			return nil, err
		}
	}
	if err := s.listenTo(ctx, site, now); err != nil {
		return nil, err
	}
	if s.named != nil {
		s.named(site.issuer)
	}
	if site.storage, err = openStorage(ctx, s.store, s.keyFile, site.log); err != nil {
		return nil, err
	}
	if err := s.start(ctx, site, now); err != nil {
		return nil, err
	}
	if err := site.apply(ctx, d); err != nil {
		return nil, fmt.Errorf("-directory: %w", err)
	}
	if err := s.openAdmin(site); err != nil {
		return nil, err
	}
	handler, err := s.handler(site)
	if err != nil {
		return nil, err
	}
	site.server = newServer(handler, site.log)
	site.bounded.Attach(site.server)
	return site, nil
}

// listenTo takes the port, and with it the site gets its names.
func (s *settings) listenTo(ctx context.Context, site *site, now func() time.Time) (err error) {
	if s.tlsCert != "" {
		if site.cert, err = openCertificate(s.tlsCert, s.tlsKey, now, site.log); err != nil {
			return fmt.Errorf("-tls-cert, -tls-key: %w", err)
		}
	}
	l, err := listen(ctx, s.listen)
	if errors.Is(err, syscall.EADDRINUSE) {
		err = fmt.Errorf("%w: end what listens there, or use -listen 127.0.0.1:0, which picks a free port", err)
	}
	if err != nil {
		return fmt.Errorf("-listen: %w", err)
	}
	site.url, site.issuer = s.scheme()+"://"+l.Addr().String(), s.baseURL(l.Addr())
	site.bounded = s.bound(l, s.most, site.log)
	site.listener = site.bounded
	if site.cert != nil {
		site.listener = tls.NewListener(site.bounded, site.cert.config())
	}
	return nil
}

// start makes the engine.
func (s *settings) start(ctx context.Context, site *site, now func() time.Time) (err error) {
	c := sallyport.Config{
		Store: site.storage.Store, Keys: site.storage.keys, Issuer: site.issuer, Label: s.label, StaticAudience: s.audience, Language: s.language,
		Now: now, Logger: site.log, KeyRotation: s.keys.rotation,
	}
	if site.outbox != nil {
		c.Email, c.SMS = site.outbox, site.outbox
	}
	if site.mails, err = s.mail.sender(now); err != nil {
		return err
	}
	if site.mails != nil {
		c.Email = site.mails
	}
	if site.texts, err = s.texts.sender(now); err != nil {
		return err
	}
	if site.texts != nil {
		c.SMS = site.texts
	}
	s.texts.bound(&c)
	if s.breached != "" {
		if site.breached, err = password.OpenBreachFilter(s.breached); err != nil {
			return fmt.Errorf("-breached: %w", err)
		}
		c.Breached = site.breached
	}
	if c.Modules, err = s.windows.modules(ctx, now, site.log); err != nil {
		return err
	}
	site.engine, err = sallyport.New(context.Background(), c)
	return wrongKeys(site.storage.keyFile, err)
}

// apply puts a directory into the store, if there is one.
func (s *site) apply(ctx context.Context, d *directory.File) error {
	if d == nil {
		return nil
	}
	report, err := s.engine.Apply(ctx, *d, directory.Options{})
	if err != nil {
		return err
	}
	for _, w := range report.Warnings {
		s.log.Warn("directory: " + w)
	}
	for _, e := range report.Entries {
		s.log.Debug("directory", "kind", e.Kind, "name", e.Name, "id", e.ID, "action", e.Action, "kept", e.Kept)
	}
	return nil
}

// logger writes to stderr from a level on.
func (s *settings) logger(stderr io.Writer, level slog.Level) *slog.Logger {
	o := &slog.HandlerOptions{Level: level}
	if s.logFormat == "json" {
		return slog.New(slog.NewJSONHandler(stderr, o))
	}
	return slog.New(slog.NewTextHandler(stderr, o))
}

// loud is a logger whose warnings are written at any level of the log.
func (s *settings) loud(stderr io.Writer) *slog.Logger {
	return s.logger(stderr, min(s.level, slog.LevelWarn))
}

// warn says loudly, at any level of the log, what is not for earnest.
func (s *settings) warn(stderr io.Writer) {
	log := s.loud(stderr)
	if s.outbox != "" {
		log.Warn("DEVELOPMENT ONLY: -outbox sends nothing. Codes and links that log people in are written to a file and shown to everybody on this machine.", "file", s.outbox, "page", outboxPath)
	}
	if s.insecureClock != "" {
		log.Warn("TESTS ONLY: -insecure-clock lets whoever writes a file turn the clock, and with it every expiry.", "file", s.insecureClock)
	}
}

// maintainEvery is how often the engine cleans up.
const maintainEvery = time.Minute

// run serves until ctx ends, and then lets calls under way finish.
func (s *site) run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	var work sync.WaitGroup
	defer work.Wait()
	defer cancel()
	work.Go(func() { s.maintain(ctx) })
	work.Go(func() { s.reread(ctx) })
	if s.admin != nil {
		go s.admin.Serve() // which ends with endAdmin
	}
	failed := make(chan error, 1)
	work.Go(func() { failed <- s.server.Serve(s.listener) })
	select {
	case err := <-failed:
		return fmt.Errorf("serving: %w", err)
	case <-ctx.Done():
		return s.finish()
	}
}

// reread keeps the certificate up to date, and without one says that there is
// nothing to read anew.
func (s *site) reread(ctx context.Context) {
	if s.cert != nil {
		s.cert.follow(ctx, s.hangups)
		return
	}
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.hangups:
			s.log.Info("SIGHUP: there is no certificate to read anew")
		}
	}
}

func (s *site) maintain(ctx context.Context) {
	tick := time.NewTicker(maintainEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			if err := s.engine.Maintain(ctx); err != nil && ctx.Err() == nil {
				s.log.Error("maintaining the store", "error", err)
			}
		}
	}
}

// close gives back what open took. The engine goes before its store.
func (s *site) close() error {
	errs := []error{s.endAdmin()}
	if s.listener != nil {
		if err := s.listener.Close(); !errors.Is(err, net.ErrClosed) { // the server has closed it
			errs = append(errs, err)
		}
	}
	if s.engine != nil {
		errs = append(errs, s.engine.Close())
	}
	if s.mails != nil {
		errs = append(errs, s.mails.Close())
	}
	if s.texts != nil {
		errs = append(errs, s.texts.Close())
	}
	if s.breached != nil {
		errs = append(errs, s.breached.Close())
	}
	if s.storage.Store != nil {
		errs = append(errs, s.storage.Close())
	}
	return errors.Join(append(errs, s.outbox.close())...)
}

// readDirectory reads a directory file, "" for none.
func readDirectory(path string) (*directory.File, error) {
	if path == "" {
		return nil, nil
	}
	d, _, err := readDirectoryText(path)
	return d, err
}

// readDirectoryText reads a directory file, and returns its text too.
func readDirectoryText(path string) (*directory.File, []byte, error) {
	raw, err := readFile(path, maxDirectory)
	if err != nil {
		return nil, nil, fmt.Errorf("-directory: %w", err)
	}
	d, err := directory.Parse(raw)
	if err != nil {
		return nil, nil, fmt.Errorf("-directory: %s: %w", path, err)
	}
	return &d, raw, nil
}

// maxDirectory bounds a directory file, in bytes; some 100,000 users.
const maxDirectory = 64 << 20
