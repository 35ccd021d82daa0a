package resolve

import (
	"cmp"
	"slices"
	"strings"

	"github.com/miekg/dns"
)

// rules follows the NAPTR records of a name (RFC 3263 §4.1, RFC 3403 §4). It is false
// where there is none that a SIP element could use: then the name itself is looked up.
//
// Of the records with the lowest order that lead anywhere, all are followed, by preference;
// those with a higher order are not, so that nobody who keeps us from the first transport
// makes us take a weaker one.
func (s *search) rules(host string) bool {
	var first *protocol
	ended := false // some rule led to records, whatever they say
	for name, depth := host, 0; name != "" && depth <= MaxRewrites && len(s.found) == 0 && !s.full(); depth++ {
		rules, next := s.applicable(name)
		for i, rule := range rules {
			if i > 0 && rule.Order != rules[i-1].Order && len(s.found) > 0 || s.full() {
				break
			}
			if first == nil {
				first = s.service(rule)
			}
			ended = s.apply(rule) || ended
		}
		name = next
	}
	if first != nil && !ended {
		// RFC 3263 §4.2: no SRV records were found, so the domain's own addresses do.
		s.hosts(first, []service{{host, first.port}})
	}
	return first != nil
}

// applicable are the NAPTR records of a name that end in a transport of ours, best first,
// and the name of a rule that leads to further rules, "" without one.
func (s *search) applicable(name string) (rules []*dns.NAPTR, next string) {
	for _, record := range s.find(question{name, dns.TypeNAPTR}) {
		rule, ok := record.(*dns.NAPTR)
		if !ok || rule.Regexp != "" || rule.Replacement == "." {
			continue
		}
		rules = append(rules, rule)
	}
	slices.SortStableFunc(rules, func(a, b *dns.NAPTR) int {
		return cmp.Or(cmp.Compare(a.Order, b.Order), cmp.Compare(a.Preference, b.Preference))
	})
	rules = slices.DeleteFunc(rules, func(rule *dns.NAPTR) bool {
		if rule.Flags == "" && next == "" && (rule.Service == "" || s.service(rule) != nil) {
			next = strings.ToLower(rule.Replacement)
		}
		return s.service(rule) == nil || !strings.EqualFold(rule.Flags, "s") && !strings.EqualFold(rule.Flags, "a")
	})
	return rules[:min(len(rules), MaxTargets)], next
}

// service is the transport that a rule is about; nil for one that we can't or may not use.
func (s *search) service(rule *dns.NAPTR) *protocol {
	for i := range protocols {
		if p := &protocols[i]; strings.EqualFold(rule.Service, p.naptr) && s.usable(p) {
			return p
		}
	}
	return nil
}

// apply follows one rule to its end: to SRV records or, by the flag "a", to addresses;
// false where there are none.
func (s *search) apply(rule *dns.NAPTR) bool {
	p, name := s.service(rule), strings.ToLower(rule.Replacement)
	if strings.EqualFold(rule.Flags, "a") {
		before := len(s.found)
		s.hosts(p, []service{{name, p.port}})
		return len(s.found) > before
	}
	return s.services(p, name)
}
