package interop_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/go-chi/chi/v5"
	"github.com/gofiber/fiber/v3"
	"github.com/gofiber/fiber/v3/middleware/adaptor"
	"github.com/labstack/echo/v4"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/guard"
	"github.com/sallyport-auth/sallyport/sallyporttest"
)

// guarded is one way to put a guard on a router.
type guarded struct {
	router string
	how    string // as README.md shows it
	// own says that the page behind the guard is a handler of the router's own form.
	own bool
	// fast is through fasthttp, which keeps the last of two headers.
	fast  bool
	serve func(t *testing.T, ln net.Listener, s *guardedSite)
}

// guardedMounts are those that README.md promises. In its code, g is the guard, h a handler
// of net/http, and page one of the router's own.
var guardedMounts = []guarded{
	{router: "net/http", how: `mux.Handle("GET /in", g.Require(role)(h))`, serve: guardMux},
	{router: "chi", how: `r.With(g.Require(role)).Get("/in", page)`, own: true, serve: guardChi},
	{router: "gin", how: `r.GET("/in", gin.WrapH(g.Require(role)(h)))`, serve: guardGin},
	{router: "gin", how: `r.GET("/in", requireInGin(g, role), page)`, own: true, serve: guardGinOwn},
	{router: "echo", how: `e.GET("/in", echo.WrapHandler(g.Require(role)(h)))`, serve: guardEcho},
	{router: "echo", how: `e.GET("/in", page, echo.WrapMiddleware(g.Require(role)))`, own: true, serve: guardEchoOwn},
	{router: "fiber", how: `app.Get("/in", adaptor.HTTPHandler(g.Require(role)(h)))`, fast: true, serve: guardFiber(adapted)},
	{router: "fiber", how: `app.Get("/in", g.Require(role)(h))`, fast: true, serve: guardFiber(plain)},
	{router: "fiber", how: `app.Get("/in", adaptor.HTTPMiddleware(g.Require(role)), keepCaches, page)`, own: true, fast: true, serve: guardFiberOwn},
}

// guardedPage is a page behind the guard.
type guardedPage struct {
	method, path string
	conditions   []guard.Condition
}

var guardedPages = []guardedPage{
	{"GET", "/in", nil},
	{"POST", "/in", nil},
	{"GET", "/anybody", []guard.Condition{guard.Anonymous}},
	{"GET", "/audit", []guard.Condition{guard.Role(sallyporttest.RoleName)}},
	{"GET", "/manage", []guard.Condition{guard.Role(sallyporttest.ManagerName)}},
	{"GET", "/read", []guard.Condition{guard.Permission(sallyporttest.ReadPath)}},
	{"GET", "/scope", []guard.Condition{guard.Scope("VGRoles")}},
	{"GET", "/factor", []guard.Condition{guard.Factor(5 * time.Minute)}},
}

// sayOfCaches is what every page says, and the guard does not let it.
const sayOfCaches = "public, max-age=60"

// hello is what every page says to whoever calls.
func hello(ctx context.Context) string {
	if a := guard.From(ctx); a != nil {
		return "hello " + a.Name
	}
	return "hello nobody"
}

func page(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", sayOfCaches)
	_, _ = io.WriteString(w, hello(r.Context()))
}

// door is the sign-in page, and its form.
func (s *guardedSite) door() http.Handler {
	return s.guard.SignInPage(func(w http.ResponseWriter, _ *http.Request, result *sallyport.Result) {
		if result != nil {
			w.WriteHeader(http.StatusForbidden)
		}
		_, _ = io.WriteString(w, "who are you?")
	})
}

// leaf is a page behind its guard, as a handler of net/http.
func (s *guardedSite) leaf(p guardedPage) http.Handler {
	return s.guard.Require(p.conditions...)(http.HandlerFunc(page))
}

func guardMux(t *testing.T, ln net.Listener, s *guardedSite) {
	mux := http.NewServeMux()
	for _, p := range guardedPages {
		mux.Handle(p.method+" "+p.path, s.leaf(p))
	}
	mux.Handle("/sign-in", s.door())
	mux.HandleFunc("/sign-out", s.guard.SignOut)
	over(t, ln, mux)
}

func guardChi(t *testing.T, ln net.Listener, s *guardedSite) {
	r := chi.NewRouter()
	for _, p := range guardedPages {
		r.With(s.guard.Require(p.conditions...)).MethodFunc(p.method, p.path, page)
	}
	r.Handle("/sign-in", s.door())
	r.HandleFunc("/sign-out", s.guard.SignOut)
	over(t, ln, r)
}

func guardGin(t *testing.T, ln net.Listener, s *guardedSite) {
	r := gin.New()
	for _, p := range guardedPages {
		r.Handle(p.method, p.path, gin.WrapH(s.leaf(p)))
	}
	r.Any("/sign-in", gin.WrapH(s.door()))
	r.Any("/sign-out", gin.WrapF(s.guard.SignOut))
	over(t, ln, r)
}

func guardGinOwn(t *testing.T, ln net.Listener, s *guardedSite) {
	r := gin.New()
	for _, p := range guardedPages {
		r.Handle(p.method, p.path, requireInGin(s.guard, p.conditions...), func(c *gin.Context) {
			c.Header("Cache-Control", sayOfCaches)
			c.String(http.StatusOK, hello(c.Request.Context()))
		})
	}
	r.Any("/sign-in", gin.WrapH(s.door()))
	r.Any("/sign-out", gin.WrapF(s.guard.SignOut))
	over(t, ln, r)
}

func guardEcho(t *testing.T, ln net.Listener, s *guardedSite) {
	e := echo.New()
	for _, p := range guardedPages {
		e.Add(p.method, p.path, echo.WrapHandler(s.leaf(p)))
	}
	s.doorsOfEcho(e)
	over(t, ln, e)
}

func guardEchoOwn(t *testing.T, ln net.Listener, s *guardedSite) {
	e := echo.New()
	for _, p := range guardedPages {
		e.Add(p.method, p.path, func(c echo.Context) error {
			c.Response().Header().Set("Cache-Control", sayOfCaches)
			return c.String(http.StatusOK, hello(c.Request().Context()))
		}, echo.WrapMiddleware(s.guard.Require(p.conditions...)))
	}
	s.doorsOfEcho(e)
	over(t, ln, e)
}

func (s *guardedSite) doorsOfEcho(e *echo.Echo) {
	e.Any("/sign-in", echo.WrapHandler(s.door()))
	e.Any("/sign-out", echo.WrapHandler(http.HandlerFunc(s.guard.SignOut)))
}

func guardFiber(handler func(http.Handler) any) func(*testing.T, net.Listener, *guardedSite) {
	return func(t *testing.T, ln net.Listener, s *guardedSite) {
		app := fiber.New()
		for _, p := range guardedPages {
			app.Add([]string{p.method}, p.path, handler(s.leaf(p)))
		}
		s.doorsOfFiber(app)
		overFiber(t, ln, app)
	}
}

func guardFiberOwn(t *testing.T, ln net.Listener, s *guardedSite) {
	app := fiber.New()
	for _, p := range guardedPages {
		app.Add([]string{p.method}, p.path, adaptor.HTTPMiddleware(s.guard.Require(p.conditions...)), keepCaches, func(c fiber.Ctx) error {
			c.Set("Cache-Control", sayOfCaches)
			return c.SendString(hello(c))
		})
	}
	s.doorsOfFiber(app)
	overFiber(t, ln, app)
}

func (s *guardedSite) doorsOfFiber(app *fiber.App) {
	app.All("/sign-in", adaptor.HTTPHandler(s.door()))
	app.All("/sign-out", adaptor.HTTPHandler(http.HandlerFunc(s.guard.SignOut)))
}
