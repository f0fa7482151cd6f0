package interop_test

import (
	"io"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"
	"github.com/gofiber/fiber/v3"

	"github.com/sallyport-auth/sallyport/guard"
)

// requireInGin is [guard.Guard.Require] for handlers of gin's own form, to be copied. They
// find who calls by guard.From(c.Request.Context()).
func requireInGin(g *guard.Guard, conditions ...guard.Condition) gin.HandlerFunc {
	require := g.Require(conditions...)
	return func(c *gin.Context) {
		passed := false
		require(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			passed = true
			c.Request, c.Writer = r, ginWriter{c.Writer, w}
			c.Next()
		})).ServeHTTP(c.Writer, c.Request)
		if !passed {
			c.Abort()
		}
	}
}

// ginWriter has what a handler of gin writes go through the guard's writer, which sees to
// what caches may keep when the header leaves.
type ginWriter struct {
	gin.ResponseWriter
	guarded http.ResponseWriter
}

// Write implements [http.ResponseWriter].
func (w ginWriter) Write(b []byte) (int, error) { return w.guarded.Write(b) }

// WriteString implements [io.StringWriter].
func (w ginWriter) WriteString(s string) (int, error) { return io.WriteString(w.guarded, s) }

// WriteHeaderNow implements [gin.ResponseWriter].
func (w ginWriter) WriteHeaderNow() {
	w.guarded.WriteHeader(w.Status())
	w.ResponseWriter.WriteHeaderNow()
}

// Flush implements [http.Flusher].
func (w ginWriter) Flush() {
	w.WriteHeaderNow()
	w.ResponseWriter.Flush()
}

// keepCaches stands behind adaptor.HTTPMiddleware(g.Require(…)), before handlers of fiber's
// own form, to be copied: by then the guard has said what caches may keep, and it is not to
// be said otherwise. They find who calls by guard.From(c).
func keepCaches(c fiber.Ctx) error {
	said := strings.Clone(c.GetRespHeader(fiber.HeaderCacheControl)) // lent: it changes with the header
	err := c.Next()
	if said != "" { // somebody is signed in
		c.Set(fiber.HeaderCacheControl, said)
	}
	return err
}
