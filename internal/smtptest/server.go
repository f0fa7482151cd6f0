// Package smtptest has mail servers for tests: one that follows a script and can hang,
// refuse, drop and lie at every step, and Debian's Postfix in a temporary folder.
package smtptest

import (
	"bufio"
	"crypto/tls"
	"encoding/base64"
	"io"
	"net"
	"net/textproto"
	"slices"
	"strings"
	"sync"
	"testing"
)

// The steps of a conversation, at each of which a script may do something else.
const (
	Connect  = "connect"
	EHLO     = "EHLO"
	STARTTLS = "STARTTLS"
	AUTH     = "AUTH"
	MAIL     = "MAIL"
	RCPT     = "RCPT"
	DATA     = "DATA"
	Text     = "text" // the end of the mail
	NOOP     = "NOOP"
)

// Action is what a server does in the place of its answer.
type Action func(s *Session)

// Hang answers nothing until the server is closed.
func Hang(s *Session) { <-s.server.closed; s.end() }

// Drop closes the connection.
func Drop(s *Session) { s.end() }

// Say answers with these words, line end included.
func Say(words string) Action { return func(s *Session) { s.write(words) } }

// Flood answers with one line that has no end, until the other side hangs up.
func Flood(s *Session) {
	for !s.over {
		s.write("250-" + strings.Repeat("x", 4096))
	}
}

// Script is how a server behaves. The zero value takes every mail, in clear.
type Script struct {
	TLS      *tls.Config // nil: none; else STARTTLS, or with Implicit TLS from the first byte
	Implicit bool
	Auth     string // offered, such as "PLAIN LOGIN"; empty: none
	User     string // with Password, wanted
	Password string
	Offer    []string // further extensions
	At       map[string]Action
}

// Mail is one that was taken.
type Mail struct {
	From string
	To   []string
	Data string // with "\n" as line end
	Raw  string // the same as it came, dots doubled
}

// Server is a scripted server. All methods may be called from any number of goroutines.
type Server struct {
	Addr string

	script   Script
	listener net.Listener
	closed   chan struct{}
	wg       sync.WaitGroup

	mu          sync.Mutex
	at          map[string]Action
	mails       []Mail
	commands    []string
	connections int
}

// Start starts a server on a free port of 127.0.0.1, until the test ends.
func Start(t testing.TB, script Script) *Server {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &Server{Addr: l.Addr().String(), script: script, listener: l, closed: make(chan struct{}), at: script.At}
	s.wg.Go(s.accept)
	t.Cleanup(func() {
		close(s.closed)
		l.Close()
		s.wg.Wait()
	})
	return s
}

// Do changes what the server does at its steps.
func (s *Server) Do(at map[string]Action) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.at = at
}

// Mails are those that were taken.
func (s *Server) Mails() []Mail {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.mails)
}

// Take is Mails, which are forgotten then.
func (s *Server) Take() []Mail {
	s.mu.Lock()
	defer s.mu.Unlock()
	taken := s.mails
	s.mails = nil
	return taken
}

// Commands are all that came, on all connections.
func (s *Server) Commands() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.commands)
}

// Connections is how many were made.
func (s *Server) Connections() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.connections
}

func (s *Server) accept() {
	for {
		c, err := s.listener.Accept()
		if err != nil {
			return
		}
		s.mu.Lock()
		s.connections++
		s.mu.Unlock()
		x := &Session{server: s}
		x.use(c)
		s.wg.Go(x.run)
		s.wg.Go(func() { // whoever waits for a command is freed at the end of the test
			<-s.closed
			c.Close()
		})
	}
}

func (s *Server) action(step string) Action {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.at[step]
}

func (s *Server) note(command string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.commands = append(s.commands, command)
}

// Session is one connection.
type Session struct {
	server    *Server
	conn      net.Conn
	in        *bufio.Reader
	over      bool
	encrypted bool
	mail      Mail
}

// Mail is what was said of the mail under way: at [Text] all of it.
func (s *Session) Mail() Mail { return s.mail }

func (s *Session) use(c net.Conn) { s.conn, s.in = c, bufio.NewReader(c) }

func (s *Session) write(words string) {
	if _, err := io.WriteString(s.conn, words); err != nil {
		s.over = true
	}
}

func (s *Session) end() {
	s.over = true
	s.conn.Close()
}

// answer gives an answer, unless the script has another.
func (s *Session) answer(step, words string) {
	if act := s.server.action(step); act != nil {
		act(s)
		return
	}
	s.write(words + "\r\n")
}

func (s *Session) run() {
	defer func() { s.conn.Close() }()
	if s.server.script.Implicit && !s.encrypt() {
		return
	}
	s.answer(Connect, "220 mx.example.org ESMTP")
	for !s.over {
		line, err := s.in.ReadString('\n')
		if err != nil {
			return
		}
		line = strings.TrimRight(line, "\r\n")
		s.server.note(line)
		s.command(line)
	}
}

func (s *Session) encrypt() bool {
	c := tls.Server(s.conn, s.server.script.TLS)
	if c.Handshake() != nil {
		return false
	}
	s.use(c)
	s.encrypted = true
	return true
}

func (s *Session) command(line string) {
	verb, rest, _ := strings.Cut(line, " ")
	switch strings.ToUpper(verb) {
	case "EHLO", "HELO":
		s.answer(EHLO, s.extensions())
	case "STARTTLS":
		s.answer(STARTTLS, "220 go ahead")
		if !s.over && s.server.script.TLS != nil && !s.encrypt() {
			s.over = true
		}
	case "AUTH":
		s.auth(rest)
	case "MAIL":
		s.mail = Mail{From: path(rest)}
		s.answer(MAIL, "250 2.1.0 ok")
	case "RCPT":
		s.mail.To = append(s.mail.To, path(rest))
		s.answer(RCPT, "250 2.1.5 ok")
	case "DATA":
		s.answer(DATA, "354 go ahead")
		if !s.over && s.server.action(DATA) == nil {
			s.text()
		}
	case "NOOP", "RSET":
		s.answer(NOOP, "250 ok")
	case "QUIT":
		s.write("221 bye\r\n")
		s.end()
	default:
		s.write("500 what\r\n")
	}
}

func (s *Session) extensions() string {
	lines := append([]string{"mx.example.org", "8BITMIME", "PIPELINING"}, s.server.script.Offer...)
	if s.server.script.TLS != nil && !s.encrypted {
		lines = append(lines, "STARTTLS")
	}
	if s.server.script.Auth != "" {
		lines = append(lines, "AUTH "+s.server.script.Auth)
	}
	for i := range lines[:len(lines)-1] {
		lines[i] = "250-" + lines[i]
	}
	lines[len(lines)-1] = "250 " + lines[len(lines)-1]
	return strings.Join(lines, "\r\n")
}

// auth takes PLAIN, and what LOGIN and CRAM-MD5 send without looking at it.
func (s *Session) auth(rest string) {
	if s.server.action(AUTH) != nil {
		s.answer(AUTH, "")
		return
	}
	way, first, _ := strings.Cut(rest, " ")
	var said []string
	switch way {
	case "PLAIN":
		b, _ := base64.StdEncoding.DecodeString(first)
		said = strings.Split(strings.TrimPrefix(string(b), "\x00"), "\x00")
	case "LOGIN":
		said = []string{s.ask("Username:"), s.ask("Password:")}
	case "CRAM-MD5":
		if user, _, _ := strings.Cut(s.ask("<1@mx.example.org>"), " "); user == s.server.script.User {
			said = []string{user, s.server.script.Password}
		}
	}
	if !slices.Equal(said, []string{s.server.script.User, s.server.script.Password}) {
		s.write("535 5.7.8 no\r\n")
		return
	}
	s.write("235 2.7.0 ok\r\n")
}

func (s *Session) ask(what string) string {
	s.write("334 " + base64.StdEncoding.EncodeToString([]byte(what)) + "\r\n")
	line, _ := s.in.ReadString('\n')
	b, _ := base64.StdEncoding.DecodeString(strings.TrimSpace(line))
	return string(b)
}

// text reads the mail to its end, and answers. The end is a line of a dot alone, between
// CR LF: a server that takes less for it can be told of another mail within one.
func (s *Session) text() {
	var raw strings.Builder
	for line := ""; line != ".\r\n" || !endsLine(&raw); {
		raw.WriteString(line)
		var err error
		if line, err = s.in.ReadString('\n'); err != nil || raw.Len() > maxText {
			s.over = true
			return
		}
	}
	s.mail.Raw = raw.String()
	b, err := textproto.NewReader(bufio.NewReader(strings.NewReader(s.mail.Raw + ".\r\n"))).ReadDotBytes()
	if err != nil {
		s.over = true
		return
	}
	s.mail.Data = string(b)
	if act := s.server.action(Text); act != nil {
		act(s)
		return
	}
	s.server.mu.Lock()
	s.server.mails = append(s.server.mails, s.mail)
	s.server.mu.Unlock()
	s.write("250 2.0.0 taken\r\n")
}

// endsLine reports whether a text ends a line, or has none.
func endsLine(raw *strings.Builder) bool {
	return raw.Len() == 0 || strings.HasSuffix(raw.String(), "\r\n")
}

// maxText bounds a mail, in bytes.
const maxText = 16 << 20

// path is an address between angle brackets.
func path(s string) string {
	_, s, _ = strings.Cut(s, "<")
	s, _, _ = strings.Cut(s, ">")
	return s
}
