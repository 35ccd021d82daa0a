package api

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"github.com/danielgtaylor/huma/v2"

	"hookflash/store"
)

// Problem is what went wrong with a request (RFC 9457).
type Problem struct {
	Title  string  `json:"title" doc:"The status in words"`
	Status int     `json:"status" doc:"The HTTP status code"`
	Detail string  `json:"detail,omitempty" doc:"What went wrong with this request, and what to do"`
	Errors []Fault `json:"errors,omitempty" doc:"Everything that is wrong, each in its place"`

	header http.Header
}

// Fault is one thing that is wrong.
type Fault struct {
	Location string `json:"location,omitempty" doc:"Where, such as body.forward.busy"`
	Message  string `json:"message" doc:"What is wrong there, and why"`
	Remedy   string `json:"remedy,omitempty" doc:"What to do"`
}

// Error implements error.
func (f *Fault) Error() string { return f.Message }

// Error implements error: everything that is wrong, a line each.
func (p *Problem) Error() string {
	var text strings.Builder
	text.WriteString(p.Detail)
	for _, fault := range p.Errors {
		text.WriteString("\n  ")
		if fault.Location != "" {
			text.WriteString(fault.Location + ": ")
		}
		text.WriteString(fault.Message)
		if fault.Remedy != "" {
			text.WriteString("; " + fault.Remedy)
		}
	}
	return text.String()
}

// GetStatus implements huma.StatusError.
func (p *Problem) GetStatus() int { return p.Status }

// GetHeaders implements huma.HeadersError.
func (p *Problem) GetHeaders() http.Header { return p.header }

// ContentType implements huma.ContentTypeFilter.
func (p *Problem) ContentType(string) string { return "application/problem+json" }

func problem(status int, format string, values ...any) *Problem {
	return &Problem{Title: http.StatusText(status), Status: status, Detail: fmt.Sprintf(format, values...)}
}

// with adds what is wrong in detail.
func (p *Problem) with(faults []Fault) *Problem {
	p.Errors = append(p.Errors, faults...)
	return p
}

// refused is the answer to a body that can't be taken.
func refused(faults []Fault) *Problem {
	return problem(http.StatusUnprocessableEntity, "nothing was changed: %s", counted(len(faults))).with(faults)
}

func counted(mistakes int) string {
	if mistakes == 1 {
		return "there is a mistake"
	}
	return "there are " + strconv.Itoa(mistakes) + " mistakes"
}

// useProblems makes huma speak in our problems. It never repeats what it was sent: that may hold a
// password.
var useProblems = sync.OnceFunc(func() {
	huma.ValidateStrictCasing = true
	huma.NewError = func(status int, message string, errs ...error) huma.StatusError {
		p := problem(status, "%s", message)
		if status >= http.StatusInternalServerError {
			return p
		}
		for _, err := range errs {
			var fault *Fault
			var detail huma.ErrorDetailer
			switch {
			case errors.As(err, &fault):
				p.Errors = append(p.Errors, *fault)
			case errors.As(err, &detail):
				p.Errors = append(p.Errors, Fault{Location: detail.ErrorDetail().Location, Message: detail.ErrorDetail().Message})
			case err != nil:
				p.Errors = append(p.Errors, Fault{Message: err.Error()})
			}
		}
		if status == http.StatusUnprocessableEntity && len(p.Errors) > 0 {
			p.Detail = "nothing was changed: " + counted(len(p.Errors))
		}
		return p
	}
})

// unkept turns an error of the store into an answer.
func (a *administration) unkept(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, store.ErrConflict):
		return problem(http.StatusPreconditionFailed, "it was changed meanwhile; get it again, and repeat the change with its new ETag")
	case errors.Is(err, store.ErrNotFound):
		return problem(http.StatusNotFound, "it was deleted meanwhile")
	case errors.Is(err, store.ErrInvalidUser), errors.Is(err, store.ErrInvalid):
		return problem(http.StatusUnprocessableEntity, "nothing was changed: %v", err)
	case errors.Is(err, store.ErrUnavailable):
		p := problem(http.StatusServiceUnavailable, "nothing was changed: the store can't write now; calls go on")
		p.header = http.Header{"Retry-After": {"5"}}
		return p
	}
	a.Logger.Error("a change over the API was not kept", "error", err)
	return problem(http.StatusInternalServerError, "the change was not kept; the server's log says why")
}

// writeProblem answers where huma does not.
func writeProblem(w http.ResponseWriter, p *Problem) {
	w.Header().Set("Content-Type", p.ContentType(""))
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p) // nobody to tell when the client is gone
}
