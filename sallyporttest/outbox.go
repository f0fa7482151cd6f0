package sallyporttest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/account"
	"github.com/sallyport-auth/sallyport/internal/typed"
)

// patience is how long, in real time, the kit waits for what happens behind
// the test's back: a notice, or a held call. It bounds a test that hangs and
// delays no test that passes.
const patience = 20 * time.Second

// Outbox is the mail server and the telephone network of a [Kit]: it keeps
// every message that the engine sends. All methods may be called from any
// number of goroutines. Methods that return a message fail the test at once if
// there is none.
type Outbox struct {
	t testing.TB

	mu      sync.Mutex
	sent    []sallyport.Message
	changed chan struct{} // closed and made anew with each message
	faults  []error
	blocks  []*block
}

var _ sallyport.Sender = (*Outbox)(nil)

// block is one send that waits.
type block struct {
	entered, release chan struct{}
	once             sync.Once
}

func (b *block) free() { b.once.Do(func() { close(b.release) }) }

func newOutbox(t testing.TB) *Outbox { return &Outbox{t: t, changed: make(chan struct{})} }

// Send keeps the message, unless a fault or a block was planned for it. It
// serves both channels.
func (o *Outbox) Send(ctx context.Context, m sallyport.Message) error {
	if err := o.hinder(ctx); err != nil {
		return err
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.sent = append(o.sent, m)
	close(o.changed)
	o.changed = make(chan struct{})
	return nil
}

// hinder carries out what was planned for one send: first the block, then the
// fault.
func (o *Outbox) hinder(ctx context.Context) error {
	o.mu.Lock()
	var b *block
	var fault error
	if len(o.blocks) > 0 {
		b, o.blocks = o.blocks[0], o.blocks[1:]
	}
	if len(o.faults) > 0 {
		fault, o.faults = o.faults[0], o.faults[1:]
	}
	o.mu.Unlock()
	if b == nil {
		return fault
	}
	close(b.entered)
	select {
	case <-b.release:
		return fault
	case <-ctx.Done():
		return ctx.Err()
	}
}

// FailNext makes the next message fail with err; it is not kept. Called again,
// it plans the one after that.
func (o *Outbox) FailNext(err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.faults = append(o.faults, err)
}

// Block makes the next send wait until release is called or the engine loses
// patience, which it does after five seconds. entered is closed when the send
// has begun. The end of the test releases it too.
func (o *Outbox) Block() (entered <-chan struct{}, release func()) {
	b := &block{entered: make(chan struct{}), release: make(chan struct{})}
	o.t.Cleanup(b.free)
	o.mu.Lock()
	defer o.mu.Unlock()
	o.blocks = append(o.blocks, b)
	return b.entered, b.free
}

// Messages returns all messages in the order in which they were sent. The
// slice is the caller's own.
func (o *Outbox) Messages() []sallyport.Message {
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.Clone(o.sent)
}

// Count is the number of messages so far, notices among them.
func (o *Outbox) Count() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return len(o.sent)
}

// Last is the last message to an address, of any kind. Notices are sent behind
// the answer's back: for those, see [Outbox.Await].
func (o *Outbox) Last(to string) sallyport.Message {
	o.t.Helper()
	return o.last(to, "message", func(sallyport.Message) bool { return true })
}

// LastCode is the code of the last message to an address that holds one.
func (o *Outbox) LastCode(to string) string {
	o.t.Helper()
	return o.last(to, "code", func(m sallyport.Message) bool { return m.Code != "" }).Code
}

// LastLink is the link of the last message to an address that asks to approve
// a login. The link of a notice, which undoes a change, is not meant.
func (o *Outbox) LastLink(to string) string {
	o.t.Helper()
	return o.last(to, "link", func(m sallyport.Message) bool { return m.Kind == "link" }).Link
}

func (o *Outbox) last(to, what string, match func(sallyport.Message) bool) sallyport.Message {
	o.t.Helper()
	for _, m := range slices.Backward(o.Messages()) {
		if m.To == to && match(m) {
			return m
		}
	}
	o.t.Fatalf("sallyporttest: got no %s to %q in the outbox, want one; it holds %s", what, to, o.contents())
	return sallyport.Message{}
}

// Await waits for a message of that kind ("otp", "link", "enrolment",
// "reset", "address" or "notice") to an address, and returns the last there is.
func (o *Outbox) Await(to, kind string) sallyport.Message {
	o.t.Helper()
	match := func(m sallyport.Message) bool { return m.Kind == kind }
	giveUp := time.NewTimer(patience)
	defer giveUp.Stop()
	for {
		o.mu.Lock()
		there, changed := slices.ContainsFunc(o.sent, func(m sallyport.Message) bool { return m.To == to && match(m) }), o.changed
		o.mu.Unlock()
		if there {
			return o.last(to, kind, match)
		}
		select {
		case <-changed:
		case <-giveUp.C:
			return o.last(to, kind, match) // which tells what is there instead
		}
	}
}

// Key calls begin, waits for the mail with a key in its link that it has sent to an
// address, such as one by which a password is set anew, an address is proven, or a change
// of address is taken back, and returns the key.
func (o *Outbox) Key(to string, begin func()) string {
	o.t.Helper()
	keyOf := func(m sallyport.Message) string { return m.Link[strings.LastIndexByte(m.Link, '/')+1:] }
	return keyOf(o.sentBy(begin, "mail with a key", to, func(m sallyport.Message) bool {
		return m.Kind != "link" && account.IsMailedKey(keyOf(m)) // the token of a link looks like a key
	}))
}

// Code calls begin, waits for the code that it has sent to an address, and returns it: a
// code of a login without a password goes out behind the answer.
func (o *Outbox) Code(to string, begin func()) string {
	o.t.Helper()
	return o.sentBy(begin, "code", to, func(m sallyport.Message) bool { return m.Code != "" }).Code
}

// sentBy waits for a message to an address that begin has sent.
func (o *Outbox) sentBy(begin func(), what, to string, match func(sallyport.Message) bool) sallyport.Message {
	o.t.Helper()
	n, giveUp := o.Count(), make(chan struct{})
	begin()
	timer := time.AfterFunc(patience, func() { close(giveUp) })
	defer timer.Stop()
	m, ok := o.next(n, giveUp, func(m sallyport.Message) bool { return m.To == to && match(m) })
	if !ok {
		o.t.Fatalf("sallyporttest: got no %s to %q, want one; the outbox holds %s", what, to, o.contents())
	}
	return m
}

// next waits until there are more messages than n that match, or stop is
// closed.
func (o *Outbox) next(n int, stop <-chan struct{}, match func(sallyport.Message) bool) (m sallyport.Message, ok bool) {
	for {
		o.mu.Lock()
		fresh, changed := slices.Clone(o.sent[n:]), o.changed
		o.mu.Unlock()
		if i := slices.IndexFunc(fresh, match); i >= 0 {
			return fresh[i], true
		}
		select {
		case <-changed:
		case <-stop:
			return m, false
		}
	}
}

// codeSince returns the code that was sent to the user of that name, in whatever
// spelling, after the first n messages.
func (o *Outbox) codeSince(n int, name string) (code string, ok bool) {
	for _, m := range o.Messages()[n:] {
		if m.Code != "" && typed.Name(m.User) == typed.Name(name) {
			return m.Code, true
		}
	}
	return "", false
}

// contents names the messages without what they carry.
func (o *Outbox) contents() string {
	var list []string
	for _, m := range o.Messages() {
		list = append(list, fmt.Sprintf("%s %s to %s", m.Channel, m.Kind, m.To))
	}
	if list == nil {
		return "nothing"
	}
	return strings.Join(list, ", ")
}
