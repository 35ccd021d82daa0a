//go:build interop

package attacks

import (
	"fmt"
	"net/netip"
	"strings"
	"sync"
	"testing"

	"hookflash/sip"
)

// gateway stands for the telephone network: it accepts what arrives and keeps whom it was for.
type gateway struct {
	*phone
	mutex sync.Mutex
	calls []string // Request-URIs of INVITEs, whether within a dialog or not
}

// openGateway is one on an address that the configuration of the server names.
func openGateway(t testing.TB, s *server, local netip.AddrPort) *gateway {
	t.Helper()
	g := &gateway{phone: newPhoneAt(t, s, "gateway", local)}
	g.onRequest(func(p *phone, m *sip.Message) {
		g.note(m)
		p.accept(m)
	})
	return g
}

// note keeps whom an INVITE was for.
func (g *gateway) note(m *sip.Message) {
	if m.Method() == sip.INVITE {
		g.mutex.Lock()
		g.calls = append(g.calls, m.RequestURI())
		g.mutex.Unlock()
	}
}

// take is whom was called since it was asked last.
func (g *gateway) take() []string {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	calls := g.calls
	g.calls = nil
	return calls
}

// trunkLines are the lines of a configuration with trunks, named gw, gw1 and so on, and a country.
func trunkLines(further string, hops ...netip.AddrPort) []string {
	lines := []string{"numbers: {country: DE, area: \"30\", emergency: [\"112\", \"110\"]}", "trunks:"}
	for i, hop := range hops {
		name := "gw"
		if i > 0 {
			name = fmt.Sprintf("gw%d", i)
		}
		lines = append(lines, fmt.Sprintf("  - {name: %s, hops: [\"sip:%s\"], number: \"+4930123450\"%s}", name, hop, further))
	}
	return lines
}

// numberIn is the user part of a URI without what stands behind it.
func numberIn(uri string) string {
	parsed, err := sip.ParseURI(uri)
	if err != nil {
		return uri
	}
	number, _, _ := strings.Cut(sip.Unescape(parsed.User), ";")
	return number
}
