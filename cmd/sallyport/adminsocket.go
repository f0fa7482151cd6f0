package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/sallyport-auth/sallyport/internal/adminsock"
)

// defaultSocket is where the server that holds a bbolt file answers: in a folder of
// its own beside the file.
func defaultSocket(boltPath string) string { return filepath.Join(boltPath+".sock", "admin") }

// adminPath is where `serve` makes its administrative socket, "" for nowhere.
func (s *settings) adminPath() string {
	path, isBolt := strings.CutPrefix(s.store, "bolt:")
	if s.adminSocket.given || !isBolt || !adminsock.Supported {
		return s.adminSocket.value
	}
	return defaultSocket(path)
}

// openAdmin makes the administrative socket. It answers once the site runs.
func (s *settings) openAdmin(site *site) (err error) {
	path := s.adminPath()
	if path == "" {
		return nil
	}
	handle := func(ctx context.Context, r adminsock.Request, emit func(any) error) error {
		err := dispatch(ctx, site.engine, r, emit)
		if err == nil {
			return nil
		}
		return &adminsock.Fault{Text: oneLine(err), Code: exitCode(err)}
	}
	site.admin, err = adminsock.Listen(path, handle, site.log)
	if errors.Is(err, adminsock.ErrPath) && !s.adminSocket.given {
		site.log.Warn("there is no administrative socket; -admin-socket names another path", "error", err, "path", path)
		return nil
	}
	if err != nil {
		return fmt.Errorf("-admin-socket: %w; -admin-socket \"\" serves without one", err)
	}
	if !s.adminSocket.given {
		site.adminFolder = filepath.Dir(path)
	}
	return nil
}

// endAdmin lets administrative commands under way finish and removes the socket, with
// the folder that was made for it.
func (s *site) endAdmin() error {
	if s.admin == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), finishAll)
	defer cancel()
	err := s.admin.Shutdown(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		s.log.Warn("an administrative command that did not end was cut off")
		err = nil
	}
	if s.adminFolder != "" {
		_ = os.Remove(s.adminFolder) // it stays where something else is in it
	}
	return err
}
