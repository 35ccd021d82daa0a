package registrar

import (
	"fmt"
	"testing"

	"hookflash/machine"
)

// BenchmarkRegister is a refresh from a trusted source: parsed already, identified,
// registered, its change staged in memory.
func BenchmarkRegister(b *testing.B) {
	d := newDomain(b)
	var packets []machine.Packet
	for i := range 1000 {
		packets = append(packets, d.packet(b, fmt.Sprintf("REGISTER sip:example.test SIP/2.0\r\n"+
			"Via: SIP/2.0/UDP 127.9.9.2:5090;branch=z9hG4bK-12345-%d-0;rport\r\n"+
			"Max-Forwards: 70\r\nFrom: <sip:alice@example.test>;tag=12345r%d\r\nTo: <sip:alice@example.test>\r\n"+
			"Call-ID: %d-12345@127.9.9.2\r\nCSeq: 1 REGISTER\r\nContact: <sip:alice@127.9.9.2:5080>;expires=3600\r\n"+
			"User-Agent: bench-reg/1\r\nContent-Length: 0\r\n\r\n", i, i, i), "127.9.9.2:5090"))
	}
	var out machine.Output
	b.ReportAllocs()
	b.ResetTimer()
	i := 0
	for b.Loop() {
		out.Reset()
		p := packets[i%len(packets)]
		i++
		d.registrar.Register(start, p, d.ids.Unsigned(p, d.users), &out)
		d.keep(&out)
	}
}

// BenchmarkRegisterGRUU is a refresh by a phone with outbound and GRUU.
func BenchmarkRegisterGRUU(b *testing.B) {
	d := newDomain(b)
	p := d.packet(b, "REGISTER sip:example.test SIP/2.0\r\n"+
		"Via: SIP/2.0/UDP 127.9.9.2:5090;branch=z9hG4bK-12345-0;rport\r\n"+
		"Max-Forwards: 70\r\nFrom: <sip:alice@example.test>;tag=12345r\r\nTo: <sip:alice@example.test>\r\n"+
		"Call-ID: 12345@127.9.9.2\r\nCSeq: 1 REGISTER\r\nSupported: path, outbound, gruu\r\n"+
		"Contact: <sip:alice@127.9.9.2:5080;ob>;expires=3600;+sip.instance=\"<urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6>\";reg-id=1\r\n"+
		"Content-Length: 0\r\n\r\n", "127.9.9.2:5090")
	var out machine.Output
	b.ReportAllocs()
	for b.Loop() {
		out.Reset()
		d.registrar.Register(start, p, d.ids.Unsigned(p, d.users), &out)
		clear(d.records)
	}
}
