package weblogin

import (
	"html/template"
	"time"

	"github.com/sallyport-auth/sallyport/internal/page"
)

// deviceLife is how long the cookie of the remembered devices is kept: as long as one is
// remembered at most.
const deviceLife = 30 * 24 * time.Hour

// linkTo is a link to a page of this site.
func linkTo(path string, text page.Text) page.Link {
	return page.Link{To: template.URL(path), Text: text}
}
