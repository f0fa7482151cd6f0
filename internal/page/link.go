package page

import "html/template"

// Link leads from a page to another place. The zero Link leads nowhere.
type Link struct {
	To   template.URL // checked by whoever made it: a template would refuse a program's own scheme
	Text Text
}
