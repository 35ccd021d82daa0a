package api

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

// friend is the origin of a page that may place calls.
const friend = "https://crm.example.test"

// switchboard is Calls that nobody's phone hears of.
type switchboard struct {
	mutex    sync.Mutex
	placed   []CallWish
	canceled []string
	calls    map[string]Call
	watching map[string]chan struct{}
	slow     chan struct{} // what Place waits for, nil: nothing
}

func newSwitchboard() *switchboard {
	return &switchboard{watching: map[string]chan struct{}{}, calls: map[string]Call{
		"of-bob": {ID: "of-bob", User: "bob", To: "carol", Status: "completed", Steps: []CallStep{{noon, "ended", 0}}, Created: noon, Ended: noon},
	}}
}

func (s *switchboard) Place(w CallWish) (Call, error) {
	if s.slow != nil {
		<-s.slow
	}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	switch w.To {
	case "nobody":
		return Call{}, NotPlaced("to", "is nobody", "write somebody")
	case "soon":
		return Call{}, NotNow(http.StatusTooManyRequests, "too many calls", 90*time.Second)
	}
	s.placed = append(s.placed, w)
	c := Call{ID: fmt.Sprint("call", len(s.placed)), User: w.User, To: w.To, Status: "queued", Steps: []CallStep{}, Created: noon}
	s.calls[c.ID] = c
	return c, nil
}

func (s *switchboard) Find(id string) (Call, bool) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	c, ok := s.calls[id]
	return c, ok
}

func (s *switchboard) Watch(id string) (<-chan struct{}, func()) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	changed := make(chan struct{}, 1)
	s.watching[id] = changed
	return changed, func() {
		s.mutex.Lock()
		defer s.mutex.Unlock()
		delete(s.watching, id)
	}
}

func (s *switchboard) Cancel(id string) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.canceled = append(s.canceled, id)
}

// advance has something happen to a call.
func (s *switchboard) advance(id, status, event string) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	c := s.calls[id]
	c.Status, c.Steps = status, append(c.Steps[:len(c.Steps):len(c.Steps)], CallStep{noon, event, 0})
	if event == "ended" {
		c.Ended = noon
	}
	s.calls[id] = c
	if changed := s.watching[id]; changed != nil {
		select {
		case changed <- struct{}{}:
		default:
		}
	}
}

func (s *switchboard) count() int {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return len(s.placed)
}

func TestPlaceCall(t *testing.T) {
	o := newOffice(t)
	bob := o.as("bob")
	got := bob.send("POST", "/calls", `{"to":"+49 (30) 123-45","phone":"desk"}`)
	o.want("bob's own phone calls", 201, got, `"id":"call1"`, `"status":"queued"`, `"user":"bob"`, `"steps":[]`)
	if location := got.Header.Get("Location"); location != "/api/v1/calls/call1" {
		t.Errorf("it is told where the call is: %q", location)
	}
	if w := o.calls.placed[0]; w != (CallWish{"bob", "+49 (30) 123-45", "desk"}) {
		t.Errorf("what was wished for: %+v", w)
	}
	for _, test := range []struct {
		reason, body string
		status       int
		part         string
		as           *office
	}{
		{"in his own name", `{"to":"carol","user":"bob"}`, 201, "call2", bob},
		{"in somebody else's", `{"to":"carol","user":"alice"}`, 403, "bob", bob},
		{"an administrator in bob's", `{"to":"carol","user":"bob"}`, 201, "call3", o},
		{"in nobody's", `{"to":"carol"}`, 422, "body.user", o},
		{"of a user who is none", `{"to":"carol","user":"dave"}`, 422, "body.user", o},
		{"to nobody", `{}`, 422, "body", bob},
		{"to an empty text", `{"to":""}`, 422, "body.to", bob},
		{"to a long text", `{"to":"` + strings.Repeat("1", 300) + `"}`, 422, "body.to", bob},
		{"to what is nobody", `{"to":"nobody"}`, 422, "body.to", bob},
		{"with what nobody knows", `{"to":"carol","callback":"http://169.254.169.254/"}`, 422, "callback", bob},
		{"too soon", `{"to":"soon"}`, 429, "too many", bob},
		{"no JSON", `to=carol`, 400, "", bob},
	} {
		got := test.as.send("POST", "/calls", test.body)
		o.want(test.reason, test.status, got, test.part)
		if test.status == 429 && got.Header.Get("Retry-After") != "90" {
			t.Errorf("%s: Retry-After is %q", test.reason, got.Header.Get("Retry-After"))
		}
	}
	if o.calls.count() != 3 {
		t.Errorf("%d calls, want 3", o.calls.count())
	}
	if strings.Contains(o.log.String(), "12345") {
		t.Error("whom somebody calls is not logged")
	}
}

func TestOthersCalls(t *testing.T) {
	o := newOffice(t)
	alice, bob := o.as("alice"), o.as("bob")
	o.want("bob places a call", 201, bob.send("POST", "/calls", `{"to":"carol"}`))
	for _, method := range []string{"GET", "DELETE"} {
		o.want("of which alice sees nothing: "+method, 403, alice.send(method, "/calls/call1", ""))
	}
	o.want("nor its progress", 403, alice.send("GET", "/calls/call1/events", ""))
	o.want("bob does", 200, bob.send("GET", "/calls/call1", ""), `"to":"carol"`)
	o.want("and an administrator", 200, o.send("GET", "/calls/call1", ""))
	o.want("there is no other", 404, bob.send("GET", "/calls/call2", ""))
	o.want("bob ends it", 202, bob.send("DELETE", "/calls/call1", ""))
	o.want("one that is over is over", 200, bob.send("DELETE", "/calls/of-bob", ""), "completed")
	if got := strings.Join(o.calls.canceled, " "); got != "call1" {
		t.Errorf("canceled: %q", got)
	}
}

func TestIdempotency(t *testing.T) {
	o := newOffice(t)
	alice, bob := o.as("alice"), o.as("bob")
	post := func(as *office, key, body string) reply {
		return as.send("POST", "/calls", body, "Idempotency-Key", key)
	}
	first := post(bob, "k1", `{"to":"carol"}`)
	o.want("the first", 201, first, "call1")
	o.calls.advance("call1", "ringing", "target-rings")
	again := post(bob, `"k1"`, `{"to": "carol"}`)
	o.want("again", 201, again, "call1")
	if again.text != first.text || again.Header.Get("Idempotent-Replayed") != "true" || first.Header.Get("Idempotent-Replayed") != "" {
		t.Errorf("the same answer, marked: %s, %v", again.text, again.Header)
	}
	o.want("another wish with the same key", 422, post(bob, "k1", `{"to":"alice"}`), "Idempotency-Key")
	o.want("somebody else's key is another", 201, post(alice, "k1", `{"to":"carol"}`), "call2")
	o.want("no key: no memory", 201, post(bob, "", `{"to":"carol"}`), "call3")
	o.want("no key that is one", 422, post(bob, "k 1", `{"to":"carol"}`), "Idempotency-Key")
	o.want("a long one", 422, post(bob, strings.Repeat("k", 200), `{"to":"carol"}`), "Idempotency-Key")
	o.want("what came to nothing", 422, post(bob, "k2", `{"to":"nobody"}`))
	o.want("may be tried again, differently", 201, post(bob, "k2", `{"to":"carol"}`), "call4")

	o.calls.slow = make(chan struct{})
	answers := make(chan string, 20)
	for range cap(answers) {
		go func() { answers <- post(bob, "at-once", `{"to":"carol"}`).text }()
	}
	close(o.calls.slow)
	for range cap(answers) {
		if got := <-answers; !strings.Contains(got, `"id":"call5"`) {
			t.Errorf("retries at once get the one call: %s", got)
		}
	}
	if o.calls.count() != 5 {
		t.Errorf("%d calls were placed, want 5", o.calls.count())
	}
}

func TestKeysAreBounded(t *testing.T) {
	var k keys
	placed := 0
	once := func(user, key string, now time.Time) bool {
		_, replayed, err := k.once(keyed{user, key}, CallWish{To: "carol"}, now, func() (Call, error) { placed++; return Call{}, nil })
		return replayed || err != nil
	}
	for i := range 3 * MaxKeys {
		once("bob", fmt.Sprint(i), noon)
	}
	if len(k.kept) != MaxKeys || len(k.order["bob"]) != MaxKeys {
		t.Errorf("%d keys are kept", len(k.kept))
	}
	if !once("bob", fmt.Sprint(3*MaxKeys-1), noon.Add(KeyLasts-1)) || once("bob", fmt.Sprint(3*MaxKeys-1), noon.Add(KeyLasts)) {
		t.Error("a key lasts a day")
	}
	for i := range MaxKeysOfAll {
		once(fmt.Sprint("user", i), "k", noon.Add(KeyLasts))
	}
	if len(k.kept) > MaxKeysOfAll {
		t.Errorf("%d keys are kept", len(k.kept))
	}
	if !once("one more", "k", noon.Add(KeyLasts)) || once("one more", "k", noon.Add(2*KeyLasts)) || len(k.order) > 1 {
		t.Errorf("until the old ones are forgotten: %d users", len(k.order))
	}
}

// TestCallEvents: a stream tells every change until the call is over, and no longer; it outlasts MaxTime's kind.
func TestCallEvents(t *testing.T) {
	o := newOffice(t)
	bob := o.as("bob")
	o.want("a call", 201, bob.send("POST", "/calls", `{"to":"carol"}`))
	server := httptest.NewServer(o.handler)
	defer server.Close()
	request, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+Prefix+"/calls/call1/events", nil)
	request.Header.Set("Authorization", "Bearer "+bob.token)
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	if media := answer.Header.Get("Content-Type"); answer.StatusCode != 200 || media != "text/event-stream" {
		t.Fatalf("%d %s", answer.StatusCode, media)
	}
	next := []struct{ status, event string }{{"initiated", "phone-asked"}, {"ringing", "target-rings"}, {"completed", "ended"}}
	var seen []string
	lines := bufio.NewScanner(answer.Body)
	for lines.Scan() {
		data, isData := strings.CutPrefix(lines.Text(), "data: ")
		if !isData {
			continue
		}
		var call Call
		if err := json.Unmarshal([]byte(data), &call); err != nil {
			t.Fatal(err)
		}
		seen = append(seen, call.Status)
		if len(next) > 0 {
			o.calls.advance("call1", next[0].status, next[0].event)
			next = next[1:]
		}
	}
	if got := strings.Join(seen, " "); got != "queued initiated ringing completed" {
		t.Errorf("seen: %s", got)
	}
}

// TestStreamOfLostToken: a stream shows nothing more when the token that it was opened with is good no longer.
func TestStreamOfLostToken(t *testing.T) {
	o := newOffice(t)
	bob := o.as("bob")
	o.want("a call", 201, bob.send("POST", "/calls", `{"to":"carol"}`))
	server := httptest.NewServer(o.handler)
	defer server.Close()
	request, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+Prefix+"/calls/call1/events", nil)
	request.Header.Set("Authorization", "Bearer "+bob.token)
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	lines := bufio.NewScanner(answer.Body)
	for lines.Scan() && !strings.HasPrefix(lines.Text(), "data: ") {
	}
	o.want("it is taken back", 204, o.change("DELETE", "/tokens/of-bob", ""))
	o.calls.advance("call1", "completed", "ended")
	for lines.Scan() {
		if strings.HasPrefix(lines.Text(), "data: ") {
			t.Errorf("shown: %s", lines.Text())
		}
	}
}

func TestStreamsAreBounded(t *testing.T) {
	var s streams
	for range MaxUserStreams {
		if p := s.open("bob"); p != nil {
			t.Fatal(p)
		}
	}
	if p := s.open("bob"); p == nil || p.Status != 429 {
		t.Errorf("bob watches enough: %v", p)
	}
	for i := range MaxCallStreams - MaxUserStreams {
		if p := s.open(fmt.Sprint(i)); p != nil {
			t.Fatal(p)
		}
	}
	if p := s.open("carol"); p == nil || p.Status != 503 {
		t.Errorf("all watch enough: %v", p)
	}
	s.close("bob")
	if p := s.open("bob"); p != nil {
		t.Error(p)
	}
}

// TestOrigins: pages of listed origins may place calls, and may do nothing else; others may do nothing.
func TestOrigins(t *testing.T) {
	o := newOffice(t)
	o.config.Click.Origins = []string{friend}
	bob := o.as("bob")
	for _, test := range []struct {
		reason, method, path, origin string
		status                       int
		allowed                      bool
	}{
		{"a friend asks whether it may", "OPTIONS", "/calls", friend, 204, true},
		{"of one call", "OPTIONS", "/calls/of-bob", friend, 204, true},
		{"a friend reads a call", "GET", "/calls/of-bob", friend, 200, true},
		{"and nothing else", "GET", "/users/bob", friend, 200, false},
		{"nor asks", "OPTIONS", "/users/bob", friend, 405, false},
		{"a stranger asks", "OPTIONS", "/calls", "https://evil.example", 405, false},
		{"a name that begins like a friend's", "OPTIONS", "/calls", friend + ".evil.example", 405, false},
		{"no origin at all", "OPTIONS", "/calls", "null", 405, false},
	} {
		got := bob.send(test.method, test.path, "", "Origin", test.origin, "Access-Control-Request-Method", "POST")
		if got.StatusCode != test.status || (got.Header.Get("Access-Control-Allow-Origin") == friend) != test.allowed {
			t.Errorf("%s: %d %v", test.reason, got.StatusCode, got.Header)
		}
		if got.Header.Get("Access-Control-Allow-Credentials") != "" {
			t.Errorf("%s: there are no cookies", test.reason)
		}
	}
}
