package api

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
)

// description is what the API says about itself.
const description = "Users, groups, calendars and tokens of a SIP domain, and what would happen to a call. A change takes effect " +
	"at the next call. Get what you change first and send its ETag in If-Match; send If-None-Match: * to create. " +
	"Times are spans such as 20s, targets are texts such as carol, +4930123456, voicemail:bob or menu:main."

// routes is every operation, and what answers everything else.
func (a *administration) routes() http.Handler {
	useProblems()
	mux := http.NewServeMux()
	described := humago.New(mux, huma.Config{
		OpenAPI: &huma.OpenAPI{
			OpenAPI:  "3.1.0",
			Info:     &huma.Info{Title: "hookflash", Version: orUnknown(a.Version), Description: description},
			Security: []map[string][]string{{"token": {}}},
			Components: &huma.Components{
				Schemas:         huma.NewMapRegistry("#/components/schemas/", huma.DefaultSchemaNamer),
				SecuritySchemes: map[string]*huma.SecurityScheme{"token": {Type: "http", Scheme: "bearer", Description: "The administrator's token, or a user's own"}},
			},
		},
		Formats:                      huma.DefaultFormats,
		DefaultFormat:                "application/json",
		RejectUnknownQueryParameters: true,
	})
	described.UseMiddleware(a.admit)
	a.userOperations(described)
	a.routingOperations(described)
	a.groupOperations(described)
	a.calendarOperations(described)
	a.tokenOperations(described)
	a.readingOperations(described)
	a.redialOperations(described)
	a.recordingOperations(described)
	a.roomOperations(described)
	a.cardOperations(described)
	a.callOperations(described)
	completeSchemas(described.OpenAPI().Components.Schemas.Map())
	serveDescription(mux, described.OpenAPI())
	refuseRest(mux, described.OpenAPI())
	return mux
}

func orUnknown(version string) string {
	if version == "" {
		return "unknown"
	}
	return version
}

// operation is the common part of what is described.
type operation struct {
	id, method, path, summary string
	access                    access
	// errors are the statuses of its problems, beside those that all have.
	errors []int
}

func (o operation) described() huma.Operation {
	errors := append([]int{http.StatusUnauthorized, http.StatusForbidden, http.StatusServiceUnavailable}, o.errors...)
	switch o.method {
	case http.MethodPut, http.MethodPatch, http.MethodPost:
		errors = append(errors, http.StatusBadRequest, http.StatusRequestTimeout, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType)
	}
	if o.access != callers && (o.method == http.MethodPut || o.method == http.MethodPatch || o.method == http.MethodDelete) {
		errors = append(errors, http.StatusPreconditionFailed, http.StatusPreconditionRequired)
	}
	if strings.Contains(o.path, "{") {
		errors = append(errors, http.StatusNotFound)
	}
	slices.Sort(errors)
	who := map[access]string{administrators: "For administrators.", owners: "For administrators, and for the user's own token.", callers: "For administrators, and for users' own tokens.", linked: "For administrators, for users' own tokens, and by a link."}[o.access]
	first, _, _ := strings.Cut(strings.TrimPrefix(o.path, "/"), "/")
	return huma.Operation{
		OperationID: o.id, Method: o.method, Path: Prefix + o.path, Summary: o.summary, Description: who, Tags: []string{first},
		Errors: slices.Compact(errors), MaxBodyBytes: MaxBody, Metadata: map[string]any{accessKey: o.access},
	}
}

// register describes an operation and answers it.
func register[I, O any](described huma.API, o operation, answer func(context.Context, *I) (*O, error)) {
	huma.Register(described, o.described(), answer)
}

// serveDescription answers with the description, made once.
func serveDescription(mux *http.ServeMux, openAPI *huma.OpenAPI) {
	asJSON, errJSON := json.MarshalIndent(openAPI, "", "  ")
	asYAML, errYAML := openAPI.YAML()
	if errJSON != nil || errYAML != nil {
		panic(fmt.Sprintf("the description of the API can't be written: %v, %v", errJSON, errYAML))
	}
	serve := func(path, media string, text []byte) {
		mux.HandleFunc("GET "+Prefix+path, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", media)
			_, _ = w.Write(text)
		})
		refuseMethods(mux, Prefix+path, []string{http.MethodGet, http.MethodHead})
	}
	serve("/openapi.json", "application/openapi+json", asJSON)
	serve("/openapi.yaml", "application/openapi+yaml", asYAML)
}

// refuseRest answers what no operation does.
func refuseRest(mux *http.ServeMux, openAPI *huma.OpenAPI) {
	for path, item := range openAPI.Paths {
		var methods []string
		for method, operation := range map[string]*huma.Operation{
			http.MethodGet: item.Get, http.MethodPut: item.Put, http.MethodPost: item.Post, http.MethodPatch: item.Patch, http.MethodDelete: item.Delete,
		} {
			if operation != nil {
				methods = append(methods, method)
			}
		}
		if item.Get != nil {
			methods = append(methods, http.MethodHead)
		}
		slices.Sort(methods)
		refuseMethods(mux, path, methods)
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		writeProblem(w, problem(http.StatusNotFound, "there is no such path; %s/openapi.json describes those there are", Prefix))
	})
}

func refuseMethods(mux *http.ServeMux, path string, methods []string) {
	mux.HandleFunc(path, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Allow", strings.Join(methods, ", "))
		writeProblem(w, problem(http.StatusMethodNotAllowed, "this path answers %s", strings.Join(methods, ", ")))
	})
}

func unwrapped(ctx huma.Context) (*http.Request, http.ResponseWriter) { return humago.Unwrap(ctx) }
