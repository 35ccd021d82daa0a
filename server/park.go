package server

import (
	"github.com/prometheus/client_golang/prometheus"

	"hookflash/api"
	"hookflash/config"
	"hookflash/service/park"
	"hookflash/sip"
	"hookflash/ua"
)

// installPark makes an agent the park; at a reload it goes by what is new.
func (s *Server) installPark(a *ua.Agent) error {
	settings := s.parkSettings(s.current().config)
	if s.park != nil {
		s.park.Configure(settings)
		return nil
	}
	s.park, s.parkAgent = park.Install(a, settings), s.agents[len(s.agents)-1]
	return nil
}

// parkSettings are what a configuration says of parking.
func (s *Server) parkSettings(c *config.Config) park.Settings {
	settings := park.Settings{Domain: c.Domain, Users: s.directory, Number: c.Park.Number, Language: c.Media.Language}
	for i := range c.Park.Orbits {
		o := &c.Park.Orbits[i]
		orbit := park.Orbit{
			Name: o.Name, Slots: o.Slots, Valet: o.Valet, Music: o.Music, Members: o.Members, Timeout: o.Timeout, Tries: o.Tries, Then: o.Then,
			Every: o.Every,
		}
		if orbit.Tries == 0 {
			orbit.Tries = -1
		}
		if orbit.Music == "" || !s.hasMusic(orbit.Music) {
			orbit.Music = s.musicOf("")
		}
		settings.Orbits = append(settings.Orbits, orbit)
	}
	return settings
}

// parkAlias gives the addresses that numbers of parking places stand for; nil when there are none.
func (s *Server) parkAlias(c *config.Config) func(uri sip.URI) (text string, ok bool) {
	if _, home := s.agentFlows()[park.Name]; c.Park.Off || !home {
		return nil
	}
	settings := park.Settings{Domain: c.Domain, Users: s.directory, Number: c.Park.Number}
	for i := range c.Park.Orbits {
		o := &c.Park.Orbits[i]
		settings.Orbits = append(settings.Orbits, park.Orbit{Name: o.Name, Slots: o.Slots, Valet: o.Valet})
	}
	return park.Alias(settings)
}

// parkLoad is how much is parked.
func (s *Server) parkLoad() (load park.Load) {
	a := s.parkAgent
	if a == nil {
		return load
	}
	a.mutex.Lock()
	defer a.mutex.Unlock()
	return s.park.Load()
}

// parked are the places that are not free.
func (s *Server) parked() []api.Parked {
	a := s.parkAgent
	if a == nil {
		return nil
	}
	a.mutex.Lock()
	defer a.mutex.Unlock()
	all := s.park.Waiting()
	shown := make([]api.Parked, len(all))
	for i, w := range all {
		shown[i] = api.Parked{Place: w.Place, Orbit: w.Orbit, State: w.State.String(), Who: w.Who, Parker: w.Parker, Since: w.Since}
	}
	return shown
}

// parkReading is the collector of what is parked. It belongs to the registry.
type parkReading struct {
	server                *Server
	slots, joined, lights *prometheus.Desc
}

func newParkReading(s *Server) *parkReading {
	return &parkReading{
		server: s,
		slots:  prometheus.NewDesc("hookflash_park_slots", "Parking places, by their state.", []string{"state"}, nil),
		joined: prometheus.NewDesc("hookflash_park_joined", "Calls that were parked, and go through the park since they were taken.", nil, nil),
		lights: prometheus.NewDesc("hookflash_park_subscriptions", "Subscriptions to parking places.", nil, nil),
	}
}

// Describe implements prometheus.Collector.
func (r *parkReading) Describe(descriptions chan<- *prometheus.Desc) {
	descriptions <- r.slots
	descriptions <- r.joined
	descriptions <- r.lights
}

// Collect implements prometheus.Collector.
func (r *parkReading) Collect(samples chan<- prometheus.Metric) {
	load := r.server.parkLoad()
	for state, count := range load.States {
		samples <- prometheus.MustNewConstMetric(r.slots, level, float64(count), park.State(state).String())
	}
	samples <- prometheus.MustNewConstMetric(r.joined, level, float64(load.Joined))
	samples <- prometheus.MustNewConstMetric(r.lights, level, float64(load.Subscriptions))
}
