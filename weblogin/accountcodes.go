package weblogin

import (
	"html/template"
	"strings"
	"sync"
	"time"

	"github.com/sallyport-auth/sallyport/internal/page"
)

// codesLife is how long recovery codes are shown again to the browser that was given them: a
// double click or a reload would lose them else, and the engine tells them once.
const codesLife = time.Minute

// maxShown bounds how many sets of codes one process shows again.
const maxShown = 1000

// shownCodes are the recovery codes that were drawn a moment ago, in the memory of this
// process alone, by a tag that only the browser which was given them makes. The zero
// shownCodes is empty; its methods may be called from any number of goroutines.
type shownCodes struct {
	mu   sync.Mutex
	sets map[string]shownSet
}

type shownSet struct {
	codes []string
	ends  time.Time
}

// put keeps a set. Where there are too many, it is not shown again.
func (s *shownCodes) put(tag string, codes []string, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sweep(now)
	if s.sets == nil {
		s.sets = map[string]shownSet{}
	}
	if len(s.sets) < maxShown {
		s.sets[tag] = shownSet{codes, now.Add(codesLife)}
	}
}

// get returns a set; nil: there is none, or no longer.
func (s *shownCodes) get(tag string, now time.Time) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sweep(now)
	return s.sets[tag].codes
}

func (s *shownCodes) sweep(now time.Time) {
	for tag, set := range s.sets {
		if !now.Before(set.ends) {
			delete(s.sets, tag)
		}
	}
}

// codesPage is what the page of new recovery codes shows.
type codesPage struct {
	Codes   []string // none: they cannot be shown again
	File    template.URL
	Account string
}

// madeCodes shows new recovery codes in the answer to the form: no cookie and no address has
// them. The same form once more, and a reload, show them for a minute.
func madeCodes(_ *change, v *visit, p pending, s *stand) error {
	tag, now := v.tag("codes of "+p.request), v.p.engine.Now()
	if len(s.codes) > 0 {
		v.p.shown.put(tag, s.codes, now)
	} else {
		s.codes = v.p.shown.get(tag, now)
	}
	v.keep(changeCookie, p.encode(), codesLife)
	data := &codesPage{Codes: s.codes, Account: v.p.opts.Account}
	if len(s.codes) == 0 {
		return v.draw("account-codes-gone", page.Say("Your recovery codes are new"), data)
	}
	data.File = template.URL("data:text/plain;charset=utf-8," + strings.Join(s.codes, "%0A") + "%0A")
	return v.draw("account-codes", page.Say("Save your recovery codes"), data)
}
