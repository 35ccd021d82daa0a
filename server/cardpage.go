package server

import (
	"bytes"
	"net/http"

	"hookflash/card"
)

// answerCard is the page /card: the codes of the domain, for everybody to print. It tells nothing of any user.
func (s *Server) answerCard(w http.ResponseWriter, r *http.Request) {
	language := r.URL.Query().Get("language")
	if language == "" && prefersChinese(r.Header.Get("Accept-Language")) {
		language = "zh"
	}
	var page bytes.Buffer
	if err := card.Of(s.current().config, nil, language).WriteHTML(&page); err != nil {
		writeProblem(w, http.StatusInternalServerError, "the card can't be written")
		return
	}
	header := w.Header()
	header.Set("Content-Type", "text/html; charset=utf-8")
	header.Set("Content-Security-Policy", card.Policy)
	header.Set("Vary", "Accept-Language")
	_, _ = w.Write(page.Bytes()) // nobody to tell when the client is gone
}
