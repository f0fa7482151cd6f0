package sallyport_test

import (
	"strings"
	"testing"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/directory"
)

// TestMoveInByReset: whoever was imported with a password that nobody knows, and with an
// address that is known as theirs, sets one of their own by mail; whoever was imported
// without a password is told that they cannot.
func TestMoveInByReset(t *testing.T) {
	k := hosted(t)
	rows, err := directory.ReadImport(strings.NewReader(`{"externalId": "1", "name": "zoe", "email": "zoe@example.com", "emailValidated": true, "password": "Hq2v9cX0d81mPq"}
{"externalId": "2", "name": "zed", "email": "zed@example.com", "emailValidated": true}`), directory.ImportJSONL)
	if err != nil {
		t.Fatal(err)
	}
	for r := range setup(k).Import(t.Context(), rows, directory.ImportOptions{}) {
		if r.Action != directory.ActionCreated {
			t.Errorf("got %+v", r)
		}
	}
	key := k.Outbox.Key("zoe@example.com", func() { err = k.Engine.BeginReset(t.Context(), sallyport.ResetRequest{Username: "zoe"}) })
	if err != nil {
		t.Fatal(err)
	}
	const chosen = "a pass phrase of my own"
	if r, err := k.Engine.FinishReset(t.Context(), sallyport.ResetFinish{Key: key, NewPassword: chosen}); err != nil || r.Status != sallyport.PasswordChanged {
		t.Fatalf("got %v, %v", r, err)
	}
	wantOutcome(t, "the new password", hostLogin(t, k, sallyport.Login{Username: "zoe", Password: chosen}), sallyport.FactorWanted, sallyport.NoReason)
	if err := k.Engine.BeginReset(t.Context(), sallyport.ResetRequest{Username: "zed"}); err != nil {
		t.Fatal(err)
	}
	if m := k.Outbox.Await("zed@example.com", "notice"); !strings.Contains(m.Text, "It cannot be set by mail") {
		t.Errorf("got %s", m.Text)
	}
}
