package server

import (
	"bufio"
	"encoding/json"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hookflash/api"
	"hookflash/config"
	"hookflash/machine"
	"hookflash/media"
	"hookflash/phone"
	"hookflash/ua"
)

// clicker asks a server for calls in alice's name.
type clicker struct {
	*testing.T
	server *Server
	token  string
}

func newClicker(t *testing.T, s *Server) *clicker {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(s.current().config.Data, TokenFile))
	if err != nil {
		t.Fatal(err)
	}
	c := &clicker{T: t, server: s, token: strings.TrimSpace(string(text))}
	var made api.MadeToken
	if err := json.NewDecoder(c.send("POST", "/api/v1/tokens", `{"name":"alices","user":"alice"}`).Body).Decode(&made); err != nil {
		t.Fatal(err)
	}
	c.token = made.Secret
	return c
}

func (c *clicker) send(method, path, body string) *http.Response {
	c.Helper()
	request, err := http.NewRequestWithContext(c.Context(), method, "http://"+c.server.pagesListener.Addr().String()+path, strings.NewReader(body))
	if err != nil {
		c.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+c.token)
	request.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		c.Fatal(err)
	}
	c.Cleanup(func() { _ = answer.Body.Close() })
	return answer
}

// click wants a call, and gives how it is told of until it is over.
func (c *clicker) click(body string) (states func() (api.Call, bool), first api.Call) {
	c.Helper()
	answer := c.send("POST", "/api/calls", body)
	if err := json.NewDecoder(answer.Body).Decode(&first); err != nil || answer.StatusCode != 201 {
		c.Fatalf("POST /api/calls: %d %+v %v", answer.StatusCode, first, err)
	}
	lines := bufio.NewScanner(c.send("GET", "/api/calls/"+first.ID+"/events", "").Body)
	return func() (state api.Call, ok bool) {
		for lines.Scan() {
			if data, is := strings.CutPrefix(lines.Text(), "data: "); is {
				return state, json.Unmarshal([]byte(data), &state) == nil
			}
		}
		return state, false
	}, first
}

// answers has a phone take the next call.
func answers(t *testing.T, p *phone.Phone) {
	t.Helper()
	await(t, p, ua.Incoming)
	p.Do(func(a *ua.Agent) {
		for _, c := range a.Calls() {
			if c.State == ua.Alerting || c.State == ua.Trying {
				if c.Answer() == nil {
					a.Attend(c)
				}
			}
		}
	})
}

// TestClick: a click by the API has alice's phone call carol; carol hangs up.
func TestClick(t *testing.T) {
	t.Parallel()
	s, _ := agentServerWith(t, func(*config.Config) {}, nil)
	c := newClicker(t, s)
	if answer := c.send("POST", "/api/calls", `{"to":"carol"}`); answer.StatusCode != 409 {
		t.Errorf("alice has no phone yet: %d", answer.StatusCode)
	}
	agentPhone(t, s, machine.UDP, media.Settings{})
	carol, err := phone.Open(phone.Settings{User: "carol", Domain: "example.test", Password: "christmas", Server: s.Addresses()[0], Local: netip.MustParseAddrPort("127.0.0.1:0")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = carol.Close() })
	if err := carol.Registered(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		body   string
		status int
	}{{`{"to":"tel:*21*00900%23"}`, 422}, {`{"to":"javascript:alert(1)"}`, 422}, {`{"to":"carol","phone":"another maker's"}`, 422}, {`{"to":"carol","user":"carol"}`, 403}} {
		if answer := c.send("POST", "/api/v1/calls", test.body); answer.StatusCode != test.status {
			t.Errorf("%s: %d, want %d", test.body, answer.StatusCode, test.status)
		}
	}
	next, first := c.click(`{"to":"sip:carol@example.test"}`)
	if first.Status != "queued" || first.Target != "sip:carol@example.test" || !strings.Contains(first.Phone, ";gr=urn:uuid:") {
		t.Errorf("at once: %+v", first)
	}
	answers(t, carol)
	var last api.Call
	for {
		state, ok := next()
		if !ok {
			break
		}
		if last = state; last.Status == "in-progress" && len(last.Steps) > 0 && last.Steps[len(last.Steps)-1].Event == "connected" {
			carol.Do(func(a *ua.Agent) { a.Calls()[0].HangUp() })
		}
	}
	if last.Status != "completed" || last.Way != "refer" || last.Answered.IsZero() {
		t.Errorf("in the end: %+v", last)
	}
	if text := bodyOf(t, c.send("GET", "/metrics", "")); !strings.Contains(text, "\nhookflash_clicks_total 1\n") {
		t.Error("it is counted")
	}
}

// TestClickConnected: alice's phone does not call by itself, so it is called. She cancels when carol's phone rings.
func TestClickConnected(t *testing.T) {
	t.Parallel()
	s, _ := agentServerWith(t, func(*config.Config) {}, nil)
	c := newClicker(t, s)
	alice := agentPhone(t, s, machine.UDP, media.Settings{})
	alice.Do(func(a *ua.Agent) {
		h := a.Handlers()
		h.Refer = nil
		a.Handle(h)
	})
	carol, err := phone.Open(phone.Settings{User: "carol", Domain: "example.test", Password: "christmas", Server: s.Addresses()[0], Local: netip.MustParseAddrPort("127.0.0.1:0")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = carol.Close() })
	if err := carol.Registered(t.Context()); err != nil {
		t.Fatal(err)
	}
	next, first := c.click(`{"to":"carol"}`)
	answers(t, alice)
	await(t, carol, ua.Incoming)
	if answer := c.send("DELETE", "/api/calls/"+first.ID, ""); answer.StatusCode != 202 {
		t.Errorf("DELETE: %d", answer.StatusCode)
	}
	var last api.Call
	for state, ok := next(); ok; state, ok = next() {
		last = state
	}
	if last.Status != "canceled" || last.Way != "third-party" {
		t.Errorf("in the end: %+v", last)
	}
	await(t, alice, ua.Ended)
	await(t, carol, ua.Ended)
}

func TestCallPage(t *testing.T) {
	s := openPages(t)
	for _, test := range []struct{ reason, path, language, want, policy, resource string }{
		{"the page", "/call/+493012345", "", `lang="en"`, "default-src 'self'; script-src 'self'", "same-origin"},
		{"in Chinese", "/call/bob", "de, zh-CN;q=0.9, en;q=0.8", `lang="zh"`, "frame-ancestors 'none'", "same-origin"},
		{"an attack, which the page does not show", "/call/%3Cscript%3Ealert(1)%3C%2Fscript%3E", "", `<script src="/call/page.js" defer></script>`, "require-trusted-types-for 'script'", "same-origin"},
		{"its script", "/call/page.js", "", "'use strict'", "default-src 'none'", "same-origin"},
		{"what others embed", "/call/snippet.js", "", "'use strict'", "default-src 'none'", "cross-origin"},
	} {
		answer := ask(s, test.path, func(r *http.Request) { r.Header.Set("Accept-Language", test.language) })
		text := bodyOf(t, answer)
		policy := answer.Header.Get("Content-Security-Policy")
		if answer.StatusCode != 200 || !strings.Contains(text, test.want) || !strings.Contains(policy, test.policy) || answer.Header.Get("Cross-Origin-Resource-Policy") != test.resource {
			t.Errorf("%s: %d %q %.60q", test.reason, answer.StatusCode, policy, text)
		}
		if strings.Contains(text, "alert(") || strings.Contains(text, "innerHTML") {
			t.Errorf("%s: what is in the address is not in the page", test.reason)
		}
	}
	if answer := ask(s, "/call/bob", func(r *http.Request) { r.Method = http.MethodPost }); answer.StatusCode != 405 {
		t.Errorf("the page takes nothing: %d", answer.StatusCode)
	}
}
