package domain_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"hookflash/internal/domain"
	"hookflash/internal/sim"
	"hookflash/machine"
	"hookflash/proxy"
	"hookflash/sip"
)

// atOnce is a network without delay.
var atOnce = sim.Config{Link: sim.Link{Delay: -1}}

// letter is alice's MESSAGE to somebody, of that many octets where that is enough.
func letter(uri, callID string, size int) string {
	text := outside("MESSAGE", uri, callID, 1, "Content-Type: text/plain")
	body := strings.Repeat("x", max(size-len(text)-3, 0)) // three digits more
	return strings.Replace(text, "Content-Length: 0\r\n\r\n", fmt.Sprintf("Content-Length: %d\r\n\r\n%s", len(body), body), 1)
}

// writers is a domain where alice needs no password, and bob answers as he is told.
func writers(code int, mutate ...func(*domain.Config)) (w *world, alice, bob *agent) {
	w = newWorld(sim.New(atOnce), append(mutate, func(c *domain.Config) { c.Trusted = trusting("alice", "bob") })...)
	alice = w.agent("alice", machine.UDP, nil)
	bob = w.agent("bob", machine.UDP, says(code))
	if code == 0 {
		bob.answer = nil
	}
	w.serve()
	w.bound("bob", binding("sip:bob@192.0.2.2:5060", 1000))
	return w, alice, bob
}

// TestMessageRate: one user's MESSAGEs go on as fast as they may, others' all the same.
func TestMessageRate(t *testing.T) {
	w, alice, bob := writers(200)
	send := func(count int, name string) (codes map[int]int, later string) {
		codes = map[int]int{}
		for i := range count {
			alice.ask(letter("sip:bob@example.test", fmt.Sprint(name, i), 0))
			if err := w.RunFor(time.Microsecond); err != nil {
				t.Fatal(err)
			}
		}
		for _, asked := range alice.asking[len(alice.asking)-count:] {
			codes[asked.code()]++
			if asked.code() >= 300 {
				later = asked.final.Header(sip.HeaderRetryAfter)
			}
		}
		return codes, later
	}
	codes, later := send(proxy.MessageBurst+10, "first")
	if codes[200] != proxy.MessageBurst || codes[480] != 10 || later == "" {
		t.Errorf("at once: %v, Retry-After %q", codes, later)
	}
	if err := w.RunFor(10 * proxy.MessageInterval); err != nil {
		t.Fatal(err)
	}
	if codes, _ := send(15, "later"); codes[200] != 10 || codes[480] != 5 {
		t.Errorf("after ten intervals: %v", codes)
	}
	other := strings.NewReplacer("<sip:alice@example.test>", "<sip:carol@example.test>", "branch=z9hG4bK", "branch=z9hG4bKc").Replace(letter("sip:bob@example.test", "carol", 0))
	if asked := alice.ask(other); w.RunFor(time.Second) != nil || asked.code() != 200 {
		t.Errorf("somebody else got %d", asked.code())
	}
	if counts := w.domain().Proxy().Counts(); counts.MessagesRefused != 15 || counts.Messages != uint64(len(bob.requests(sip.MESSAGE))) {
		t.Errorf("%d were let through and %d refused; bob got %d", counts.Messages, counts.MessagesRefused, len(bob.requests(sip.MESSAGE)))
	}
	if err := w.quiet(); err != nil {
		t.Error(err)
	}
}

// TestGuestRate: guests at one address have a small rate together, whatever names they give.
func TestGuestRate(t *testing.T) {
	for _, test := range []struct {
		method string
		burst  int
	}{{"MESSAGE", proxy.GuestMessageBurst}, {"SUBSCRIBE", proxy.GuestSubscribeBurst}} {
		w := newWorld(sim.New(atOnce), func(c *domain.Config) { c.Guests = true })
		guest, bob := w.agent("mallory", machine.UDP, nil), w.agent("bob", machine.UDP, says(200))
		w.serve()
		w.bound("bob", binding("sip:bob@192.0.2.2:5060", 1000))
		codes := map[int]int{}
		for i := range test.burst + 5 {
			text := strings.NewReplacer("192.0.2.1:5060", guest.address, "<sip:alice@example.test>", fmt.Sprintf("<sip:guest%d@elsewhere.invalid>", i)).
				Replace(outside(test.method, "sip:bob@example.test", fmt.Sprint("call", i), 1, "Event: dialog"))
			asked := guest.ask(text)
			if err := w.RunFor(time.Millisecond); err != nil {
				t.Fatal(err)
			}
			codes[asked.code()]++
		}
		if codes[480] != 5 || len(bob.requests(sip.Method(test.method))) != test.burst {
			t.Errorf("%s: %v; %d arrived", test.method, codes, len(bob.requests(sip.Method(test.method))))
		}
	}
}

// TestSubscribeRate: a console may begin with all of its lamps.
func TestSubscribeRate(t *testing.T) {
	w, alice, bob := writers(200)
	codes := map[int]int{}
	for i := range proxy.SubscribeBurst + 7 {
		asked := alice.ask(outside("SUBSCRIBE", "sip:bob@example.test", fmt.Sprint("lamp", i), 1, "Event: dialog"))
		if err := w.RunFor(time.Microsecond); err != nil {
			t.Fatal(err)
		}
		codes[asked.code()]++
	}
	if codes[480] != 7 || len(bob.requests(sip.SUBSCRIBE)) != proxy.SubscribeBurst {
		t.Errorf("%v; %d arrived", codes, len(bob.requests(sip.SUBSCRIBE)))
	}
	if refused := w.domain().Proxy().Counts().SubscribesRefused; refused != 7 {
		t.Errorf("%d counted", refused)
	}
}

// TestMessageSize: RFC 3428 §8: what is large goes by transports that slow down when the network is full, or not at all.
func TestMessageSize(t *testing.T) {
	for _, test := range []struct {
		reason  string
		from    machine.Transport
		contact string
		size    int
		want    int
	}{
		{"small, by datagrams", machine.UDP, "sip:bob@192.0.2.2:5060", 1300, 200},
		{"large, from a datagram", machine.UDP, "sip:bob@192.0.2.2:5060;transport=tcp", 1301, 413},
		{"large, to a datagram", machine.TCP, "sip:bob@192.0.2.2:5060", 1301, 413},
		{"large, by streams", machine.TCP, "sip:bob@192.0.2.2:5060;transport=tcp", 9000, 200},
		{"as large as there can be", machine.TCP, "sip:bob@192.0.2.2:5060;transport=tcp", proxy.MaxMessage, 200},
		{"too large for anything", machine.TCP, "sip:bob@192.0.2.2:5060;transport=tcp", proxy.MaxMessage + 1, 413},
	} {
		w := newWorld(sim.New(atOnce), func(c *domain.Config) { c.Trusted, c.Guests = trusting("bob"), true })
		alice := w.agent("alice", test.from, nil)
		w.serve()
		transport := machine.UDP
		if strings.Contains(test.contact, "tcp") {
			transport = machine.TCP
		}
		bob := w.agent("bob", transport, says(200))
		b := binding(test.contact, 1000)
		b.Flow.Transport = transport
		w.bound("bob", b)
		text := strings.ReplaceAll(letter("sip:bob@example.test", "call", 0), "alice@example.test", "alice@elsewhere.test")
		if test.from == machine.TCP {
			text = strings.Replace(text, "SIP/2.0/UDP", "SIP/2.0/TCP", 1)
		}
		empty := strings.Replace(text, "Content-Length: 0", "Content-Length: 00000", 1)
		body := strings.Repeat("x", test.size-len(empty))
		text = strings.Replace(text, "Content-Length: 0\r\n\r\n", fmt.Sprintf("Content-Length: %05d\r\n\r\n%s", len(body), body), 1)
		asked := alice.ask(text)
		if err := w.quiet(); err != nil {
			t.Fatal(err)
		}
		if asked.code() != test.want || len(bob.requests(sip.MESSAGE)) == 1 != (test.want == 200) {
			t.Errorf("%s: %d octets got %d, and bob %d\n%s", test.reason, len(text), asked.code(), len(bob.got), w.Ladder().DrawPlain())
		}
	}
}

// TestMessageQueue: what a phone that is silent has waiting for it is bounded, whoever sends it; and no sender takes
// all the room.
func TestMessageQueue(t *testing.T) {
	w, alice, bob := writers(0)
	count := 0
	send := func(from, uri string) *asking {
		count++
		text := strings.Replace(letter(uri, fmt.Sprint("call", count), 0), "<sip:alice@example.test>", "<sip:"+from+"@example.test>", 1)
		asked := alice.ask(text)
		if err := w.RunFor(time.Millisecond); err != nil {
			t.Fatal(err)
		}
		return asked
	}
	for i := range proxy.MaxPendingEach {
		if asked := send("alice", fmt.Sprintf("sip:bob@example.test;line=%d", i)); asked.code() != 0 {
			t.Fatalf("number %d got %d", i, asked.code())
		}
	}
	if asked := send("alice", "sip:b%6Fb@EXAMPLE.test;line=x"); asked.code() != 480 || asked.final.Header(sip.HeaderRetryAfter) == "" {
		t.Errorf("one more got %d", asked.code())
	}
	if asked := send("carol", "sip:bob@example.test"); asked.code() != 0 {
		t.Errorf("somebody else's got %d", asked.code())
	}
	if got := len(bob.requests(sip.MESSAGE)); got != proxy.MaxPendingEach+1 {
		t.Errorf("bob got %d", got)
	}
	if err := w.RunFor(40 * time.Second); err != nil {
		t.Fatal(err)
	}
	if asked := send("alice", "sip:bob@example.test"); asked.code() != 0 {
		t.Errorf("when nothing waits any more, one more got %d", asked.code())
	}
	if err := w.quiet(); err != nil {
		t.Error(err)
	}
}

// TestMessageQueueOfAll: many senders have one recipient's queue together.
func TestMessageQueueOfAll(t *testing.T) {
	w, alice, _ := writers(0, func(c *domain.Config) {
		for i := range 20 {
			c.Users[fmt.Sprint("user", i)] = "secret"
		}
	})
	codes := map[int]int{}
	for i := range proxy.MaxPendingMessages + 8 {
		text := letter("sip:bob@example.test", fmt.Sprint("call", i), 0)
		asked := alice.ask(strings.Replace(text, "<sip:alice@example.test>", fmt.Sprintf("<sip:user%d@example.test>", i%20), 1))
		if err := w.RunFor(time.Millisecond); err != nil {
			t.Fatal(err)
		}
		codes[asked.code()]++
	}
	if codes[480] != 8 {
		t.Errorf("%v", codes)
	}
	if err := w.quiet(); err != nil {
		t.Error(err)
	}
}
