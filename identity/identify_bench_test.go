package identity

import (
	"testing"
	"time"

	"hookflash/machine"
)

// BenchmarkIdentify is a REGISTER with right MD5 credentials, its nonce used once more.
func BenchmarkIdentify(b *testing.B) {
	d := newDomain()
	session := d.session(b, start, request{method: "REGISTER"}, "alice", "secret of alice")
	var packets []machine.Packet
	for i := range 10000 {
		packets = append(packets, request{method: "REGISTER", cseq: i + 1}.sign(b, session).packet(b))
	}
	var out machine.Output
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		if i++; i == len(packets) {
			i, d.Identifier = 0, New(d.settings)
		}
		out.Reset()
		d.Identify(start.Add(time.Millisecond), packets[i], d.users, &out)
	}
}

// BenchmarkUnsigned is a request from a trusted source.
func BenchmarkUnsigned(b *testing.B) {
	d := newDomain()
	p := request{source: "127.9.9.2:5060"}.packet(b)
	b.ReportAllocs()
	for b.Loop() {
		d.settings.Unsigned(p, d.users)
	}
}

// BenchmarkChallenge is a 401 from an untrusted source.
func BenchmarkChallenge(b *testing.B) {
	d := newDomain()
	p := request{method: "REGISTER"}.packet(b)
	b.ReportAllocs()
	for b.Loop() {
		d.settings.Challenge(start, p, d.settings.Unsigned(p, d.users))
	}
}
