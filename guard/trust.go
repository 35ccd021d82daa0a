package guard

import (
	"fmt"
	"net/netip"
)

// MaxTrusted is how many trusted networks there may be: every datagram is compared with all.
const MaxTrusted = 256

// network is a prefix, as the words to compare.
type network struct {
	address, mask address
	is4           bool
}

// Trust replaces the list of trusted networks, at once for all goroutines. An IPv6
// network never contains an IPv4 address. On an error the old list stays.
func (g *Guard) Trust(prefixes []netip.Prefix) error {
	if len(prefixes) > MaxTrusted {
		return fmt.Errorf("guard: %d trusted networks, at most %d are allowed", len(prefixes), MaxTrusted)
	}
	networks := make([]network, 0, len(prefixes))
	for _, prefix := range prefixes {
		if !prefix.IsValid() {
			return fmt.Errorf("guard: trusted network %q is not a prefix", prefix)
		}
		networks = append(networks, networkOf(prefix))
	}
	g.trusted.Store(&networks)
	return nil
}

func networkOf(prefix netip.Prefix) network {
	length := prefix.Bits()
	if prefix.Addr().Is4() {
		length += 96
	}
	mask := address{
		high: ^uint64(0) << max(64-length, 0),
		low:  ^uint64(0) << min(128-length, 64),
	}
	base := addressOf(prefix.Addr())
	return network{
		address: address{high: base.high & mask.high, low: base.low & mask.low},
		mask:    mask,
		is4:     base.is4() && length >= 96,
	}
}

func (g *Guard) trusts(from address) bool {
	is4 := from.is4()
	networks := *g.trusted.Load()
	for i := range networks {
		each := &networks[i]
		if from.high&each.mask.high == each.address.high && from.low&each.mask.low == each.address.low && is4 == each.is4 {
			return true
		}
	}
	return false
}
