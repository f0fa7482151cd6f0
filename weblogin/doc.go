// Package weblogin is the pages by which people sign in to a host, prove a second factor, sign
// up, set a forgotten password anew and keep their account: over an engine and a [guard.Guard],
// rendered on the server, without a script that is needed. It decides nothing.
//
// A host makes a guard, then the pages, and puts them before its own handlers:
//
//	g, err := guard.New(engine, guard.Options{})
//	pages, err := weblogin.New(g, weblogin.Options{Name: "Example"})
//	http.ListenAndServe("127.0.0.1:8080", pages.Wrap(mux))
//
// Whoever comes to a handler behind [guard.Guard.Require] and is nobody yet is led to the
// sign-in, and from there back.
//
// # Where the pages are
//
//   - The sign-in and the step-up are where the guard leads to: /sign-in and /step-up.
//   - /sign-out ends the session. A GET asks first; a POST ends it, also from a form on a page
//     of the host's, which needs no field: <form method="post" action="/sign-out">. What other
//     sites send is refused.
//   - /sign-up and /forgot are where [Options] say, and so is /account with what is below it.
//   - The pages that mails lead to are where Config.Pages of the engine say.
//
// # How a sign-in goes on
//
// A form that was answered well leads to a page that shows how it stands (303), so that a
// reload, a double click, the way back and a second tab of the same browser all show the same.
// A form that was refused is answered in place, with what was typed but for passwords and codes.
// Which sign-in is under way stands in a cookie that no script reads, for the ten minutes that
// it lives; no address and no form has its id. Every form has a nonce of the browser and of
// the sign-in that its page was of: one of an older page leads on where what it was for is done,
// and else does nothing, and says so.
//
// # How a host changes them
//
// [Options].Files is a folder of what takes the place of ours, and may hold any of these:
//
//   - brand.txt, logo.svg (or .png, .jpg, .gif, .webp): the name and the mark above each page.
//   - theme.css: what is added to the style sheet, such as other colours; style.css takes the
//     place of all of it.
//   - texts.LANGUAGE.json: an object of English texts, as they stand in
//     internal/page/texts/en.json, and what is said for them. A language that lacks a text says
//     it in English; [Pages.Missing] lists these. texts.en.json changes the English itself.
//   - NAME.html: templates, each of which takes the place of ours of that name.
//
// The pages speak English, French, German, and what the folder adds: the language of the
// account once somebody is signed in, else the one that the browser asks for.
package weblogin
