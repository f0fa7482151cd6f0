package load

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"
)

// Kind is what clients ask for.
type Kind string

// The kinds of requests.
const (
	Login    Kind = "login"
	Refresh  Kind = "refresh"
	UserInfo Kind = "userinfo"
)

// Window is what was seen while clients asked for some time. Requests that began
// in time are waited for, and count with the time they took.
type Window struct {
	Answered int
	Refused  int // for want of room, by a status from 500 on or 429
	Elapsed  time.Duration
	Median   time.Duration // of the answered ones
	P99      time.Duration
	Used     time.Duration // of processor time by the server; 0 where the system does not tell
}

// refusedWait is what a client waits that was refused, as the answers say.
const refusedWait = time.Second

// Drive makes the first clients ask for so long. Each has a connection of its
// own, made before the time begins. An answer that is neither what was asked for
// nor a refusal for want of room is an error.
func (s *Server) Drive(kind Kind, clients int, length time.Duration) (Window, error) {
	list := make([]*asker, clients)
	for i := range list {
		conn, err := dial(s.host)
		if err != nil {
			return Window{}, err
		}
		defer conn.close()
		list[i] = &asker{server: s, client: s.clients[i], conn: conn}
	}
	before, told := s.process.used()
	began := time.Now()
	var wg sync.WaitGroup
	for _, a := range list {
		wg.Go(func() { a.err = a.askUntil(kind, began.Add(length)) })
	}
	wg.Wait()
	w := Window{Elapsed: time.Since(began)}
	if after, ok := s.process.used(); ok && told {
		w.Used = after - before
	}
	return w, w.gather(list)
}

// asker is a client while it asks.
type asker struct {
	server  *Server
	client  *client
	conn    *conn
	took    []time.Duration
	refused int
	err     error
}

func (a *asker) askUntil(kind Kind, end time.Time) error {
	for time.Now().Before(end) {
		began := time.Now()
		status, err := a.ask(kind)
		switch {
		case err != nil:
			return fmt.Errorf("%s: %s: %w", a.server.Name, kind, err)
		case status >= 500 || status == http.StatusTooManyRequests:
			a.refused++
			time.Sleep(min(refusedWait, time.Until(end)))
		case status != http.StatusOK:
			return fmt.Errorf("%s: %s: got status %d: %.300s", a.server.Name, kind, status, a.conn.body.Bytes())
		default:
			a.took = append(a.took, time.Since(began))
		}
	}
	return nil
}

// ask sends one request, and looks whether the answer is what was asked for.
func (a *asker) ask(kind Kind) (status int, err error) {
	switch kind {
	case Login:
		if status, err = a.conn.post(tokenPath, a.server.login+a.client.user); err == nil && status == http.StatusOK {
			_, err = a.conn.field("access_token")
		}
	case Refresh:
		last := a.client.refresh
		status, err = a.conn.post(tokenPath, credentials+"&grant_type=refresh_token&refresh_token="+escape(last))
		if err != nil || status != http.StatusOK {
			return status, err
		}
		if err = a.client.keep(a.conn); err == nil && a.client.refresh == last {
			err = errors.New("got the same refresh token again")
		}
	case UserInfo:
		if status, err = a.conn.get(userInfoPath, a.client.access); err == nil && status == http.StatusOK {
			_, err = a.conn.field("sub")
		}
	}
	return status, err
}

// gather adds up what all clients saw.
func (w *Window) gather(list []*asker) error {
	var took []time.Duration
	var errs []error
	for _, a := range list {
		took = append(took, a.took...)
		w.Refused += a.refused
		errs = append(errs, a.err)
	}
	w.Answered = len(took)
	if len(took) > 0 {
		slices.Sort(took)
		w.Median, w.P99 = took[len(took)/2], took[len(took)*99/100]
	}
	return errors.Join(errs...)
}
