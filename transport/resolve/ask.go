package resolve

import (
	"context"
	"strings"
	"time"

	"github.com/miekg/dns"
)

// ask asks the name servers and follows aliases from name to name (RFC 1034 §3.6.2).
func (r *Resolver) ask(ctx context.Context, q question) *answer {
	name, keep := q.name, r.options.MaxTTL
	for aliases := 0; aliases <= MaxAliases; {
		m, full := r.exchange(ctx, question{name, q.kind})
		if m == nil {
			a := &answer{unanswered: true}
			if full {
				a.keep = keepFailure
			}
			return a
		}
		t := trail{name: name, aliases: aliases, keep: keep}
		t.follow(m, q.kind)
		start, negative := startOf(m, t.name)
		switch {
		case len(t.records) > 0:
			return &answer{records: t.records, keep: max(t.keep, r.options.MinTTL)}
		case t.aliases == aliases || negative || m.Rcode != dns.RcodeSuccess:
			return &answer{keep: max(min(t.keep, start, r.options.NegativeTTL), r.options.MinTTL)}
		}
		name, aliases, keep = t.name, t.aliases, t.keep // the rest of the chain is elsewhere
	}
	return &answer{keep: max(min(keep, r.options.NegativeTTL), r.options.MinTTL)}
}

// trail follows a name through an answer. Nothing counts but what the name leads to:
// whatever else a server adds is not believed.
type trail struct {
	name    string // where it stands
	aliases int    // gone through
	keep    time.Duration
	records []dns.RR
}

func (t *trail) follow(m *dns.Msg, kind uint16) {
	for t.aliases <= MaxAliases {
		alias := ""
		for _, record := range m.Answer {
			header := record.Header()
			if header.Class != dns.ClassINET || !strings.EqualFold(header.Name, t.name) {
				continue
			}
			switch record := record.(type) {
			case *dns.CNAME:
				alias = strings.ToLower(record.Target)
				t.shorten(header)
			default:
				if header.Rrtype == kind && len(t.records) < MaxRecords {
					t.records = append(t.records, record)
					t.shorten(header)
				}
			}
		}
		if len(t.records) > 0 || alias == "" {
			return
		}
		t.name = alias
		t.aliases++
	}
}

func (t *trail) shorten(header *dns.RR_Header) {
	t.keep = min(t.keep, time.Duration(header.Ttl)*time.Second)
}

// startOf reads how long a negative answer about a name may be believed off the SOA of a
// zone that the name is in (RFC 2308 §5). Without one, hardly at all.
func startOf(m *dns.Msg, name string) (keep time.Duration, found bool) {
	for _, record := range m.Ns {
		if start, ok := record.(*dns.SOA); ok && dns.IsSubDomain(start.Hdr.Name, name) {
			return time.Duration(min(start.Hdr.Ttl, start.Minttl)) * time.Second, true
		}
	}
	return keepFailure, false
}
