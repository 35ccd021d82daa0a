package server

import (
	"time"

	"hookflash/api"
	"hookflash/service/redial/recall"
	"hookflash/ua"
)

// cancelPatience is how long the agent may take to cancel a redial.
const cancelPatience = 5 * time.Second

// installRedial makes an agent the one of redials; at a reload it goes by what is new, and who waits waits on.
func (s *Server) installRedial(a *ua.Agent) error {
	c := s.current().config
	settings := recall.Settings{
		Domain: c.Domain, Language: c.Media.Language, Users: s.directory, Phones: s.phonesOf, Sources: len(s.calls),
		Limit: c.Redial.Limit, Expires: c.Redial.Expires, Jitter: c.Redial.Jitter, Tries: c.Redial.Retry,
	}
	if s.redial != nil {
		s.redial.Configure(settings)
		return nil
	}
	s.redial, s.redialAgent = recall.Install(a, settings), s.agents[len(s.agents)-1]
	return nil
}

// redialRecords gives who takes what the proxy tells of calls.
func (s *Server) redialRecords() func(record any) { return s.redial.Record }

// redials is api.Redials.
type redials struct{ server *Server }

// Of implements api.Redials.
func (r redials) Of(user string) []api.Redial {
	a := r.server.redialAgent
	if a == nil {
		return nil
	}
	a.mutex.Lock()
	defer a.mutex.Unlock()
	var shown []api.Redial
	for _, request := range r.server.redial.Requests(user) {
		one := api.Redial{ID: request.ID, Callee: request.Callee, State: string(request.State), By: "server", Since: request.Since, Until: request.Until}
		if request.Phone {
			one.By = "phone"
		}
		shown = append(shown, one)
	}
	return shown
}

// Cancel implements api.Redials.
func (r redials) Cancel(user string, id uint64) bool {
	if r.server.redialAgent == nil || id == 0 {
		return false
	}
	done := make(chan error, 1)
	r.server.within(r.server.redialAgent, func() { done <- r.server.redial.Cancel(user, id) })
	timer := time.NewTimer(cancelPatience)
	defer timer.Stop()
	select {
	case err := <-done:
		return err == nil
	case <-timer.C:
		return false
	}
}
