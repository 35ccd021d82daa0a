package registrar

import (
	"net/netip"
	"strings"

	"hookflash/identity"
	"hookflash/sip"
)

var (
	refusedPlace = &sip.StatusError{Code: 403, Reason: "Contact Names A Place Not To Be Sent To"}
	refusedLoop  = &sip.StatusError{Code: 403, Reason: "Contact Leads Back Here"}
)

// Addresses of cloud metadata services that are not link-local.
var metadata = [...]netip.Addr{
	netip.AddrFrom4([4]byte{100, 100, 100, 200}),
	netip.AddrFrom16([16]byte{0: 0xfd, 2: 0x0e, 3: 0xc2, 14: 0x02, 15: 0x54}),
}

// checkPlaces holds the rules for where a URI of a binding may lead. Names are resolved
// later: who sends there asks Sendable again.
func checkPlaces(ids *identity.Settings, u sip.URI, source netip.Addr) *sip.StatusError {
	if ids.ListensOn(u) {
		return refusedLoop
	}
	if refusal := checkHost(u.Host, source); refusal != nil {
		return refusal
	}
	if maddr, found := u.Params.Get("maddr"); found {
		maddr = sip.Unescape(maddr)
		toMaddr := sip.URI{Scheme: u.Scheme, Host: maddr, Port: u.Port}
		if maddr == "" || ids.ListensOn(toMaddr) {
			return refusedLoop
		}
		return checkHost(maddr, source)
	}
	return nil
}

func checkHost(host string, source netip.Addr) *sip.StatusError {
	name := strings.TrimSuffix(host, ".")
	address, ok := sip.HostAddress(host)
	if !ok {
		// RFC 3261 §25.1: the last label of a name begins with a letter. Numbers that some
		// resolvers take for an address ("127.1") are neither.
		last := name[strings.LastIndexByte(name, '.')+1:]
		if last == "" || last[0] >= '0' && last[0] <= '9' {
			return refusedPlace
		}
		loopback := strings.EqualFold(last, "localhost")
		if loopback && !source.Unmap().IsLoopback() {
			return refusedPlace
		}
		return nil
	}
	if !Sendable(address, source) {
		return refusedPlace
	}
	return nil
}

// Sendable tells whether requests may be sent to an address because somebody at source
// registered it: never to a group, to nowhere, to a link-local address or a metadata
// service, and to loopback only for who is on loopback.
func Sendable(address, source netip.Addr) bool {
	address = address.Unmap()
	switch {
	case !address.IsValid(), address.IsUnspecified(), address.IsMulticast(), address.IsLinkLocalUnicast():
		return false
	case address.Is4() && address.As4()[0] == 0, address.Is4() && address.As4()[0] >= 240:
		return false // RFC 1122 §3.2.1.3: this network, class E and broadcast
	case address == metadata[0], address == metadata[1]:
		return false
	}
	return !address.IsLoopback() || source.Unmap().IsLoopback()
}
