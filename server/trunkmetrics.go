package server

import "github.com/prometheus/client_golang/prometheus"

// trunkReading is what is counted of each trunk.
type trunkReading struct{ calls, limit, registered, refusal *prometheus.Desc }

func newTrunkReading() trunkReading {
	of := func(name, help string) *prometheus.Desc {
		return prometheus.NewDesc("hookflash_trunk_"+name, help, []string{"trunk"}, nil)
	}
	return trunkReading{
		calls:      of("calls", "Calls that a trunk carries, ringing or up."),
		limit:      of("calls_limit", "Calls that it may carry at a time; 0: any number."),
		registered: of("registered", "1 while we are registered at a trunk that wants it."),
		refusal:    of("registration_refused", "Code of the response that refused our registration; 0: none did, or nobody answers."),
	}
}

func (r *trunkReading) describe(descriptions chan<- *prometheus.Desc) {
	for _, d := range [...]*prometheus.Desc{r.calls, r.limit, r.registered, r.refusal} {
		descriptions <- d
	}
}

func (r *trunkReading) collect(s *Server, samples chan<- prometheus.Metric) {
	trunks := s.current().proxy.Trunks
	for i := range trunks {
		t := &trunks[i]
		samples <- prometheus.MustNewConstMetric(r.calls, level, float64(s.lines.of(t.Name).Load()), t.Name)
		samples <- prometheus.MustNewConstMetric(r.limit, level, float64(t.Limit), t.Name)
	}
	for _, a := range s.agents {
		if a.registration == nil {
			continue
		}
		registered, code := a.registration.state()
		samples <- prometheus.MustNewConstMetric(r.registered, level, map[bool]float64{true: 1}[registered], a.registration.trunk.Name)
		samples <- prometheus.MustNewConstMetric(r.refusal, level, float64(code), a.registration.trunk.Name)
	}
}
