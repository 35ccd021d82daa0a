package flow

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"hookflash/api"
	"hookflash/server"
	"hookflash/service/order"
)

// clickAgent is the column of who acts for Bob's page, an agent in the server: Bob's PC.
const clickAgent = "click"

// clickToDial is RFC 5359 §2.18: on a page Bob asks for Carol, and his phone calls her. The REFER goes to that phone
// alone, by its GRUU.
var clickToDial = Flow{
	Name: "click-to-dial", Title: "Click to Dial", Section: "2.18",
	needs: order.Lacks{Refer: true}, unhelped: true,
	Columns: []string{clickAgent, through, "bob", "carol"}, agent: clickAgent,
	Arrows: `
		F1 click bob   REFER
		F2 bob   click 200
		F3 bob   carol INVITE
		F4 carol bob   180
		F5 carol bob   200
		F6 bob   carol ACK`,
	Wants: "a page or program that has bob's phone call carol: this one can click only in a server of its own",
	calls: "1-2; 3-6", page: true,
	rules: []rule{
		referTo("carol", 1), silent(1, 2), supports("norefersub", 1), vouched("bob", 1), ofPhone(1), referredBy("bob", 3),
		direction("sendrecv", 3, 5), empty(1, 2, 6),
	},
	play: func(s *stage) error {
		return s.steps(
			func() error { return s.click("bob", "carol") },
			func() error { return s.until(6) },
			func() error { return s.hear("bob: carol", "carol: bob") },
		)
	},
}

// click has a person's phone call somebody, as a page does that has the person's token.
func (s *stage) click(who, whom string) error {
	if s.server == nil {
		return fmt.Errorf("there is nothing to click on: %s is played in a server of its own, without --against", s.flow.Name)
	}
	administrator, err := os.ReadFile(filepath.Join(s.config.Data, server.TokenFile))
	if err != nil {
		return fmt.Errorf("the administrator's token: %w", err)
	}
	var made struct{ Secret string }
	if err := s.post(string(administrator), "/tokens", map[string]string{"name": "page", "user": who}, &made); err != nil {
		return err
	}
	return s.post(made.Secret, "/calls", map[string]string{"to": whom}, nil)
}

// post sends something to the server's API.
func (s *stage) post(token, path string, body, answer any) error {
	text, err := json.Marshal(body)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(s.ctx, patience)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+s.pages.String()+api.Prefix+path, bytes.NewReader(text))
	if err != nil {
		return err
	}
	request.Header.Set("Authorization", "Bearer "+strings.TrimSpace(token))
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Idempotency-Key", fmt.Sprint(time.Now().UnixNano()))
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return fmt.Errorf("the server's API: %w", err)
	}
	defer response.Body.Close()
	text, err = io.ReadAll(io.LimitReader(response.Body, 1<<16))
	if err != nil {
		return fmt.Errorf("the server's API: %w", err)
	}
	if response.StatusCode != http.StatusCreated {
		return fmt.Errorf("POST %s: %s: %s", path, response.Status, text)
	}
	if answer == nil {
		return nil
	}
	return json.Unmarshal(text, answer)
}
