package server

import (
	"fmt"
	"time"

	"hookflash/api"
	"hookflash/config"
	"hookflash/numbers"
	"hookflash/proxy"
	"hookflash/service/order"
)

// routing puts into the settings of the proxy where calls go: the services, the codes, how numbers
// are dialled here.
func routing(to *proxy.Settings, c *config.Config) error {
	to.Services, to.Redirects, to.Assist, to.Emergency = order.Routes, c.Redirects, c.Assist, c.Numbers.Emergency
	for _, code := range c.Codes {
		to.Codes = append(to.Codes, proxy.Code{Code: code.Code, Does: code.Does})
	}
	if c.Numbers.Country == "" {
		return nil
	}
	plan, err := numbers.New(c.Numbers.Country, c.Numbers.Area)
	if err != nil {
		return fmt.Errorf("numbers: %w", err)
	}
	to.Normalize, to.Local = plan.Normalize, plan.Local
	return nil
}

// Explain tells what would become of a call, without placing it.
func (s *Server) Explain(from, to string, at time.Time) (api.Explanation, error) {
	found, err := proxy.Explain(s.current().proxy, proxy.Views{Users: s.directory, Bindings: s.bindings, Calls: s.userCalls}, proxy.Question{
		From: from, To: to, At: at, Now: time.Now(),
	})
	if err != nil {
		return api.Explanation{}, err
	}
	explained := api.Explanation{Outcome: found.Outcome, Targets: found.Targets, Steps: []api.ExplanationStep{}}
	for _, f := range found.Findings {
		explained.Steps = append(explained.Steps, api.ExplanationStep{Service: f.Service, When: f.When, Text: f.Text})
	}
	if explained.Targets == nil {
		explained.Targets = []string{}
	}
	return explained, nil
}
