package resolve

import (
	"testing"

	"github.com/miekg/dns"
)

// FuzzAnswer: whatever a name server sends, reading it ends, within the limits.
func FuzzAnswer(f *testing.F) {
	query := new(dns.Msg).SetQuestion("example.test.", dns.TypeSRV)
	query.Id = 1
	for _, records := range [][]string{
		nil,
		{"example.test. 60 SRV 1 2 5060 a.example.test.", "example.test. 60 SRV 1 2 5060 ."},
		{"example.test. CNAME b.test.", "b.test. CNAME example.test."},
		{`example.test. NAPTR 1 2 "s" "SIP+D2U" "" _sip._udp.example.test.`, "example.test. A 192.0.2.1", "example.test. AAAA ::1"},
		{"test. SOA a. b. 1 2 3 4 5"},
	} {
		m := new(dns.Msg).SetReply(query)
		for _, text := range records {
			record, err := dns.NewRR(text)
			if err != nil {
				f.Fatal(err)
			}
			m.Answer, m.Ns = append(m.Answer, record), append(m.Ns, record)
		}
		octets, err := m.Pack()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(octets)
	}
	f.Fuzz(func(t *testing.T, octets []byte) {
		m := new(dns.Msg)
		if m.Unpack(octets) != nil || !answers(m, query) {
			return
		}
		way := trail{name: "example.test."}
		way.follow(m, dns.TypeSRV)
		if keep, _ := startOf(m, way.name); keep < 0 || way.keep < 0 {
			t.Errorf("kept for %v and %v", keep, way.keep)
		}
		if way.aliases > MaxAliases+1 || len(way.records) > MaxRecords {
			t.Errorf("%d aliases, %d records", way.aliases, len(way.records))
		}
	})
}
