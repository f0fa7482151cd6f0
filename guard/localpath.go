package guard

import "github.com/sallyport-auth/sallyport/internal/form"

// LocalPath returns text where it is a path of this site, with or without a query, and "/"
// for all else: for where a browser is led to that was told in a request. It is exact: a
// text that a browser may read in another way than we do is none.
func LocalPath(text string) string { return form.LocalPath(text) }
