package api

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"sort"
	"strconv"
	"strings"
)

// Page is a part of a list, in the order of names.
type Page[V any] struct {
	Items []V    `json:"items" nullable:"false" doc:"In the order of their names"`
	Next  string `json:"next,omitempty" doc:"The cursor of the next page; absent from the last one"`
}

// paging says which part is wanted.
type paging struct {
	Limit  int    `query:"limit" minimum:"1" maximum:"1000" default:"100" doc:"How many at most"`
	Cursor string `query:"cursor" maxLength:"512" doc:"The next of the page before; what was added or deleted since is no matter"`
	Prefix string `query:"prefix" maxLength:"128" doc:"Only names that begin so"`
}

// paged is a page as it is answered.
type paged[V any] struct {
	Link string `header:"Link" doc:"The next page, rel=next (RFC 8288)"`
	Body Page[V]
}

// page cuts a page out of what is in the order of its names. show makes what is answered of one.
func page[E, V any](all []E, wanted paging, name func(E) string, show func(E) V) (*paged[V], error) {
	after := ""
	if wanted.Cursor != "" {
		decoded, err := base64.RawURLEncoding.DecodeString(wanted.Cursor)
		if err != nil || len(decoded) == 0 {
			return nil, problem(http.StatusUnprocessableEntity, "the cursor is none of ours: leave it out for the first page")
		}
		after = string(decoded)
	}
	answer := &paged[V]{Body: Page[V]{Items: []V{}}}
	last := ""
	start := sort.Search(len(all), func(i int) bool { return name(all[i]) > after && name(all[i]) >= wanted.Prefix })
	for _, entry := range all[start:] {
		if !strings.HasPrefix(name(entry), wanted.Prefix) {
			break
		}
		if len(answer.Body.Items) == wanted.Limit {
			answer.Body.Next = base64.RawURLEncoding.EncodeToString([]byte(last))
			break
		}
		last = name(entry)
		answer.Body.Items = append(answer.Body.Items, show(entry))
	}
	if next := answer.Body.Next; next != "" {
		query := url.Values{"limit": {strconv.Itoa(wanted.Limit)}, "cursor": {next}}
		if wanted.Prefix != "" {
			query.Set("prefix", wanted.Prefix)
		}
		answer.Link = "<?" + query.Encode() + `>; rel="next"`
	}
	return answer, nil
}
