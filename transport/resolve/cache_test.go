package resolve_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/miekg/dns"

	"hookflash/internal/testdns"
	"hookflash/machine"
	"hookflash/transport/resolve"
)

const times = `
example.test. 600 SOA ns.example.test. admin.example.test. 1 3600 600 86400 120
zero.example.test. 0 A 192.0.2.1
short.example.test. 60 A 192.0.2.1
long.example.test. 86400 A 192.0.2.1
alias.example.test. 30 CNAME long.example.test.
`

// clock is set by the test.
type clock struct {
	mutex sync.Mutex
	now   time.Time
}

func (c *clock) advance(by time.Duration) {
	c.mutex.Lock()
	c.now = c.now.Add(by)
	c.mutex.Unlock()
}

func (c *clock) use(o *resolve.Options) {
	c.now = time.Unix(1_700_000_000, 0)
	o.Now = func() time.Time {
		c.mutex.Lock()
		defer c.mutex.Unlock()
		return c.now
	}
}

// TestTimeToLive: an answer serves as long as it says, between the bounds.
func TestTimeToLive(t *testing.T) {
	for _, test := range []struct {
		reason string
		host   string
		serves time.Duration
	}{
		{"as long as it says", "short.example.test", 60 * time.Second},
		{"at least MinTTL", "zero.example.test", 5 * time.Second},
		{"at most MaxTTL", "long.example.test", time.Hour},
		{"as long as the shortest of a chain", "alias.example.test", 30 * time.Second},
		{"that there is none: as its zone says (RFC 2308 §5)", "nothing.example.test", 120 * time.Second},
		{"that there is none, of a zone that says nothing: briefly", "nothing.elsewhere.test", 5 * time.Second},
		{"that nobody answers: briefly", "failing.example.test", 5 * time.Second},
	} {
		t.Run(test.reason, func(t *testing.T) {
			var c clock
			server, r := start(t, times, only(machine.UDP), c.use)
			server.Set("nothing.elsewhere.test.", testdns.Behaviour{Lie: func(m *dns.Msg) { m.Ns = nil }})
			server.Set("failing.example.test.", testdns.Behaviour{Rcode: dns.RcodeServerFailure})
			ask := func() int {
				_, _ = r.Resolve(context.Background(), target(test.host+":5060"))
				return len(server.Asked())
			}
			once := ask()
			c.advance(test.serves - time.Second)
			if again := ask(); again != once {
				t.Errorf("asked again a second before %v", test.serves)
			}
			c.advance(time.Second)
			if again := ask(); again == once {
				t.Errorf("not asked again after %v", test.serves)
			}
			if counts := r.Counts(); counts.Questions != 3 || counts.Hits != 1 || counts.Resolutions != 3 {
				t.Errorf("counted %+v", counts)
			}
		})
	}
}

// TestStale: RFC 8767: what was known serves while nobody answers, for a while.
func TestStale(t *testing.T) {
	var c clock
	server, r := start(t, times, only(machine.UDP), c.use, brief, func(o *resolve.Options) { o.Stale = time.Hour })
	resolved := func() error {
		_, err := r.Resolve(context.Background(), target("short.example.test:5060"))
		return err
	}
	if err := resolved(); err != nil {
		t.Fatal(err)
	}
	server.Set("short.example.test.", testdns.Behaviour{Silent: true})
	c.advance(10 * time.Minute)
	if err := resolved(); err != nil {
		t.Errorf("the old answer serves: %v", err)
	}
	once := len(server.Asked())
	if err := resolved(); err != nil || len(server.Asked()) != once {
		t.Errorf("and nobody is asked again at once: %v", err)
	}
	c.advance(2 * time.Hour)
	if err := resolved(); !errors.Is(err, resolve.ErrUnanswered) {
		t.Errorf("not for ever: %v", err)
	}
	if counts := r.Counts(); counts.Stale != 1 {
		t.Errorf("counted %+v", counts)
	}
}

// TestBound: the cache never holds more than its limit, and forgets what was used longest
// ago.
func TestBound(t *testing.T) {
	text := ""
	for i := range 100 {
		text += fmt.Sprintf("h%d.example.test. A 192.0.2.1\n", i)
	}
	server, r := start(t, text, only(machine.UDP), func(o *resolve.Options) { o.MaxKept = 20 })
	ask := func(i int) int {
		if _, err := r.Resolve(context.Background(), target(fmt.Sprintf("h%d.example.test:5060", i))); err != nil {
			t.Fatal(err)
		}
		return len(server.Asked())
	}
	for i := range 100 {
		ask(i)
		ask(0)
	}
	before := ask(0)
	if ask(99) != before || ask(92) != before {
		t.Error("ten of one record each are kept, and the one that is asked for all the time")
	}
	if ask(50) == before {
		t.Error("the fiftieth is not")
	}
}

// TestSingleFlight: a hundred who ask at once are one question.
func TestSingleFlight(t *testing.T) {
	server, r := start(t, times, only(machine.UDP))
	server.Set("short.example.test.", testdns.Behaviour{Delay: 100 * time.Millisecond})
	var waiting sync.WaitGroup
	for range 100 {
		waiting.Go(func() {
			if got, err := r.Resolve(context.Background(), target("short.example.test:5060")); err != nil || len(got) != 1 {
				t.Errorf("%s, %v", list(got), err)
			}
		})
	}
	waiting.Wait()
	if asked := len(server.Asked()); asked != 1 {
		t.Errorf("asked %d times", asked)
	}
}

// TestConfigure: other servers are asked from then on.
func TestConfigure(t *testing.T) {
	first, r := start(t, good, only(machine.UDP))
	second := testdns.Start(t, "good.example.test. A 192.0.2.77\nother.example.test. A 192.0.2.78\n")
	if _, err := r.Resolve(context.Background(), target("good.example.test:5060")); err != nil {
		t.Fatal(err)
	}
	if err := r.Configure(append(r.Servers()[:0:0], second.Address()), 0); err != nil {
		t.Fatal(err)
	}
	if got, err := r.Resolve(context.Background(), target("good.example.test:5060")); err != nil || list(got) != "UDP 192.0.2.1:5060" {
		t.Errorf("what is known stays known: %s, %v", list(got), err)
	}
	if got, err := r.Resolve(context.Background(), target("other.example.test:5060")); err != nil || list(got) != "UDP 192.0.2.78:5060" {
		t.Errorf("%s, %v", list(got), err)
	}
	if asked := len(first.Asked()); asked != 1 {
		t.Errorf("the first was asked %d times", asked)
	}
}
