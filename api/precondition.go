package api

import (
	"net/http"
	"strconv"
	"strings"
)

// Conditions are the preconditions of a change (RFC 9110 §13.1).
type Conditions struct {
	IfMatch     string `header:"If-Match" doc:"The ETag of what is changed. Required when it exists; 412 when it was changed since"`
	IfNoneMatch string `header:"If-None-Match" doc:"* to create what does not exist yet"`
}

// Existing is the precondition of a change of what must be there.
type Existing struct {
	IfMatch string `header:"If-Match" doc:"The ETag of what is changed. Required; 412 when it was changed since"`
}

// entityTag is the ETag of a revision.
func entityTag(revision uint64) string { return `"` + strconv.FormatUint(revision, 10) + `"` }

// check compares the conditions with the revision that is there, 0 for none.
func (c Conditions) check(revision uint64) error {
	switch {
	case revision == 0 && c.IfMatch != "":
		return problem(http.StatusPreconditionFailed, "there is none to change; send If-None-Match: * to create it")
	case revision == 0 && strings.TrimSpace(c.IfNoneMatch) != "*":
		return problem(http.StatusPreconditionRequired, "there is none yet; send If-None-Match: * to create it")
	case revision == 0:
		return nil
	case c.IfNoneMatch != "":
		p := problem(http.StatusPreconditionFailed, "it exists already; send its ETag in If-Match to change it")
		p.header = http.Header{"Etag": {entityTag(revision)}}
		return p
	}
	return Existing{c.IfMatch}.check(revision)
}

// check compares the condition with the revision that is there.
func (e Existing) check(revision uint64) error {
	if e.IfMatch == "" {
		return problem(http.StatusPreconditionRequired, "get it first, and send its ETag in If-Match")
	}
	for tag := range strings.SplitSeq(e.IfMatch, ",") {
		if tag = strings.TrimSpace(tag); tag == entityTag(revision) || tag == "*" {
			return nil
		}
	}
	p := problem(http.StatusPreconditionFailed, "it was changed meanwhile; get it again, and repeat the change with its new ETag")
	p.header = http.Header{"Etag": {entityTag(revision)}}
	return p
}
