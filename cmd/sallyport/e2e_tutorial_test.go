//go:build unix

package main_test

import (
	"context"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/sallyporttest"
)

// TestE2ETutorial does what docs/tutorial.md says, block by block and sentence by sentence, in
// an empty folder. It adds two things only, since it has no network: the module that it
// belongs to takes the place of the published one, and the port is one that is free.
func TestE2ETutorial(t *testing.T) {
	needTools(t, "bash", "curl", "oathtool")
	t.Parallel()
	page, err := os.ReadFile("../../docs/tutorial.md")
	if err != nil {
		t.Fatal(err)
	}
	module, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	r := &reader{t: t, dir: t.TempDir(), module: module, address: "localhost:" + freePort(t)}
	t.Cleanup(r.stop)
	r.sitDown()
	for _, s := range steps(string(page)) {
		r.follow(s)
	}
	if want := (done{files: 7, changes: 4, shells: 5, starts: 3, looks: 18}); r.done != want {
		t.Errorf("done was %+v, want %+v: does the page say what it said?", r.done, want)
	}
	r.browser.Open("/vault").Want(t, http.StatusOK, "The vault")
	r.sitDown()
	if p := r.browser.Open("/vault").Want(t, http.StatusOK, "Sign in"); !strings.HasSuffix(p.URL, "/sign-in?to=%2Fvault") {
		t.Errorf("somebody who is not signed in is led to %s", p.URL)
	}
}

// step is a paragraph, an item of a list or a block of a page, with the paragraph before it.
type step struct{ kind, lead, text string }

// steps takes a page apart. The kind of a block is its language, of an item "item", of a
// paragraph "".
func steps(page string) (list []step) {
	lead, lines := "", strings.Split(page, "\n")
	for i := 0; i < len(lines); i++ {
		language, opens := strings.CutPrefix(lines[i], "```")
		switch {
		case opens:
			s := step{kind: language, lead: lead}
			for i++; i < len(lines) && lines[i] != "```"; i++ {
				s.text += lines[i] + "\n"
			}
			list = append(list, s)
		case listItem.MatchString(lines[i]):
			list = append(list, step{kind: "item", text: listItem.ReplaceAllString(lines[i], "")})
		case lines[i] != "" && !strings.HasPrefix(lines[i], "#"):
			lead = lines[i]
			list = append(list, step{text: lead})
		}
	}
	return list
}

var listItem = regexp.MustCompile(`^\d+\. `)

// reader is somebody who does what the tutorial says.
type reader struct {
	t       *testing.T
	dir     string
	module  string
	address string
	said    string // by the last lines of a shell
	server  *exec.Cmd
	output  *text
	ended   chan struct{}

	browser *sallyporttest.Browser
	page    *sallyporttest.Page
	fields  [][2]string // filled in and not sent yet
	phone   *sallyporttest.Authenticator
	done    done
}

// done counts what was done.
type done struct{ files, changes, shells, starts, looks int }

var (
	intoFile  = regexp.MustCompile("^Write this into `([^`]+)`")
	belowLine = regexp.MustCompile("^In `([^`]+)`, below the line `([^`]+)`, add:$")
	atEnd     = regexp.MustCompile("^At the end of `([^`]+)`, add:$")
)

func (r *reader) follow(s step) {
	r.t.Helper()
	switch s.kind {
	case "":
		if s.text == "Stop the program with Ctrl-C." {
			r.stop()
		}
	case "item":
		r.click(s.text)
	case "go":
		r.write(s)
	case "sh":
		r.shell(s)
	case "text":
		if r.said != s.text {
			r.t.Errorf("the page says that this is printed:\n%s\ngot\n%s", s.text, r.said)
		}
	default:
		r.t.Fatalf("what is to be done with a block of %q?", s.kind)
	}
}

// write writes or changes a file as the sentence before the block says.
func (r *reader) write(s step) {
	r.t.Helper()
	change := func(name string, how func(string) (string, bool)) {
		path := filepath.Join(r.dir, name)
		have, err := os.ReadFile(path)
		if err != nil {
			r.t.Fatal(err)
		}
		now, ok := how(string(have))
		if !ok {
			r.t.Fatalf("%s does not fit: %s", name, s.lead)
		}
		write(r.t, path, now)
		r.done.changes++
	}
	if m := intoFile.FindStringSubmatch(s.lead); m != nil {
		write(r.t, filepath.Join(r.dir, m[1]), r.here(s.text))
		r.done.files++
	} else if m := belowLine.FindStringSubmatch(s.lead); m != nil {
		line := regexp.MustCompile(`(?m)^\s*` + regexp.QuoteMeta(m[2]) + `\n`)
		change(m[1], func(have string) (string, bool) {
			at := line.FindAllStringIndex(have, -1)
			if len(at) != 1 {
				return "", false
			}
			return have[:at[0][1]] + s.text + have[at[0][1]:], true
		})
	} else if m := atEnd.FindStringSubmatch(s.lead); m != nil {
		change(m[1], func(have string) (string, bool) { return have + s.text, true })
	} else {
		r.t.Fatalf("nothing says where this goes: %s", s.text)
	}
}

// here is a text of the page with the port that is free.
func (r *reader) here(text string) string {
	return strings.ReplaceAll(text, "localhost:8080", r.address)
}

// command is bash with some lines, in the folder.
func (r *reader) command(ctx context.Context, lines string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "bash", "-e", "-o", "pipefail", "-c", r.here(lines))
	cmd.Dir = r.dir
	cmd.Env = append(os.Environ(), "GOPROXY=off", "GOSUMDB=off", "GOFLAGS=", "GOWORK=off", "GOTOOLCHAIN=local")
	return cmd
}

// shell runs lines of a shell, or starts them where the page says so.
func (r *reader) shell(s step) {
	r.t.Helper()
	if s.lead == "Start it and leave it running:" {
		r.start(s.text)
		return
	}
	r.done.shells++
	if key := shownKey.FindString(r.shown()); key != "" {
		s.text = strings.Replace(s.text, "KEY", key, 1)
	}
	r.said = strings.ReplaceAll(strings.ReplaceAll(r.run(s.text), "\r", ""), " \n", "\n")
	if strings.HasPrefix(s.text, "go mod init ") { // the one line that the page does not have
		r.run("go mod edit -replace github.com/sallyport-auth/sallyport=" + r.module)
	}
}

// run runs lines and returns what they print.
func (r *reader) run(lines string) string {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(r.t.Context(), tutorialPatience)
	defer cancel()
	cmd := r.command(ctx, lines)
	cmd.Stderr = &text{}
	out, err := cmd.Output()
	if err != nil {
		r.t.Fatalf("%v\n%s\n%s\nin\n%s", err, cmd.Stderr, out, lines)
	}
	return string(out)
}

// tutorialPatience is how long lines may take that build a program for the first time.
const tutorialPatience = 5 * time.Minute

// shownKey is the key of an authenticator as the page of the enrolment shows it.
var shownKey = regexp.MustCompile(`\b[A-Z2-7]{4}(?: [A-Z2-7]{4}){3,}\b`)

func (r *reader) shown() string {
	if r.page == nil {
		return ""
	}
	return r.page.Text
}

// start starts the program, and returns once it says that it listens and does. What it takes
// to build it is not counted: the lines before the last one are run, and the program is
// built, before it is started.
func (r *reader) start(lines string) {
	r.t.Helper()
	r.stop()
	before, last, _ := strings.Cut(strings.TrimSuffix(lines, "\n"), "\n")
	if last == "" {
		before, last = "", before
	}
	r.run(before + "\ngo build -o /dev/null .")
	r.done.starts++
	r.server, r.output, r.ended = r.command(context.Background(), last), &text{}, make(chan struct{})
	r.server.Stdout, r.server.Stderr = r.output, r.output
	r.server.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // the program and what has started it are ended as one
	if err := r.server.Start(); err != nil {
		r.t.Fatal(err)
	}
	go func(cmd *exec.Cmd, ended chan struct{}) { _ = cmd.Wait(); close(ended) }(r.server, r.ended) // it ends by a signal
	eventually(r.t, "the program", func() bool {
		select {
		case <-r.ended:
			r.t.Fatalf("the program has ended: %s", r.output)
		default:
		}
		if !strings.Contains(r.output.String(), "the shop is open at http://"+r.address) {
			return false
		}
		c, err := net.Dial("tcp", r.address)
		if err == nil {
			c.Close()
		}
		return err == nil
	})
}

// stop ends the program as Ctrl-C does.
func (r *reader) stop() {
	if r.server == nil {
		return
	}
	_ = syscall.Kill(-r.server.Process.Pid, syscall.SIGINT) // it may have ended
	<-r.ended
	r.server = nil
}

// sitDown opens a browser that knows nothing yet. What it asks for is handed to the program.
func (r *reader) sitDown() {
	r.t.Helper()
	base := &url.URL{Scheme: "http", Host: r.address}
	kit := sallyporttest.New(r.t, sallyporttest.WithConfig(func(c *sallyport.Config) { c.Issuer, c.Now = base.String(), time.Now }))
	r.browser = kit.Browser(&httputil.ReverseProxy{Rewrite: func(p *httputil.ProxyRequest) { p.SetURL(base) }})
}

// deed is what an item says that is done, or seen.
var deed = regexp.MustCompile("(?i)open <(?P<open>[^>]+)>|" +
	"\\*\\*(?P<field>[^*]+)\\*\\* with (?:`(?P<value>[^`]+)`|the (?P<code>next code|code))|" +
	"press \\*\\*(?P<press>[^*]+)\\*\\*|follow \\*\\*(?P<follow>[^*]+)\\*\\*|you see \"(?P<see>[^\"]+)\"")

// sayNo are the pages that say no; all others are answered 200.
var sayNo = map[string]int{"Name or password is wrong.": http.StatusBadRequest, "You may not do this.": http.StatusForbidden}

// click does what an item of a list says.
func (r *reader) click(item string) {
	r.t.Helper()
	found := deed.FindAllStringSubmatch(r.here(item), -1)
	if len(found) == 0 {
		r.t.Fatalf("what is to be done here? %s", item)
	}
	for _, m := range found {
		part := func(name string) string { return m[deed.SubexpIndex(name)] }
		switch {
		case part("open") != "":
			r.page = r.browser.Open(part("open"))
		case part("field") != "":
			r.fields = append(r.fields, [2]string{part("field"), r.typed(part("value"), part("code"))})
		case part("press") != "":
			r.press(part("press"))
		case part("follow") != "":
			r.page = r.page.Follow(part("follow"))
		default:
			status, refused := sayNo[part("see")]
			if !refused {
				status = http.StatusOK
			}
			r.page.Want(r.t, status, part("see"))
			r.done.looks++
		}
	}
}

// typed is what goes into a field: the value of the page, the code that was computed for the
// key, or the one that an app shows half a minute later.
func (r *reader) typed(value, code string) string {
	r.t.Helper()
	switch code {
	case "code":
		r.phone = r.page.Authenticator()
		if got := strings.TrimSpace(r.said); got != r.phone.CodeAt(time.Now()) && got != r.phone.CodeAt(time.Now().Add(-30*time.Second)) {
			r.t.Errorf("the page computes %q, which is not the code of its key", got)
		}
		return strings.TrimSpace(r.said)
	case "next code":
		return r.phone.CodeAt(time.Now().Add(30 * time.Second))
	}
	return value
}

// press sends the form that has the fields which were filled in, and the button.
func (r *reader) press(button string) {
	r.t.Helper()
	names := []string{button}
	for _, f := range r.fields {
		names = append(names, f[0])
	}
	form := r.page.Form(names...)
	for _, f := range r.fields {
		form.Fill(f[0], f[1])
	}
	r.page, r.fields = form.Submit(button), nil
}
