package sallyporttest

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport/internal/rnd"
)

// Bounds of the time that may tell a name that exists from one that does not.
const (
	timedCalls = 500
	timedTries = 3 // a machine that does something else may spoil one
	timedShare = 0.03
	timedSlack = time.Millisecond
)

// checkTime measures names that exist and names that do not in turns, so that whatever
// else the machine does befalls both.
func checkTime(t *testing.T, a *accounts) {
	var known []string
	for range 8 {
		known = append(known, a.made().Name)
	}
	measure := func(name string) time.Duration {
		began := time.Now()
		if _, err := a.users.ByName(t.Context(), name); err != nil {
			t.Fatalf("ByName(%q): got %v", name, err)
		}
		return time.Since(began)
	}
	var there, gone time.Duration
	for range timedTries {
		var yes, no []time.Duration
		for i := range timedCalls {
			name := known[i%len(known)]
			unknown := "kit" + strings.ToLower(rnd.Hex(6))
			if i%2 == 0 {
				yes = append(yes, measure(name))
				no = append(no, measure(unknown))
			} else {
				no = append(no, measure(unknown))
				yes = append(yes, measure(name))
			}
		}
		there, gone = median(yes), median(no)
		if apart := (there - gone).Abs(); apart <= timedSlack || float64(apart) <= timedShare*float64(max(there, gone)) {
			return
		}
	}
	t.Errorf("a name that exists takes %v and one that does not %v, three times in a row: strangers can tell who has an account; look both up by one statement over one index", there, gone)
}

func median(list []time.Duration) time.Duration {
	slices.Sort(list)
	return list[len(list)/2]
}
