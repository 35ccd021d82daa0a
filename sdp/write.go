package sdp

import (
	"net/netip"
	"strconv"
	"strings"
	"time"
)

// draft is a description of ours about to be written.
type draft struct {
	local     *Local
	slots     []slot
	stream    int // 1 + the place of the stream among the slots, 0: all are rejected
	protocol  string
	codecs    []Codec
	events    []Codec
	direction Direction
	mux       bool
	crypto    []Crypto
}

// write prints the draft. The version rises by one when anything differs from what was
// sent last (RFC 3264 §8), and only then.
func (n *Negotiation) write(d *draft) string {
	var first, second [1280]byte
	body := d.append(first[:0])
	if n.sent == "" {
		n.origin = d.local.Address.Unmap().WithZone("")
	} else {
		if n.sent[n.body:] == string(body) {
			return n.sent
		}
		n.version++
	}
	text := append(second[:0], "v=0\r\no=- "...)
	text = strconv.AppendUint(text, n.session, 10)
	text = append(text, ' ')
	text = strconv.AppendUint(text, n.version, 10)
	text = append(text, ' ')
	text = appendAddress(text, n.origin)
	n.body = len(text)
	text = append(text, body...)
	n.sent = string(text)
	return n.sent
}

func (d *draft) append(b []byte) []byte {
	b = append(b, "s=-\r\nc="...)
	b = appendAddress(b, d.local.Address.Unmap().WithZone(""))
	b = append(b, "t=0 0\r\n"...)
	for i := range d.slots {
		if i+1 == d.stream {
			b = d.appendStream(b)
			continue
		}
		b = append(b, "m="...)
		b = append(b, d.slots[i].kind...)
		b = append(b, " 0 "...)
		b = append(b, d.slots[i].protocol...)
		b = append(b, ' ')
		b = append(b, d.slots[i].format...)
		b = append(b, "\r\n"...)
	}
	return b
}

func (d *draft) appendStream(b []byte) []byte {
	b = append(b, "m=audio "...)
	b = strconv.AppendUint(b, uint64(d.local.Port), 10)
	b = append(b, ' ')
	b = append(b, d.protocol...)
	lists := [2][]Codec{d.codecs, d.events}
	for _, list := range lists {
		for i := range list {
			b = append(b, ' ')
			b = strconv.AppendUint(b, uint64(list[i].Payload), 10)
		}
	}
	b = append(b, "\r\n"...)
	for _, list := range lists {
		for i := range list {
			b = list[i].append(b)
		}
	}
	if t := d.local.PacketTime; t > 0 {
		b = append(b, "a=ptime:"...)
		b = strconv.AppendInt(b, int64(t/time.Millisecond), 10)
		b = append(b, "\r\n"...)
	}
	if d.mux {
		b = append(b, "a=rtcp-mux\r\n"...)
	}
	for i := range d.crypto {
		b = appendCrypto(b, tag(d.crypto, i), d.crypto[i])
	}
	b = append(b, "a="...)
	b = append(b, d.direction.String()...)
	return append(b, "\r\n"...)
}

// append prints a=rtpmap and a=fmtp (RFC 8866 §6.6, §6.15).
func (c *Codec) append(b []byte) []byte {
	b = append(b, "a=rtpmap:"...)
	b = strconv.AppendUint(b, uint64(c.Payload), 10)
	b = append(b, ' ')
	b = append(b, c.Name...)
	b = append(b, '/')
	b = strconv.AppendUint(b, uint64(c.Rate), 10)
	if c.Channels > 1 {
		b = append(b, '/')
		b = strconv.AppendUint(b, uint64(c.Channels), 10)
	}
	if c.Format != "" {
		b = append(b, "\r\na=fmtp:"...)
		b = strconv.AppendUint(b, uint64(c.Payload), 10)
		b = append(b, ' ')
		b = append(b, c.Format...)
	}
	return append(b, "\r\n"...)
}

func appendAddress(b []byte, a netip.Addr) []byte {
	if a.Is4() {
		b = append(b, "IN IP4 "...)
	} else {
		b = append(b, "IN IP6 "...)
	}
	b = a.AppendTo(b)
	return append(b, "\r\n"...)
}

// protocolFor is the profile of our offer: secured as the policy wants, with feedback
// (RFC 4585) where the other side spoke of it in this session.
func protocolFor(policy Policy, before string) string {
	secure, known := profile(before)
	feedback := known && strings.HasSuffix(before, "F")
	switch {
	case policy == Required, policy == Optional && secure:
		if feedback {
			return "RTP/SAVPF"
		}
		return "RTP/SAVP"
	case feedback:
		return "RTP/AVPF"
	default:
		return "RTP/AVP"
	}
}
