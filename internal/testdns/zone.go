package testdns

import (
	"strings"

	"github.com/miekg/dns"
)

// zone is what the server knows, by lower-case name.
type zone struct {
	records map[string][]dns.RR
	start   dns.RR // the SOA that goes with negative answers; nil: none
}

// parse reads the text of a zone, in the form of RFC 1035 §5.
func parse(text string) (*zone, error) {
	z := &zone{records: map[string][]dns.RR{}}
	parser := dns.NewZoneParser(strings.NewReader(text), ".", "")
	parser.SetDefaultTTL(60)
	for record, ok := parser.Next(); ok; record, ok = parser.Next() {
		name := strings.ToLower(record.Header().Name)
		z.records[name] = append(z.records[name], record)
		if record.Header().Rrtype == dns.TypeSOA {
			z.start = record
		}
	}
	return z, parser.Err()
}

// maxAliases is how far the server itself follows a chain of aliases.
const maxAliases = 20

// answer fills in what the zone says to a question.
func (z *zone) answer(m *dns.Msg, question dns.Question) {
	name := strings.ToLower(question.Name)
	for range maxAliases {
		var alias *dns.CNAME
		found := false
		for _, record := range z.records[name] {
			if record.Header().Rrtype == question.Qtype {
				m.Answer, found = append(m.Answer, record), true
			}
			if cname, ok := record.(*dns.CNAME); ok {
				alias = cname
			}
		}
		if found || alias == nil {
			break
		}
		m.Answer = append(m.Answer, alias)
		name = strings.ToLower(alias.Target)
	}
	if !z.exists(name) {
		m.Rcode = dns.RcodeNameError
	}
	if len(m.Answer) == 0 || m.Rcode != dns.RcodeSuccess {
		if z.start != nil {
			m.Ns = append(m.Ns, z.start)
		}
	}
}

// exists tells whether there is a record at a name or below it (RFC 8020).
func (z *zone) exists(name string) bool {
	for owner := range z.records {
		if owner == name || strings.HasSuffix(owner, "."+name) {
			return true
		}
	}
	return false
}
