package page

import (
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

//go:embed texts/*.json
var textFiles embed.FS

// said are our texts of a language by the English ones. Those of English are all texts, each
// for itself.
func said(tag string) (texts map[string]string) {
	b, err := textFiles.ReadFile("texts/" + tag + ".json")
	if err != nil {
		return map[string]string{}
	}
	if err := json.Unmarshal(b, &texts); err != nil {
		panic("page: texts/" + tag + ".json: " + err.Error()) // a test reads each
	}
	return texts
}

// merge puts a host's texts in the place of ours. One that no page says is spelt wrong, and
// one whose places are others would say %!d(MISSING).
func merge(tag string, own map[string]string, all []string) (map[string]string, error) {
	texts := said(tag)
	var errs []error
	for _, words := range slices.Sorted(maps.Keys(own)) {
		if _, known := slices.BinarySearch(all, words); !known {
			errs = append(errs, fmt.Errorf("texts.%s.json: no page says %q; take the English text as it stands in texts/en.json", tag, words))
		} else if err := checkText(words, own[words]); err != nil {
			errs = append(errs, fmt.Errorf("texts.%s.json: %q: %w", tag, words, err))
		}
		texts[words] = own[words]
	}
	return texts, errors.Join(errs...)
}

var place = regexp.MustCompile(`%(?:\[([1-9])\])?([a-z%])`)

// checkText returns an error where a translation says nothing, or has other places than the
// words, in whatever order.
func checkText(words, text string) error {
	if strings.TrimSpace(text) == "" {
		return errors.New("says nothing; leave it out, and it is said in English")
	}
	if want, got := placesOf(words), placesOf(text); !maps.Equal(want, got) {
		return fmt.Errorf("%q has other places; want each of %q once", text, slices.Sorted(maps.Values(want)))
	}
	return nil
}

// placesOf are the places of a text by their numbers. One without a number follows the one
// before.
func placesOf(text string) map[int]string {
	list, next := map[int]string{}, 1
	for _, m := range place.FindAllStringSubmatch(text, -1) {
		if m[2] == "%" {
			continue
		}
		if m[1] != "" {
			next = int(m[1][0] - '0')
		}
		if list[next] != "" {
			list[0] = "%" // twice
		}
		list[next] = "%[" + string(rune('0'+next)) + "]" + m[2]
		next++
	}
	if strings.Count(text, "%") != strings.Count(strings.Join(place.FindAllString(text, -1), ""), "%") {
		list[0] = "%" // a stray one
	}
	return list
}

// Unsaid returns what is wrong with our own texts of a language: those that no page says, and
// those with other places than the English ones.
func (th *Theme) Unsaid(tag string) (faults []string) {
	texts := said(tag)
	for _, words := range slices.Sorted(maps.Keys(texts)) {
		if _, known := slices.BinarySearch(th.texts, words); !known {
			faults = append(faults, fmt.Sprintf("no page says %q", words))
		} else if err := checkText(words, texts[words]); err != nil {
			faults = append(faults, fmt.Sprintf("%q: %v", words, err))
		}
	}
	return faults
}
