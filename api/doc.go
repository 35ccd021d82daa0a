// Package api is the HTTP API under /api/v1 by which users, groups, calendars and tokens are
// administered while the server runs, and asked what would happen to a call.
//
// Limits: a request's body has at most MaxBody bytes and takes at most MaxTime; a page has at most
// MaxPage entries; there are at most MaxTokens tokens. Changes are made one after the other.
// Whoever holds a token can use it from anywhere: the port is unencrypted, so it belongs on
// loopback or behind a proxy that speaks TLS. Who asks is told by the token alone, never by an
// address or an X-Forwarded-For.
//
// The API is described by OpenAPI 3.1 at /api/v1/openapi.json. Mistakes are problem details
// (RFC 9457). What is changed must be named by its revision (If-Match, RFC 9110 §13.1.1), and what
// is wrong anywhere changes nothing.
package api
