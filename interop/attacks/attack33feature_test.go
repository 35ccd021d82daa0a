//go:build interop

package attacks

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"hookflash/sip"
)

// TestAttack33Others: what one user's telephone and token have made (calls by click, redials, parked calls) is looked at, followed or
// ended by another user, or by nobody's token.
//
// Anchor: OWASP API1:2023 (authorization of each object). Must: each object is its owner's, what is another's is answered
// like what there is not, and names of calls can't be guessed.
//
// Figure: 0 of another's calls, redials and parked calls are seen or ended with a user's token, or without one; 10,000 names
// near known ones (100 at the small size) lead to nothing, and those that are given differ in half of their characters.
func TestAttack33Others(t *testing.T) {
	s := startServer(t, setup{})
	beside(t, s, func() {
		carol, dave := newPhone(t, s, "carol"), newPhone(t, s, "dave")
		mallory := newPhone(t, s, "mallory")
		for _, p := range []*phone{carol, dave, mallory} {
			p.register(t)
		}
		house := &houseAPI{t: t, s: s}
		admin := adminToken(t, s)
		owner, thief := house.token(admin, "carol"), house.token(admin, "mallory")
		dave.onRequest(func(p *phone, m *sip.Message) {
			if m.Method() == sip.INVITE {
				p.respond(m, "486 Busy Here")
				return
			}
			p.accept(m)
		})
		redial := house.redial(carol, owner)
		mine := house.calls("carol", owner)
		theirs := house.calls("mallory", thief)
		house.different(append(append([]string{}, mine...), theirs...))
		parked := mustCall(t, carol, "sip:park@"+domain+";orbit=701", "Referred-By: <"+addressOf("carol")+">")
		if status, body := house.ask(admin, "GET", "parking", ""); status != 200 || !strings.Contains(body, `"701"`) {
			t.Fatalf("the administrator sees what is parked: %d %s", status, body)
		}
		paths := []string{"GET parking", "GET users/carol/redials", fmt.Sprintf("DELETE users/carol/redials/%d", redial), "GET users/carol/redials/", "GET users/carol", "GET users/CAROL/redials", "GET users/carol%2Fredials", "GET users/mallory/../carol/redials"}
		for _, id := range mine {
			for _, path := range []string{"GET calls/%s", "DELETE calls/%s", "GET calls/%s/events", "GET calls/%s/", "PATCH calls/%s"} {
				paths = append(paths, fmt.Sprintf(path, id))
			}
		}
		for _, path := range paths {
			house.secret(thief, path)
			house.secret("", path)
			house.secret(thief+"x", path)
		}
		house.guess(thief, theirs)
		house.inCarolsName(thief, carol)
		mallory.leaveRedial(t)
		if status, body := house.ask(owner, "GET", "users/carol/redials", ""); status != 200 || !strings.Contains(body, fmt.Sprintf(`"id":%d`, redial)) {
			t.Errorf("carol still waits for dave: %d %s", status, body)
		}
		for _, id := range mine {
			if status, body := house.ask(owner, "GET", "calls/"+id, ""); status != 200 || strings.Contains(body, `"canceled"`) {
				t.Errorf("carol's call is hers: %d %s", status, body)
			}
		}
		if err := parked.hangUp(); err != nil {
			t.Errorf("the parked call stood: %v", err)
		}
	})
}

// houseAPI asks the HTTP API with tokens of users.
type houseAPI struct {
	t *testing.T
	s *server
}

// ask gives the status and the body; that of a stream as far as it comes soon.
func (o *houseAPI) ask(token, method, path, body string) (status int, text string) {
	o.t.Helper()
	request, err := http.NewRequestWithContext(o.t.Context(), method, "http://"+o.s.http.String()+"/api/v1/"+path, strings.NewReader(body))
	if err != nil {
		o.t.Fatal(err)
	}
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	if body != "" {
		request.Header.Set("Content-Type", "application/json")
	}
	response, err := client.Do(request)
	if err != nil {
		o.t.Fatal(err)
	}
	defer response.Body.Close()
	octets, err := io.ReadAll(io.LimitReader(response.Body, 1<<20))
	if err != nil {
		o.t.Fatalf("%s %s: %v", method, path, err)
	}
	return response.StatusCode, string(octets)
}

// token makes one of a user's.
func (o *houseAPI) token(admin, user string) string {
	o.t.Helper()
	status, body := o.ask(admin, "POST", "tokens", fmt.Sprintf(`{"name": "%s-token", "user": %q}`, user, user))
	var made struct{ Secret string }
	if err := json.Unmarshal([]byte(body), &made); err != nil || status != http.StatusCreated || made.Secret == "" {
		o.t.Fatalf("a token of %s's: %d %s", user, status, body)
	}
	return made.Secret
}

// redial has carol wait for dave, and gives the number of that.
func (o *houseAPI) redial(carol *phone, token string) uint64 {
	o.t.Helper()
	r := carol.request("INVITE", addressOf("dave"))
	r.body = offer(carol.local.Addr())
	if _, code := carol.tryCall(r); code != 486 {
		o.t.Fatalf("dave is busy: %d", code)
	}
	c := mustCall(o.t, carol, addressOf("*66dave"))
	var list struct{ Items []struct{ ID uint64 } }
	eventually(o.t, patience, "carol waits for dave", func() bool {
		_, body := o.ask(token, "GET", "users/carol/redials", "")
		return json.Unmarshal([]byte(body), &list) == nil && len(list.Items) == 1
	})
	_ = c.hangUp() // the server may have been faster
	return list.Items[0].ID
}

// calls has a user's phone call dave some times, and gives the names of the calls.
func (o *houseAPI) calls(user, token string) (names []string) {
	o.t.Helper()
	for range 3 {
		status, body := o.ask(token, "POST", "calls", `{"to": "dave"}`)
		var call struct{ ID string }
		if err := json.Unmarshal([]byte(body), &call); err != nil || status != http.StatusCreated {
			o.t.Fatalf("%s calls dave by click: %d %s", user, status, body)
		}
		names = append(names, call.ID)
		for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(pollPeriod) {
			if _, body := o.ask(token, "GET", "calls/"+call.ID, ""); strings.Contains(body, `"ended"`) {
				break
			}
		}
	}
	return names
}

// different holds names to being random.
func (o *houseAPI) different(names []string) {
	o.t.Helper()
	for i, one := range names {
		if len(one) < 20 {
			o.t.Errorf("%q is short enough to be guessed", one)
		}
		for _, other := range names[:i] {
			same := 0
			for j := range min(len(one), len(other)) {
				if one[j] == other[j] {
					same++
				}
			}
			if 2*same > len(one) {
				o.t.Errorf("%s and %s are much alike", one, other)
			}
		}
	}
}

// secret asks for what is carol's, and wants to be told nothing.
func (o *houseAPI) secret(token, path string) {
	o.t.Helper()
	method, path, _ := strings.Cut(path, " ")
	status, body := o.ask(token, method, path, "")
	if status/100 == 2 || status >= 500 || strings.Contains(body, "dave") || strings.Contains(body, "701") {
		o.t.Errorf("%s %s is answered %d %s", method, path, status, body)
	}
}

// guess tries names near those of calls of one's own; what is another's and what there is not are answered alike.
func (o *houseAPI) guess(token string, names []string) {
	o.t.Helper()
	letters := "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_"
	for i := range sized(100, 10_000) {
		name := []byte(names[i%len(names)])
		at := len(name) - 1 - i/len(letters)%len(name)
		if letter := letters[i%len(letters)]; name[at] != letter {
			name[at] = letter
			if status, body := o.ask(token, "GET", "calls/"+string(name), ""); status != 404 {
				o.t.Errorf("the name %s is answered %d %s", name, status, body)
			}
		}
	}
}

// inCarolsName has carol's phone called with mallory's token.
func (o *houseAPI) inCarolsName(token string, carol *phone) {
	o.t.Helper()
	carol.forget()
	for _, body := range []string{`{"to": "dave", "user": "carol"}`, `{"to": "dave", "phone": "` + carol.contact() + `"}`, `{"to": "dave", "phone": "carol"}`, `{"to": "dave", "user": "Carol"}`, `{"to": "dave", "user": "mallory", "user": "carol"}`} {
		if status, answer := o.ask(token, "POST", "calls", body); status/100 == 2 && !strings.Contains(answer, `"user":"mallory"`) {
			o.t.Errorf("%s is answered %d %s", body, status, answer)
		}
	}
	time.Sleep(silently)
	for _, m := range carol.received("") {
		if m.Method() == sip.REFER || m.Method() == sip.INVITE {
			o.t.Errorf("carol's phone is asked to call:\n%s", m.Text())
		}
	}
}

// leaveRedial has mallory end redials by telephone: only mallory's own can be.
func (p *phone) leaveRedial(t *testing.T) {
	t.Helper()
	for _, uri := range []string{addressOf("*86"), addressOf("*86dave"), "sip:redial@" + domain + ";off", "sip:redial@" + domain + ";to=dave;off", "sip:redial@" + domain + ";from=carol;to=dave"} {
		r := p.request("INVITE", uri)
		r.body = offer(p.local.Addr())
		r.fields = append(r.fields, "P-Asserted-Identity: <"+addressOf("carol")+">", "Referred-By: <"+addressOf("carol")+">")
		if c, _ := p.tryCall(r); c != nil {
			_ = c.hangUp() // the server may have been faster
		}
	}
}
