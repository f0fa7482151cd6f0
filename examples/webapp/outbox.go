package main

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync"

	"github.com/sallyport-auth/sallyport"
)

// outboxPath is where the mails are shown.
const outboxPath = "/outbox"

// keptMails is how many mails are shown; the oldest go.
const keptMails = 100

// outbox stands in the place of a mail server: it keeps mails in memory, and shows them. The
// zero value is empty. A program of your own takes package smtpsender instead.
type outbox struct {
	mu   sync.Mutex
	list []sallyport.Message // oldest first
}

var _ sallyport.Sender = (*outbox)(nil)

// Send keeps a mail.
func (o *outbox) Send(_ context.Context, m sallyport.Message) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.list = append(o.list, m)
	o.list = slices.Delete(o.list, 0, max(0, len(o.list)-keptMails))
	return nil
}

// newest are the mails, the newest first.
func (o *outbox) newest() []sallyport.Message {
	o.mu.Lock()
	defer o.mu.Unlock()
	list := slices.Clone(o.list)
	slices.Reverse(list)
	return list
}

// page shows the mails to whoever sits at this machine, and to nobody else: with them
// anybody signs in.
func (o *outbox) page(w http.ResponseWriter, r *http.Request) {
	if !isFromHere(r) {
		http.Error(w, "The mails are shown on this machine alone.", http.StatusForbidden)
		return
	}
	show(w, r, http.StatusOK, "outbox", o.newest())
}

// isFromHere reports whether a request was made on this machine and for it: by a loopback
// peer, through no proxy, and under a name that no page elsewhere can take for its own.
func isFromHere(r *http.Request) bool {
	for name := range r.Header {
		if name == "Forwarded" || name == "Via" || strings.HasPrefix(name, "X-Forwarded-") {
			return false
		}
	}
	from, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil || !from.Addr().IsLoopback() {
		return false
	}
	host, _, err := net.SplitHostPort(r.Host)
	if err != nil {
		host = strings.Trim(r.Host, "[]") // without a port
	}
	at, err := netip.ParseAddr(host)
	return strings.EqualFold(host, "localhost") || err == nil && at.IsLoopback()
}
