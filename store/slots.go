package store

// slot is what a transaction knows of one record: as it was read, and once the
// transaction has written it, as it will be. The version is always the one that
// was read, 0 for a record that was absent.
type slot struct {
	rec    Record
	round  int  // the load that read it, from 1
	closed bool // Value of rec is as the store keeps it, see [DB.openValue]
	held   bool // the commit is void if another change writes it meanwhile
	blind  bool // to be inserted without having been read
	wrote  bool // Value and Expires of rec are the transaction's own
}

// fewSlots is up to how many slots are looked through one by one. A login knows
// some twenty, which costs less than a map of them; a directory that is applied
// knows thousands.
const fewSlots = 48

// slots are those of one transaction. A pointer to one is good until the next
// is added.
type slots struct {
	list []slot
	at   map[string]int // by key, once there are many
}

// find returns the slot of a record, nil if there is none. The parts of its key
// are compared as they are: putting them together would allocate at each look.
func (s *slots) find(prefix string, f form, id string) *slot {
	if s.at != nil {
		return s.mapped(prefix + f.key(id))
	}
	for i := range s.list {
		if f.is(s.list[i].rec.Key[len(prefix):], id) {
			return &s.list[i]
		}
	}
	return nil
}

// named is find by a key without the prefix.
func (s *slots) named(prefix, key string) *slot {
	if s.at != nil {
		return s.mapped(prefix + key)
	}
	for i := range s.list {
		if s.list[i].rec.Key[len(prefix):] == key {
			return &s.list[i]
		}
	}
	return nil
}

func (s *slots) mapped(key string) *slot {
	if i, ok := s.at[key]; ok {
		return &s.list[i]
	}
	return nil
}

// add takes a slot whose key is not known yet.
func (s *slots) add(n slot) *slot {
	s.list = append(s.list, n)
	last := len(s.list) - 1
	switch {
	case s.at != nil:
		s.at[n.rec.Key] = last
	case last >= fewSlots:
		s.at = make(map[string]int, 4*fewSlots)
		for i := range s.list {
			s.at[s.list[i].rec.Key] = i
		}
	}
	return &s.list[last]
}

// cut forgets all but the first n slots.
func (s *slots) cut(n int) {
	if s.at != nil {
		for i := n; i < len(s.list); i++ {
			delete(s.at, s.list[i].rec.Key)
		}
	}
	clear(s.list[n:])
	s.list = s.list[:n]
}
