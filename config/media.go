package config

import (
	"fmt"
	"net"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"strings"
)

const (
	minPorts  = 100  // of the range: 50 calls
	firstPort = 1024 // lower ones belong to services of the system
)

func (r *reader) media(f field) {
	keys := r.mapping(f, []string{"address", "ports", "prompts", "language"})
	media := &r.config.Media
	if text, ok := r.text(keys["address"]); ok {
		address, err := netip.ParseAddr(strings.Trim(text, "[]"))
		if err != nil {
			r.wrong(keys["address"], quote(text)+" is not an address", "write an IP address of this machine, such as 192.0.2.10, without a port")
		}
		media.Address = address.Unmap()
	}
	if text, ok := r.text(keys["ports"]); ok {
		first, last, divided := strings.Cut(text, "-")
		from, bad := strconv.ParseUint(first, 10, 16)
		to, worse := strconv.ParseUint(last, 10, 16)
		if !divided || bad != nil || worse != nil {
			r.wrong(keys["ports"], quote(text)+" is no range of ports", "write the first and the last: 20000-29999")
		}
		media.First, media.Last = uint16(from), uint16(to)
	}
	r.setText(keys["prompts"], &media.Prompts)
	setWord(r, keys["language"], &media.Language, languages)
}

func (c *Config) checkMedia(found *findings) {
	media := &c.Media
	switch address := media.Address; {
	case !address.IsValid():
	case address.IsUnspecified() || address.IsMulticast():
		found.wrong("media.address", address.String()+" is no address that phones could send to", "write one of this machine, such as 192.0.2.10")
	case c.Demonstration && !address.IsLoopback():
		found.wrong("media.address", address.String()+" is reachable from outside", "the demo serves loopback only")
	case !isLocal(address):
		found.warn("media.address", address.String()+" is not an address of this machine, so RTP can't be bound to it here", "write one of this machine")
	}
	c.checkPorts(found)
	if !slices.Contains(languages, media.Language) {
		found.wrong("media.language", quote(media.Language)+" is not known here", oneOf(media.Language, languages))
	}
	if media.Prompts != "" {
		if info, err := os.Stat(media.Prompts); err != nil || !info.IsDir() {
			found.wrong("media.prompts", quote(media.Prompts)+" is no folder that can be read", "name one with WAV files in it, or remove the key: the program has prompts of its own")
		}
	}
}

func (c *Config) checkPorts(found *findings) {
	media, path := &c.Media, "media.ports"
	text := fmt.Sprintf("%d-%d", media.First, media.Last)
	switch {
	case media.First < firstPort:
		found.wrong(path, text+fmt.Sprintf(" begins below %d", firstPort), "write 20000-29999")
	case media.First%2 != 0:
		found.wrong(path, text+" begins with an odd port, and RTP takes even ones (RFC 3550 section 11)", fmt.Sprintf("begin with %d", media.First+1))
	case media.Last < media.First:
		found.wrong(path, text+" ends before it begins", fmt.Sprintf("write %d-%d", media.Last, media.First))
	case int(media.Last)-int(media.First)+1 < minPorts:
		found.wrong(path, fmt.Sprintf("%s are fewer than %d ports, and each call takes two", text, minPorts), "write 20000-29999")
	}
}

// isLocal tells whether this machine has an address, as far as can be known.
func isLocal(address netip.Addr) bool {
	all, err := net.InterfaceAddrs()
	if err != nil || address.IsLoopback() {
		return true
	}
	return slices.ContainsFunc(all, func(each net.Addr) bool {
		prefix, err := netip.ParsePrefix(each.String())
		return err == nil && prefix.Addr().Unmap() == address.WithZone("")
	})
}
