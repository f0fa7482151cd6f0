package main_test

import (
	"net/http"
	"os"
	"syscall"
	"testing"
	"time"
)

// The server is killed between every two calls of a login, which completes all
// the same; and what was spent stays spent.
func TestE2EKilledBetweenCalls(t *testing.T) {
	needTools(t, "zbarimg", "oathtool")
	t.Parallel()
	w := newWorld(t)

	r := w.want(w.password("tt29", "correct horse"), factorWanted)
	option := r.option(t, "Email OTP")
	w.crash()
	w.want(w.choose(r.id(), option), waiting)
	code := w.mailed("otp").Code
	w.crash()
	done := w.want(w.answer(r.id(), option, code), success)
	w.crash()
	w.want(w.answer(r.id(), option, code), requestDead)
	w.verify(done.AccessToken, "tt29")
	w.crash()
	equal(t, "refreshing after it", w.refresh(done.RefreshToken).code, http.StatusOK)

	r = w.want(w.password("anna", "battery staple"), enrolRequired)
	w.crash()
	secret := w.scan(r.id())
	w.crash()
	equal(t, "the key after it", w.scan(r.id()), secret)
	confirmed := w.code(secret)
	if status, body := w.post("/api/MFAEnrollment/ValidateMicrosoftTOTP", "requestId", r.id(), "secureCode", confirmed); status != http.StatusOK {
		t.Fatalf("confirming: got %d, %s", status, body)
	}
	w.crash()
	w.want(w.token("AuthenticationRequestId", r.id(), "Username", "anna", "Password", "battery staple"), success)
	w.crash()
	r = w.want(w.password("anna", "battery staple"), factorWanted)
	option = r.option(t, "MicrosoftAuthenticator OTP")
	w.want(w.answer(r.id(), option, confirmed), codeWrong)
	w.pass(time.Minute)
	code = w.code(secret)
	w.want(w.answer(r.id(), option, code), success)
	w.crash()
	r = w.want(w.password("anna", "battery staple"), factorWanted)
	w.want(w.answer(r.id(), r.option(t, "MicrosoftAuthenticator OTP"), code), codeWrong)
}

// outcome is how a held call ended.
type outcome struct {
	answer answer
	err    error
}

// hold makes a login wait for its link in the background, until the link is in
// the outbox.
func (w *world) hold() (request, option, link string, ended <-chan outcome) {
	w.t.Helper()
	r := w.want(w.password("tt29", "correct horse"), factorWanted)
	option = r.option(w.t, "Email Link")
	result, c := make(chan outcome, 1), w.client
	go func() {
		a, err := c.tryToken("VGAuthenticator", "AuthenticationRequestId", r.id(), "MFAAvailableId", option)
		result <- outcome{a, err}
	}()
	eventually(w.t, "the link", func() bool {
		_, err := os.Stat(w.outbox)
		return err == nil && w.mailed("link").Link != ""
	})
	return r.id(), option, w.mailed("link").Link, result
}

func (w *world) ended(c <-chan outcome) outcome {
	w.t.Helper()
	select {
	case o := <-c:
		return o
	case <-time.After(patience):
		w.t.Fatal("the call is still held")
		return outcome{}
	}
}

func TestE2ELink(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, _, link, held := w.hold()
	w.approve(link)
	o := w.ended(held)
	if o.err != nil {
		t.Fatal(o.err)
	}
	w.verify(w.want(o.answer, success).AccessToken, "tt29")
}

func TestE2EKilledWhileHeld(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	request, option, link, held := w.hold()
	w.proc.kill()
	if o := w.ended(held); o.err == nil {
		t.Fatalf("a killed server answered %s", o.answer.raw)
	}
	w.start(t)
	w.approve(link)
	w.crash()
	done := w.want(w.choose(request, option), success)
	w.verify(done.AccessToken, "tt29")
	w.crash()
	w.want(w.choose(request, option), requestDead)
}

func TestE2ETerminatedWhileHeld(t *testing.T) {
	t.Parallel()
	for _, sig := range []os.Signal{syscall.SIGTERM, os.Interrupt} {
		t.Run(sig.String(), func(t *testing.T) {
			w := newWorld(t)
			request, option, link, held := w.hold()
			w.proc.signal(sig)
			o := w.ended(held)
			if o.err != nil {
				t.Fatalf("the held call: %v", o.err)
			}
			w.want(o.answer, waiting)
			equal(t, "exit code", w.proc.exit(), 0)
			w.start(t)
			w.approve(link)
			w.want(w.choose(request, option), success)
		})
	}
}
