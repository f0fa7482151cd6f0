package storetest_test

import (
	"context"

	"github.com/sallyport-auth/sallyport/store"
)

func brokenHolds() []broken {
	return []broken{
		{"Keep ignored", "does not compare what is only held",
			[]string{"KeepWritesNothing", "WriteSkew", "SerialWriteSkew"},
			func(r *ref) store.Store { return overlooks{r, func(w store.Write) bool { return w.Keep && w.If != 0 }} }},
		{"absence not held", "does not compare what is held to be absent",
			[]string{"AbsenceIsHeld", "AbsenceSkew", "SerialAbsenceSkew"},
			func(r *ref) store.Store { return overlooks{r, func(w store.Write) bool { return w.Keep && w.If == 0 }} }},
		{"deletes not compared", "deletes whatever stands there",
			[]string{"IfIsHeld", "Sequences"},
			func(r *ref) store.Store {
				return overlooks{r, func(w store.Write) bool { return !w.Keep && w.Value == nil }}
			}},
		{"write skew", "compares what is only held before it locks what it writes",
			[]string{"WriteSkew", "SerialWriteSkew"},
			func(r *ref) store.Store { return earlyCheck{r, func(w store.Write) bool { return w.Keep }} }},
		{"skew over absence", "the same where what is held is an absence: there is no row to lock",
			[]string{"AbsenceSkew", "SerialAbsenceSkew"},
			func(r *ref) store.Store {
				return earlyCheck{r, func(w store.Write) bool { return w.Keep && w.If == 0 }}
			}},
	}
}

// overlooks does not compare some writes.
type overlooks struct {
	*ref
	some func(store.Write) bool
}

func (s overlooks) Commit(ctx context.Context, c store.Change) error {
	if err := store.CheckChange(c); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.usable(ctx); err != nil {
		return err
	}
	compared := store.Change{}
	for _, w := range c.Writes {
		if !s.some(w) {
			compared.Writes = append(compared.Writes, w)
		}
	}
	if err := s.compare(compared); err != nil {
		return err
	}
	s.apply(c)
	return nil
}
