package account_test

import (
	"slices"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport/account"
	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/store/memstore"
)

// TestTakeResetMail: any hour has three mails at most, and one that was counted ahead of
// the clock counts from now on.
func TestTakeResetMail(t *testing.T) {
	minute := func(n int) time.Duration { return time.Duration(n) * time.Minute }
	for _, tt := range []struct {
		name string
		at   []time.Duration
		want []bool
	}{
		{"at once", []time.Duration{0, 0, 0, 0}, []bool{true, true, true, false}},
		{"within the hour", []time.Duration{0, minute(20), minute(40), minute(60) - 1}, []bool{true, true, true, false}},
		{"an hour after the first", []time.Duration{0, minute(20), minute(40), minute(60), minute(60)}, []bool{true, true, true, true, false}},
		{"a refusal counts for nothing", []time.Duration{0, 0, 0, minute(59), minute(60)}, []bool{true, true, true, false, true}},
		{"a clock set back", []time.Duration{minute(180), minute(180), minute(180), 0, minute(60) - 1, minute(60)}, []bool{true, true, true, false, false, true}},
	} {
		db := store.NewDB(memstore.New(), "")
		var got []bool
		for _, d := range tt.at {
			err := db.Run(t.Context(), noon.Add(d), func(tx *store.Tx) error {
				ok, err := account.TakeResetMail(tx, "0123456789abcdef0123456789abcdef", func() (bool, error) { return true, nil })
				got = append(got, ok)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s: got %v, want %v", tt.name, got, tt.want)
		}
	}
}
