package page

import "net/http"

// Note is a page that holds only text.
type Note struct {
	Title Text
	Text  []Text
	// Link leads on, where there is a way.
	Link Link
}

// Page returns the page that shows a note.
func (n Note) Page() Page { return Page{Name: "note", Title: n.Title, Data: n} }

// OfStatus returns the page for the status of a refusal.
func OfStatus(status int) Page { return NoteOf(status).Page() }

// NoteOf returns the note for the status of a refusal.
func NoteOf(status int) Note {
	n := Note{Title: Say("This request cannot be served"), Text: []Text{Say("Go back and try again.")}}
	switch status {
	case http.StatusForbidden:
		n = Note{Title: Say("Open this page in a window of its own"), Text: []Text{
			Say("It is not shown inside another page, and not loaded ahead of time."),
		}}
	case http.StatusNotFound:
		n = Note{Title: Say("This page is not available"), Text: []Text{
			Say("It may have expired or been used, or it belongs to another browser."),
			Say("To start again, go back to where you signed in and sign in once more."),
		}}
	case http.StatusServiceUnavailable:
		n = Note{Title: Say("Too busy just now"), Text: []Text{Say("Wait a few seconds and try again.")}}
	case http.StatusInternalServerError:
		n = Note{Title: Say("Something went wrong"), Text: []Text{Say("Nothing was changed. Try again in a moment.")}}
	}
	return n
}
