package interop_test

import (
	"errors"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/go-chi/chi/v5"
	"github.com/gofiber/fiber/v3"
	"github.com/gofiber/fiber/v3/middleware/adaptor"
	"github.com/labstack/echo/v4"

	"github.com/sallyport-auth/sallyport/httpadapter"
)

// mount is one way to put the adapter on a router.
type mount struct {
	router string
	how    string // as README.md shows it
	prefix string // below which requests arrive
	kept   bool   // the prefix is told by Options.BasePath, not stripped
	leaves bool   // the router has every path of its own and decides what matches
	fast   bool   // through fasthttp, which hides the connection and folds headers
	serve  func(t *testing.T, ln net.Listener, a *httpadapter.Adapter)
}

// name is what the test of a mount is called.
func (m mount) name() string {
	parts := []string{m.router, "root"}
	switch {
	case m.kept:
		parts[1] = "base path"
	case m.prefix != "":
		parts[1] = "stripped"
	}
	return strings.Join(append(parts, m.how), ", ")
}

const prefix = "/auth"

// mounts are those that README.md promises. In its code, h is the adapter, or
// http.StripPrefix around it where the prefix is stripped.
var mounts = []mount{
	{router: "net/http", how: `mux.Handle("/", h)`, serve: onMux("/")},
	{router: "net/http", how: `mux.Handle("/auth/", h)`, prefix: prefix, serve: onMux("/auth/")},
	{router: "net/http", how: `mux.Handle("/auth/", h)`, prefix: prefix, kept: true, serve: onMux("/auth/")},
	{router: "net/http", how: "adapter.Register(mux)", leaves: true, serve: registered},
	{router: "net/http", how: "adapter.Register(mux)", prefix: prefix, kept: true, leaves: true, serve: registered},

	{router: "chi", how: `r.Mount("/", h)`, serve: onChi("/")},
	{router: "chi", how: `r.Mount("/auth", h)`, prefix: prefix, serve: onChi(prefix)},
	{router: "chi", how: `r.Mount("/auth", h)`, prefix: prefix, kept: true, serve: onChi(prefix)},
	{router: "chi", how: "r.Method(route.Method, route.Path, route.Handler)", leaves: true, serve: chiLeaves},
	{router: "chi", how: "r.Method(route.Method, route.Path, route.Handler)", prefix: prefix, kept: true, leaves: true, serve: chiLeaves},

	{router: "gin", how: `r.Any("/*path", gin.WrapH(h))`, serve: onGin("/*path")},
	{router: "gin", how: `r.Any("/auth/*path", gin.WrapH(h))`, prefix: prefix, serve: onGin("/auth/*path")},
	{router: "gin", how: `r.Any("/auth/*path", gin.WrapH(h))`, prefix: prefix, kept: true, serve: onGin("/auth/*path")},
	{router: "gin", how: "r.NoRoute(gin.WrapH(h))", serve: ginNoRoute},
	{router: "gin", how: "r.NoRoute(gin.WrapH(h))", prefix: prefix, kept: true, serve: ginNoRoute},
	{router: "gin", how: "r.Handle(route.Method, colon(route.Path), gin.WrapH(route.Handler))", leaves: true, serve: ginLeaves},
	{router: "gin", how: "r.Handle(route.Method, colon(route.Path), gin.WrapH(route.Handler))", prefix: prefix, kept: true, leaves: true, serve: ginLeaves},

	{router: "echo", how: `e.Any("/*", echo.WrapHandler(h))`, serve: onEcho("/*")},
	{router: "echo", how: `e.Any("/auth/*", echo.WrapHandler(h))`, prefix: prefix, serve: onEcho("/auth/*")},
	{router: "echo", how: `e.Any("/auth/*", echo.WrapHandler(h))`, prefix: prefix, kept: true, serve: onEcho("/auth/*")},
	{router: "echo", how: "e.Add(route.Method, colon(route.Path), echo.WrapHandler(route.Handler))", leaves: true, serve: echoLeaves},
	{router: "echo", how: "e.Add(route.Method, colon(route.Path), echo.WrapHandler(route.Handler))", prefix: prefix, kept: true, leaves: true, serve: echoLeaves},

	{router: "fiber", how: "app.Use(adaptor.HTTPHandler(h))", fast: true, serve: onFiber("/", adapted)},
	{router: "fiber", how: `app.Use("/auth", adaptor.HTTPHandler(h))`, prefix: prefix, fast: true, serve: onFiber(prefix, adapted)},
	{router: "fiber", how: `app.Use("/auth", adaptor.HTTPHandler(h))`, prefix: prefix, kept: true, fast: true, serve: onFiber(prefix, adapted)},
	{router: "fiber", how: "app.Use(h)", fast: true, serve: onFiber("/", plain)},
	{router: "fiber", how: `app.Use("/auth", h)`, prefix: prefix, kept: true, fast: true, serve: onFiber(prefix, plain)},
	{router: "fiber", how: "app.Add([]string{route.Method}, colon(route.Path), route.Handler)", leaves: true, fast: true, serve: fiberLeaves},
	{router: "fiber", how: "app.Add([]string{route.Method}, colon(route.Path), route.Handler)", prefix: prefix, kept: true, leaves: true, fast: true, serve: fiberLeaves},
	{router: "fiber in net/http", how: `mux.Handle("/", adaptor.FiberApp(app))`, fast: true, serve: fiberInside("/")},
	{router: "fiber in net/http", how: `mux.Handle("/", adaptor.FiberApp(app))`, prefix: prefix, kept: true, fast: true, serve: fiberInside(prefix)},
}

// strip is h in the code of a mount: the adapter without the prefix that it was
// not told of.
func strip(a *httpadapter.Adapter, at string) http.Handler {
	if a.Routes()[0].Path == at+"/connect/token" { // it was told
		return a
	}
	return http.StripPrefix(at, a)
}

// over serves a handler with net/http, whose time-outs are shorter than a link
// lives.
func over(t *testing.T, ln net.Listener, h http.Handler) {
	t.Helper()
	srv := &http.Server{Handler: h, ReadTimeout: time.Minute, WriteTimeout: time.Minute}
	done := make(chan error, 1)
	go func() { done <- srv.Serve(ln) }()
	t.Cleanup(func() {
		srv.Close()
		if err := <-done; !errors.Is(err, http.ErrServerClosed) {
			t.Errorf("serving: %v", err)
		}
	})
}

// pathOf is a pattern without its slash or wildcard at the end.
func pathOf(pattern string) string {
	path, _, _ := strings.Cut(pattern, "*")
	return strings.TrimSuffix(path, "/")
}

// colon writes the variable of a path as gin, echo and fiber want it.
func colon(path string) string { return strings.NewReplacer("{", ":", "}", "").Replace(path) }

func onMux(pattern string) func(*testing.T, net.Listener, *httpadapter.Adapter) {
	return func(t *testing.T, ln net.Listener, a *httpadapter.Adapter) {
		mux := http.NewServeMux()
		mux.Handle(pattern, strip(a, pathOf(pattern)))
		over(t, ln, mux)
	}
}

func registered(t *testing.T, ln net.Listener, a *httpadapter.Adapter) {
	mux := http.NewServeMux()
	a.Register(mux)
	over(t, ln, mux)
}

func onChi(pattern string) func(*testing.T, net.Listener, *httpadapter.Adapter) {
	return func(t *testing.T, ln net.Listener, a *httpadapter.Adapter) {
		r := chi.NewRouter()
		r.Mount(pattern, strip(a, pathOf(pattern)))
		over(t, ln, r)
	}
}

func chiLeaves(t *testing.T, ln net.Listener, a *httpadapter.Adapter) {
	r := chi.NewRouter()
	for _, route := range a.Routes() {
		r.Method(route.Method, route.Path, route.Handler)
	}
	over(t, ln, r)
}

func onGin(pattern string) func(*testing.T, net.Listener, *httpadapter.Adapter) {
	return func(t *testing.T, ln net.Listener, a *httpadapter.Adapter) {
		r := gin.New()
		r.Any(pattern, gin.WrapH(strip(a, pathOf(pattern))))
		over(t, ln, r)
	}
}

func ginNoRoute(t *testing.T, ln net.Listener, a *httpadapter.Adapter) {
	r := gin.New()
	r.NoRoute(gin.WrapH(a))
	over(t, ln, r)
}

func ginLeaves(t *testing.T, ln net.Listener, a *httpadapter.Adapter) {
	r := gin.New()
	r.HandleMethodNotAllowed = true // else a wrong method is a 404
	for _, route := range a.Routes() {
		r.Handle(route.Method, colon(route.Path), gin.WrapH(route.Handler))
	}
	over(t, ln, r)
}

func onEcho(pattern string) func(*testing.T, net.Listener, *httpadapter.Adapter) {
	return func(t *testing.T, ln net.Listener, a *httpadapter.Adapter) {
		e := echo.New()
		e.Any(pattern, echo.WrapHandler(strip(a, pathOf(pattern))))
		over(t, ln, e)
	}
}

func echoLeaves(t *testing.T, ln net.Listener, a *httpadapter.Adapter) {
	e := echo.New()
	for _, route := range a.Routes() {
		e.Add(route.Method, colon(route.Path), echo.WrapHandler(route.Handler))
	}
	over(t, ln, e)
}

// overFiber serves an app by itself, which means by fasthttp.
func overFiber(t *testing.T, ln net.Listener, app *fiber.App) {
	t.Helper()
	done := make(chan error, 1)
	go func() { done <- app.Listener(ln, fiber.ListenConfig{DisableStartupMessage: true}) }()
	t.Cleanup(func() {
		if err := app.ShutdownWithTimeout(5 * time.Second); err != nil {
			t.Errorf("shutting fiber down: %v", err)
		}
		ln.Close() // for an app that had not begun to listen
		<-done
	})
}

// adapted and plain are the two ways to hand fiber a handler of net/http.
func adapted(h http.Handler) any { return adaptor.HTTPHandler(h) }
func plain(h http.Handler) any   { return h }

func onFiber(at string, handler func(http.Handler) any) func(*testing.T, net.Listener, *httpadapter.Adapter) {
	return func(t *testing.T, ln net.Listener, a *httpadapter.Adapter) {
		app := fiber.New()
		app.Use(at, handler(strip(a, pathOf(at))))
		overFiber(t, ln, app)
	}
}

func fiberLeaves(t *testing.T, ln net.Listener, a *httpadapter.Adapter) {
	app := fiber.New()
	for _, route := range a.Routes() {
		app.Add([]string{route.Method}, colon(route.Path), route.Handler)
	}
	overFiber(t, ln, app)
}

// fiberInside goes through fiber's adaptor twice: out of net/http and back.
func fiberInside(at string) func(*testing.T, net.Listener, *httpadapter.Adapter) {
	return func(t *testing.T, ln net.Listener, a *httpadapter.Adapter) {
		app := fiber.New()
		app.Use(at, adaptor.HTTPHandler(strip(a, pathOf(at))))
		mux := http.NewServeMux()
		mux.Handle("/", adaptor.FiberApp(app))
		over(t, ln, mux)
	}
}
