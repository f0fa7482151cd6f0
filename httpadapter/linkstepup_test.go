package httpadapter_test

import (
	"strings"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/mfa"
)

// startStepUp signs the user in at the host, and sends the link of a step-up.
func startStepUp(t *testing.T, h *harness) (l *linkLogin, handle, number string, ask sallyport.StepUpAnswer) {
	t.Helper()
	r, err := h.engine.Login(t.Context(), sallyport.Login{Username: "mail", Password: pass})
	if err != nil {
		t.Fatal(err)
	}
	in := sallyport.Login{RequestID: r.RequestID, OptionID: r.Options[1].ID}
	for _, code := range []string{"", "sent"} {
		if in.Code = code; code != "" {
			in.Code = h.outbox.last(t, "otp").Code
		}
		if r, err = h.engine.Login(t.Context(), in); err != nil {
			t.Fatal(err)
		}
	}
	if r.Session == nil {
		t.Fatalf("got %v, %q", r.Outcome, r.Reason)
	}
	handle = r.Session.Handle
	open, err := h.engine.StepUp(t.Context(), handle, sallyport.Need{Methods: []mfa.Method{{Transport: mfa.Email, Mode: mfa.Link}}})
	if err != nil || len(open.Options) != 1 {
		t.Fatalf("got %+v, %v", open, err)
	}
	ask = sallyport.StepUpAnswer{RequestID: open.RequestID, OptionID: open.Options[0].ID}
	if r, err = h.engine.AnswerStepUp(t.Context(), handle, ask); err != nil || !r.LinkSent {
		t.Fatalf("got %v, %v", r, err)
	}
	return &linkLogin{h: h, page: path(t, h.outbox.last(t, "link").Link)}, handle, open.Options[0].MatchNumber, ask
}

// TestLinkStepUp: the page of a link of a step-up says that somebody is signed in and not that
// somebody signs in, asks for the number, and tells what came of it.
func TestLinkStepUp(t *testing.T) {
	for _, tt := range []struct {
		name, decision, number string
		title, says            string
		outcome                sallyport.Outcome // of the session that asked; Denied: it has ended
		ends                   bool
	}{
		{"approved", "approve", "right", "Approved", "Go back to the page that asked", sallyport.Granted, false},
		{"another number", "approve", "wrong", "That was not the number", "begin once more", sallyport.Denied, false},
		{"disowned", "deny", "", "Stopped", "the session that asked has ended", sallyport.Denied, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h := newLinkHarness(t)
			l, handle, number, ask := startStepUp(t, h)
			page := l.look(t).body
			for _, part := range []string{"Is this you?", "signed in to your account and wants to go on", "The number that the page shows", "that session ends", "This wasn’t me"} {
				if !strings.Contains(page, part) {
					t.Errorf("the page lacks %q", part)
				}
			}
			for _, part := range []string{"sign-in", "signing in", ">" + number + "<"} {
				if strings.Contains(page, part) {
					t.Errorf("the page has %q", part)
				}
			}
			if a := l.decide(t, "decision", "approve", "number", "7"); a.status != 400 || !strings.Contains(a.body, "the two digits that the page shows") {
				t.Errorf("a typing error: got %d %s", a.status, a.body)
			}
			typed := map[string]string{"right": number, "wrong": other(number), "": ""}[tt.number]
			done := l.decide(t, "decision", tt.decision, "number", typed)
			wantNote(t, done, tt.title)
			if !strings.Contains(done.body, tt.says) || strings.Contains(done.body, "sign-in has") {
				t.Errorf("got %s, want %q in it", done.body, tt.says)
			}
			r, err := h.engine.AnswerStepUp(t.Context(), handle, ask)
			if tt.ends {
				if err == nil {
					t.Errorf("got %v of a session that was disowned", r.Outcome)
				}
			} else if err != nil || r.Outcome != tt.outcome {
				t.Errorf("got %v, %v, want %v", r, err, tt.outcome)
			}
		})
	}
	h := newLinkHarness(t)
	l, _, _, _ := startStepUp(t, h)
	h.clock.advance(90 * time.Second)
	late := h.do(request("GET", l.page, ""))
	if late.status != 410 || !strings.Contains(late.body, "go back to the page that asked and ask for another link") {
		t.Errorf("too late: got %d %s", late.status, late.body)
	}
}

// other is a number that is not this one.
func other(number string) string {
	if number == "00" {
		return "01"
	}
	return "00"
}
