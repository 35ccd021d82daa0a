package server

import (
	"embed"
	"net/http"
	"strings"

	"hookflash/api"
)

// callFiles are the page at /call/TARGET, and the script for pages of others.
//
//go:embed call
var callFiles embed.FS

// callPolicy lets the page run its own script and ask its own server, and nobody show it in a frame. Nothing of what it
// shows is ever markup.
const callPolicy = "default-src 'self'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'none'; object-src 'none'; base-uri 'none'; " +
	"form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"

// callPages is click to dial for browsers. The page is the same for each target: its script reads that from the address,
// and a GET calls nobody.
func (s *Server) callPages(mux *http.ServeMux, administration http.Handler) {
	if s.clicks == nil {
		return
	}
	for name, media := range map[string]string{"page.js": "text/javascript", "page.css": "text/css", "snippet.js": "text/javascript"} {
		text, err := callFiles.ReadFile("call/" + name)
		if err != nil {
			panic(err) // it is part of the program
		}
		mux.HandleFunc("GET /call/"+name, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", media+"; charset=utf-8")
			w.Header().Set("Cache-Control", "no-cache")
			if name == "snippet.js" {
				w.Header().Set("Cross-Origin-Resource-Policy", "cross-origin")
			}
			_, _ = w.Write(text) // nobody to tell when the client is gone
		})
	}
	mux.HandleFunc("GET /call/{target...}", answerCallPage)
	// What other programs are told of is as short as it can be.
	short := http.StripPrefix("/api", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.URL.Path, r.URL.RawPath = api.Prefix+r.URL.Path, ""
		administration.ServeHTTP(w, r)
	}))
	mux.Handle("/api/calls", short)
	mux.Handle("/api/calls/", short)
}

func answerCallPage(w http.ResponseWriter, r *http.Request) {
	text, _ := callFiles.ReadFile("call/page.html")
	page := string(text)
	if prefersChinese(r.Header.Get("Accept-Language")) {
		page = strings.Replace(page, `lang="en"`, `lang="zh"`, 1)
	}
	header := w.Header()
	header.Set("Content-Type", "text/html; charset=utf-8")
	header.Set("Content-Security-Policy", callPolicy)
	header.Set("Cross-Origin-Opener-Policy", "same-origin")
	header.Set("Vary", "Accept-Language")
	_, _ = w.Write([]byte(page))
}

// prefersChinese tells whether Chinese stands before English in an Accept-Language.
func prefersChinese(accepted string) bool {
	for language := range strings.SplitSeq(strings.ToLower(accepted), ",") {
		switch language = strings.TrimSpace(language); {
		case strings.HasPrefix(language, "zh"):
			return true
		case strings.HasPrefix(language, "en"):
			return false
		}
	}
	return false
}
