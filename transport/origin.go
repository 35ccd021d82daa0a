package transport

import (
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
)

// Origins says which pages may open a WebSocket from a browser (RFC 6455 §10.2). Beside
// those that are listed, a page may that comes from the host it connects to, on any port.
// That host must be an IP address, localhost, or one of Hosts or below one: any other
// name may lead here because somebody pointed it here (DNS rebinding).
type Origins struct {
	Listed []string // as browsers write them: "https://example.test", "https://example.test:8443"
	Hosts  []string // in lower case
}

// Allow tells whether a request may open a WebSocket. Without Origin it comes from no
// page of a browser.
func (o *Origins) Allow(request *http.Request) bool {
	origins := request.Header.Values("Origin")
	if len(origins) == 0 {
		return true
	}
	if len(origins) > 1 {
		return false
	}
	if slices.ContainsFunc(o.Listed, func(listed string) bool { return strings.EqualFold(listed, origins[0]) }) {
		return true
	}
	origin, err := url.Parse(origins[0])
	if err != nil || origin.Scheme != "http" && origin.Scheme != "https" {
		return false
	}
	host := strings.ToLower(origin.Hostname())
	return host != "" && host == hostOf(request) && o.knows(host)
}

// hostOf is the host that a request names, without its port.
func hostOf(request *http.Request) string {
	host := request.Host
	if alone, _, err := net.SplitHostPort(host); err == nil {
		host = alone
	}
	return strings.ToLower(strings.Trim(host, "[]"))
}

func (o *Origins) knows(host string) bool {
	if _, err := netip.ParseAddr(host); err == nil || host == "localhost" {
		return true
	}
	return slices.ContainsFunc(o.Hosts, func(known string) bool {
		return host == known || strings.HasSuffix(host, "."+known)
	})
}
