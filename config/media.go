package config

import (
	"net/netip"
	"strconv"
	"strings"
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
