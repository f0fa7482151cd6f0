package typed

import "golang.org/x/text/secure/precis"

// Label returns the key under which names of applications and roles, and paths of
// permissions, are compared, or "" for what is no name: the Nickname profile of
// RFC 8266, which folds case, widths and runs of spaces.
func Label(s string) string {
	key, err := precis.Nickname.CompareKey(s)
	if err != nil {
		return ""
	}
	return key
}
