package main

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"time"
)

// newServer makes a server whose every wait has an end. The longest call is one
// that is held for a link, which lives four minutes at most.
func newServer(h http.Handler, log *slog.Logger) *http.Server {
	return &http.Server{
		Handler:           h,
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       30 * time.Second, // of the request; the wait for its answer does not count
		WriteTimeout:      5 * time.Minute,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    32 << 10,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
}

const (
	// finishSoon is how long calls have to finish before those that are held
	// are answered, since these could go on for minutes. A login takes a
	// fraction of it.
	finishSoon = time.Second
	// finishAll is how long answers may then take to reach their callers. No
	// call of the engine lasts longer than 30 s.
	finishAll = 35 * time.Second
)

// finish stops accepting, lets calls and administrative commands under way end, and
// answers held calls. Commands come first: they have need of the engine, which ends
// with the held calls.
func (s *site) finish() error {
	admin := make(chan error, 1)
	go func() { admin <- s.endAdmin() }()
	err := s.shutdown(finishSoon)
	if err := <-admin; err != nil {
		s.log.Error("ending the administrative socket", "error", err)
	}
	if errors.Is(err, context.DeadlineExceeded) {
		err = errors.Join(s.engine.Close(), s.shutdown(finishAll))
	}
	if errors.Is(err, context.DeadlineExceeded) {
		s.log.Warn("callers that did not take their answers were cut off")
		err = s.server.Close()
	}
	return err
}

func (s *site) shutdown(within time.Duration) error {
	ctx, cancel := context.WithTimeout(context.Background(), within)
	defer cancel()
	return s.server.Shutdown(ctx)
}
