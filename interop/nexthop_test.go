//go:build interop

package interop

import (
	"fmt"
	"testing"
	"time"

	"hookflash/internal/testdns"
)

const (
	carrierCalls = 40
	carrierRate  = 10 // calls per second
)

// TestNextHopsSIPp: calls to a carrier that is known by its name. Of its three next hops,
// in the order of their SRV records, nobody listens at the first, the second says 503, and
// the third takes every call (RFC 3263 section 4.3).
func TestNextHopsSIPp(t *testing.T) {
	for _, c := range []struct{ reason, transport, proto string }{{"UDP", "u1", "udp"}, {"TCP", "t1", "tcp"}} {
		t.Run(c.reason, func(t *testing.T) {
			names := testdns.Start(t, "")
			s := serve(t, setting{users: everybody(), names: names.Address(), more: "trusted: [127.0.0.1]\n"})
			dead := freePort(t, loopback)
			busy := sipp(t, scenario{name: "callee_unavailable", transport: c.transport, remote: s.address, keys: map[string]string{"retry_after": "2"}}).listening(t)
			taker := sipp(t, scenario{name: "callee", transport: c.transport, remote: s.address, calls: carrierCalls}).listening(t)
			zone := fmt.Sprintf("carrier.test. NAPTR 10 10 \"s\" \"SIP+D2%c\" \"\" _sip._%s.carrier.test.\nhost.carrier.test. A 127.0.0.1\n", c.proto[0]-'a'+'A', c.proto)
			for i, port := range []uint16{dead.Port(), busy.address.Port(), taker.address.Port()} {
				zone += fmt.Sprintf("_sip._%s.carrier.test. SRV %d 1 %d host.carrier.test.\n", c.proto, 10*i, port)
			}
			names.SetZone(t, zone)
			caller := sipp(t, scenario{
				name: "caller_outside", remote: s.address, calls: carrierCalls, rate: carrierRate, hold: 100 * time.Millisecond,
				rows: []string{credentials("alice") + ";somebody"}, keys: map[string]string{"carrier": "carrier.test"},
			})
			caller.succeeds(t, "every call succeeds", time.Minute)
			taker.succeeds(t, "at the third next hop", time.Minute)
			if got := taker.count("SuccessfulCall(C)"); got != carrierCalls {
				t.Errorf("%d calls were taken: %s", carrierCalls, taker.counts())
			}
			eventually(t, "the second was asked, and left alone for the time that it asked for", func() bool {
				asked := busy.count("TotalCallCreated")
				return asked > 0 && asked < carrierCalls*3/4
			})
		})
	}
}
