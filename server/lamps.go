package server

import (
	"github.com/prometheus/client_golang/prometheus"

	"hookflash/service/lamps"
	"hookflash/ua"
)

// installLamps makes an agent the one that answers for the lamps of all users; at a reload it goes by what is new.
func (s *Server) installLamps(a *ua.Agent) error {
	settings := lamps.Settings{
		Domain: s.current().config.Domain, Users: s.directory, Normalize: s.current().proxy.Normalize, Colleagues: s.mates, Sources: len(s.calls),
	}
	if s.lamps != nil {
		s.lamps.Configure(settings)
		return nil
	}
	s.lamps, s.lampsAgent = lamps.Install(a, settings), s.agents[len(s.agents)-1]
	return nil
}

// lampRecords gives who takes what the proxy tells of calls.
func (s *Server) lampRecords() func(record any) { return s.lamps.Record }

// lampLoad is how much the agent of the lamps has to do.
func (s *Server) lampLoad() (load lamps.Load) {
	a := s.lampsAgent
	if a == nil {
		return load
	}
	a.mutex.Lock()
	defer a.mutex.Unlock()
	return s.lamps.Load()
}

// lampFigures are the metrics of the lamps.
var lampFigures = []struct {
	name, help string
	kind       prometheus.ValueType
	read       func(l lamps.Load) int
}{
	{"lamps_users", "Users whose calls are watched for lamps.", level, func(l lamps.Load) int { return l.Users }},
	{"lamps_groups", "Groups whose calls are watched for lamps.", level, func(l lamps.Load) int { return l.Groups }},
	{"lamps_subscriptions", "Subscriptions to lamps.", level, func(l lamps.Load) int { return l.Subscriptions }},
	{"lamps_corrected_total", "Calls whose end was told by a comparison alone.", total, func(l lamps.Load) int { return l.Corrected }},
}

// lampReading is the collector of lampFigures. It belongs to the registry.
type lampReading struct {
	server *Server
	all    []*prometheus.Desc
}

func newLampReading(s *Server) *lampReading {
	r := &lampReading{server: s}
	for _, f := range lampFigures {
		r.all = append(r.all, prometheus.NewDesc("hookflash_"+f.name, f.help, nil, nil))
	}
	return r
}

// Describe implements prometheus.Collector.
func (r *lampReading) Describe(descriptions chan<- *prometheus.Desc) {
	for _, description := range r.all {
		descriptions <- description
	}
}

// Collect implements prometheus.Collector.
func (r *lampReading) Collect(samples chan<- prometheus.Metric) {
	load := r.server.lampLoad()
	for i, f := range lampFigures {
		samples <- prometheus.MustNewConstMetric(r.all[i], f.kind, float64(f.read(load)))
	}
}
