// Package useragent says in words what the User-Agent header of a browser tells.
package useragent

import "strings"

// Device says in words what a browser's User-Agent header tells, such as "Firefox
// on Windows". Of any other program it says nothing: the header is whatever its
// sender likes, so no part of it is ever shown.
func Device(userAgent string) string {
	browser, system := among(browsers, userAgent), among(systems, userAgent)
	switch {
	case browser == "":
		return ""
	case system == "":
		return browser
	}
	return browser + " on " + system
}

// mark is a part of the header by which a name is known.
type mark struct{ part, name string }

// Most browsers also bear the names of others, so the order counts.
var (
	browsers = []mark{
		{"Edg/", "Edge"}, {"EdgA/", "Edge"}, {"EdgiOS/", "Edge"}, {"OPR/", "Opera"}, {"SamsungBrowser/", "Samsung Internet"},
		{"Firefox/", "Firefox"}, {"FxiOS/", "Firefox"}, {"CriOS/", "Chrome"}, {"Chrome/", "Chrome"}, {"Safari/", "Safari"},
	}
	systems = []mark{
		{"iPhone", "iPhone"}, {"iPad", "iPad"}, {"Android", "Android"}, {"Windows", "Windows"}, {"Macintosh", "Mac"},
		{"CrOS", "ChromeOS"}, {"Linux", "Linux"},
	}
)

func among(marks []mark, userAgent string) string {
	for _, m := range marks {
		if strings.Contains(userAgent, m.part) {
			return m.name
		}
	}
	return ""
}
