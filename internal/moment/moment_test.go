package moment_test

import (
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport/internal/moment"
)

func TestRules(t *testing.T) {
	now := time.Unix(1_000_000, 0)
	for _, tt := range []struct {
		name  string
		at    time.Duration // from now
		ahead bool
		moved bool
	}{
		{"long ago", -time.Hour, false, false},
		{"now", 0, false, false},
		{"a moment ahead", 1, false, true},
		{"as far ahead as another node may be", time.Minute, false, true},
		{"further", time.Minute + 1, true, true},
	} {
		at := now.Add(tt.at)
		if got := moment.Ahead(at, now); got != tt.ahead {
			t.Errorf("%s: Ahead: got %v, want %v", tt.name, got, tt.ahead)
		}
		want := at
		if tt.moved {
			want = now
		}
		if got, moved := moment.Begun(at, now); !got.Equal(want) || moved != tt.moved {
			t.Errorf("%s: Begun: got %v, %v, want %v, %v", tt.name, got, moved, want, tt.moved)
		}
	}
	if got, moved := moment.Begun(time.Time{}, now); !got.IsZero() || moved {
		t.Errorf("never: got %v, %v, want it left alone", got, moved)
	}
}
