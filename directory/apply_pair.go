package directory

// entry holds the id and the key that an entry of a list is matched by.
type entry struct {
	at      string // of one of the file: the path of its name
	id, key string // key: of a stored one, of the name that the file last gave it
	now     string // of a stored one: the key of its name, where a program has changed it since
	made    bool   // a program made it: the file has to give its id
	gone    bool   // a program deleted it
}

// pair returns, for each wanted entry, the index of the stored entry that it
// stands for, or -1 for a new one: by id where the file gives one, else by key
// among the stored entries that no id claims. A stored entry that the file does
// not name and that is not pruned must not share its key with a wanted one.
func (a *Applier) pair(have, want []entry, prune bool) []int {
	byID, byKey, claimed := map[string]int{}, map[string]int{}, map[int]bool{}
	for i, h := range have {
		byID[h.id] = i
		if before, ok := byKey[h.key]; !h.made && (!ok || have[before].gone) {
			byKey[h.key] = i
		}
	}
	pairs := make([]int, len(want))
	for i, w := range want {
		pairs[i] = -1
		if n, ok := byID[w.id]; ok {
			pairs[i], claimed[n] = n, true
		}
	}
	for i, w := range want {
		if n, ok := byKey[w.key]; ok && w.id == "" && !claimed[n] {
			pairs[i], claimed[n] = n, true
		}
	}
	a.noteTaken(pairing{have, want, pairs, claimed, prune})
	return pairs
}

// pairing is what the names of a list are judged by.
type pairing struct {
	have, want []entry
	pairs      []int
	claimed    map[int]bool
	prune      bool
}

// noteTaken notes names that the file would write and that belong to another stored
// entry.
func (a *Applier) noteTaken(t pairing) {
	names := map[string]int{}
	for i, h := range t.have {
		switch {
		case h.gone:
		case h.now != "":
			names[h.now] = i
		default:
			names[h.key] = i
		}
	}
	for i, w := range t.want {
		if p := t.pairs[i]; p >= 0 && (t.have[p].gone || t.have[p].key == w.key) {
			continue // its name is not written
		}
		n, ok := names[w.key]
		if !ok || n == t.pairs[i] {
			continue
		}
		switch h := t.have[n]; {
		case t.claimed[n] && h.now == "": // it gets another, or the file names one twice
		case t.claimed[n]:
			a.faults.add(w.at, "belongs to %s, which has been renamed since", h.id)
		case h.made:
			a.faults.add(w.at, "belongs to %s, which this file did not make; give its id", h.id)
		case !t.prune:
			a.faults.add(w.at, "belongs to %s, which the file does not name", h.id)
		}
	}
}
