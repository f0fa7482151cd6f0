package store

import "strings"

// nearHead begins the keys of records that lie beside those of other tables. No
// table has this name.
const nearHead = "of/"

// form is what stands before and behind an id in the keys of a table.
type form struct{ head, tail string }

// formOf is the form of a table of that name, near or not.
func formOf(table string, near bool) form {
	if near {
		return form{nearHead, "/" + table}
	}
	return form{table + "/", ""}
}

// key is the key of a record, without the prefix of a DB.
func (f form) key(id string) string { return f.head + id + f.tail }

// is reports whether key is that of id. It makes no string, since a transaction
// asks it of every record that it knows.
func (f form) is(key, id string) bool {
	end := len(f.head) + len(id)
	return len(key) == end+len(f.tail) && key[end:] == f.tail && key[len(f.head):end] == id && key[:len(f.head)] == f.head
}

// id returns the id in a key that begins with the head, and whether the record is of
// this table. No id has a slash: with one the record is that of a DB whose prefix is the
// name of this table.
func (f form) id(key string) (id string, ours bool) {
	id, ours = strings.CutSuffix(key[len(f.head):], f.tail)
	return id, ours && !strings.Contains(id, "/")
}

// TableOf returns the name of the table to which the record of a key belongs, with
// the prefix of its [DB] and a slash before it, if there is one; "" for a text that
// is no key of a table. It is what may be said of a key: the id may be what an
// attacker would like to read in a log.
func TableOf(key string) string {
	head, tail := cutLast(key)
	front, id := cutLast(head)
	if prefix, of := cutLast(front); of+"/" == nearHead && isNearID(id) {
		if prefix != "" {
			return prefix + "/" + tail
		}
		return tail
	}
	return head
}

// cutLast cuts s at its last slash. Without one all of it is the tail.
func cutLast(s string) (head, tail string) {
	i := strings.LastIndexByte(s, '/')
	return s[:max(i, 0)], s[i+1:]
}

// nearIDDigits is how many hexadecimal digits the id of a near record has.
const nearIDDigits = 32

// isNearID tells a near key from one of a DB whose prefix is that of near keys.
func isNearID(id string) bool {
	return len(id) == nearIDDigits && strings.Trim(id, "0123456789abcdef") == ""
}
