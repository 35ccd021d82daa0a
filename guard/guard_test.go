package guard

import (
	"math/rand/v2"
	"net/netip"
	"reflect"
	"sync"
	"testing"
	"time"
)

var (
	begin    = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	register = []byte("REGISTER sip:example.test SIP/2.0\r\n\r\n")
)

// trial is a guard in virtual time.
type trial struct {
	*Guard
	t   testing.TB
	now time.Time
}

func newTrial(t testing.TB, limits Limits, trusted ...string) *trial {
	t.Helper()
	config := Config{Start: begin, Key: [16]byte{1, 2, 3}, Limits: limits}
	for _, each := range trusted {
		config.Trusted = append(config.Trusted, netip.MustParsePrefix(each))
	}
	g, err := New(config)
	if err != nil {
		t.Fatal(err)
	}
	return &trial{Guard: g, t: t, now: begin}
}

func from(text string) netip.AddrPort { return netip.MustParseAddrPort(text) }

// numbered is the i-th IPv4 address from 11.0.0.0.
func numbered(i int) netip.AddrPort {
	return netip.AddrPortFrom(netip.AddrFrom4([4]byte{11 + byte(i>>24), byte(i >> 16), byte(i >> 8), byte(i)}), 5060)
}

func (t *trial) admit(source netip.AddrPort) Verdict { return t.Admit(t.now, source, register) }

// flood sends n datagrams at one time and says how many were admitted.
func (t *trial) flood(n int, source netip.AddrPort) (admitted int) {
	for range n {
		if t.admit(source) == Admitted {
			admitted++
		}
	}
	return admitted
}

func (t *trial) want(reason string, got, want any) {
	t.t.Helper()
	if got != want {
		t.t.Errorf("%s: got %v, want %v", reason, got, want)
	}
}

func TestBuckets(t *testing.T) {
	try := newTrial(t, Limits{})
	stranger := from("192.0.2.1:5060")
	try.want("a stranger has its burst", try.flood(5_000, stranger), DefaultLimits.Stranger.Burst)
	try.want("then it is its limit that refuses", try.admit(stranger), SourceLimit)
	try.want("another port of the address shares the bucket", try.admit(from("192.0.2.1:9")), SourceLimit)
	try.want("the next address does not", try.admit(from("192.0.2.2:5060")), Admitted)
	try.now = try.now.Add(time.Second)
	try.want("a second brings a second's tokens", try.flood(5_000, stranger), DefaultLimits.Stranger.PerSecond)
	try.now = try.now.Add(time.Hour)
	try.want("an hour brings a burst and no more", try.flood(5_000, stranger), DefaultLimits.Stranger.Burst)
	try.now = try.now.Add(-30 * time.Minute)
	try.want("an earlier time is no harm", try.flood(1, from("192.0.2.9:1")), 1)
}

func TestPrefixes(t *testing.T) {
	for _, each := range []struct {
		reason      string
		loud, other string
		shared      bool
	}{
		{"IPv4 by address", "192.0.2.1:1", "192.0.2.2:1", false},
		{"IPv4 and the same address mapped into IPv6", "192.0.2.1:1", "[::ffff:192.0.2.1]:1", true},
		{"IPv6 by /64", "[2001:db8:0:1::1]:1", "[2001:db8:0:1:ffff::2]:1", true},
		{"IPv6, another /64", "[2001:db8:0:1::1]:1", "[2001:db8:0:2::1]:1", false},
		{"IPv6 link-local, whatever the zone", "[fe80::1%eth0]:1", "[fe80::2%eth1]:1", true},
	} {
		try := newTrial(t, Limits{})
		try.flood(5_000, from(each.loud))
		want := Admitted
		if each.shared {
			want = SourceLimit
		}
		try.want(each.reason, try.admit(from(each.other)), want)
	}
}

func TestSizeCosts(t *testing.T) {
	try := newTrial(t, Limits{})
	admitted, largest := 0, make([]byte, 65_507)
	largest[0] = 'I'
	for range 5_000 {
		if try.Admit(try.now, from("192.0.2.1:1"), largest) == Admitted {
			admitted++
		}
	}
	try.want("64 KiB cost 32 tokens", admitted, DefaultLimits.Stranger.Burst/32)
}

func TestVouchedFlowIsNotLimitedForOthers(t *testing.T) {
	try := newTrial(t, Limits{})
	phone, neighbour := from("192.0.2.1:40001"), from("192.0.2.1:40002")
	try.flood(5_000, neighbour)
	try.Vouch(try.now, phone, try.now.Add(time.Hour))
	try.flood(50_000, neighbour)
	try.want("the neighbour has used up the prefix's bucket", try.admit(neighbour), SourceLimit)
	try.want("the phone has its own", try.flood(50_000, phone), DefaultLimits.Flow.Burst)
	try.want("and is limited by that", try.admit(phone), FlowLimit)
	try.now = try.now.Add(10 * time.Second)
	try.want("a prefix with a live flow has the larger bucket", try.flood(50_000, neighbour), DefaultLimits.Neighbour.Burst)
	try.now = try.now.Add(time.Hour)
	try.want("when the binding has expired, all are strangers", try.flood(50_000, phone), DefaultLimits.Stranger.Burst)
}

func TestVouched(t *testing.T) {
	try := newTrial(t, Limits{})
	phone, neighbour := netip.MustParseAddrPort("192.0.2.1:5060"), netip.MustParseAddrPort("192.0.2.1:5061")
	if try.Vouched(try.now, phone) {
		t.Error("nobody is vouched for at first")
	}
	try.Vouch(try.now, phone, try.now.Add(time.Hour))
	if !try.Vouched(try.now, phone) || try.Vouched(try.now, neighbour) {
		t.Error("one address and port is vouched for, no other")
	}
	if try.Vouched(try.now.Add(2*time.Hour), phone) {
		t.Error("until the time that was said")
	}
}

func TestStandingLasts(t *testing.T) {
	try := newTrial(t, Limits{})
	phone, key := from("192.0.2.1:40001"), uint64(0)
	key = try.seed.flowKey(addressOf(phone.Addr()), phone.Port())
	lives := func() bool { return try.flowTable.find(key).live(try.since(try.now)) }
	try.Vouch(try.now, phone, try.now.Add(-time.Second))
	try.want("nothing is kept of a time that is over", try.flowTable.find(key), (*slot)(nil))
	try.Vouch(try.now, phone, try.now.Add(time.Hour))
	try.Vouch(try.now, phone, try.now.Add(time.Minute))
	try.now = try.now.Add(time.Hour - time.Second)
	try.want("a shorter time does not shorten it", lives(), true)
	try.now = try.now.Add(18 * time.Second)
	try.want("it ends within a step of 16.8 s", lives(), false)
	try.Vouch(try.now, phone, try.now.AddDate(200, 0, 0))
	try.now = try.now.AddDate(8, 0, 0)
	try.want("a far time is cut, not wrapped round", lives(), true)
}

func TestIdleForHalfAYearIsFull(t *testing.T) {
	try := newTrial(t, Limits{})
	for range 200 {
		try.now = try.now.Add(24*time.Hour + 51*time.Minute)
		try.want("the 40 bits of the clock come round every 12.7 days", try.flood(1, from("192.0.2.1:1")), 1)
	}
}

func TestReadersTimesDiffer(t *testing.T) {
	try := newTrial(t, Limits{})
	try.now = try.now.Add(time.Minute)
	try.flood(5_000, from("192.0.2.1:1"))
	for _, behind := range []time.Duration{time.Microsecond, time.Millisecond, time.Second} {
		if try.Admit(try.now.Add(-behind), from("192.0.2.1:1"), register) != SourceLimit {
			t.Errorf("a reader whose time is %v behind another's finds the bucket as empty", behind)
		}
	}
}

func TestOfficeBehindOneAddress(t *testing.T) {
	const phones, retransmit = 500, 500 * time.Millisecond
	try := newTrial(t, Limits{})
	dropped := 0
	send := func(port int) bool {
		if try.admit(netip.AddrPortFrom(netip.MustParseAddr("192.0.2.1"), uint16(port))).Dropped() {
			dropped++
			return false
		}
		return true
	}
	// The power comes back: within one second each phone registers two lines, from a port
	// each, without and with credentials; the server is slow, so everything is sent twice.
	for line := range 2 * phones {
		try.now = try.now.Add(time.Second / (2 * phones))
		send(20_000 + line)
	}
	try.now = try.now.Add(retransmit)
	for line := range 2 * phones {
		if send(20_000+line) && send(20_000+line) {
			try.Vouch(try.now, netip.AddrPortFrom(netip.MustParseAddr("192.0.2.1"), uint16(20_000+line)), try.now.Add(time.Hour))
		}
	}
	for line := range 2 * phones { // SUBSCRIBEs to message-summary and to ten lamps
		for range 11 {
			send(20_000 + line)
		}
	}
	try.want("nothing of an office of 500 phones is dropped", dropped, 0)
}

func TestSuccessPaysBack(t *testing.T) {
	try := newTrial(t, Limits{})
	admitted := 0
	for line := range 30_000 { // a carrier's NAT, all at the same moment
		source := netip.AddrPortFrom(netip.MustParseAddr("192.0.2.1"), uint16(1_024+line))
		if try.admit(source) == Admitted && try.admit(source) == Admitted {
			admitted++
			try.Vouch(try.now, source, try.now.Add(time.Hour))
		}
	}
	try.want("any number of phones gets in behind one address, as long as they succeed", admitted, 30_000)
}

func TestTrusted(t *testing.T) {
	for _, each := range []struct {
		reason, trusted, source string
		want                    bool
	}{
		{"within", "127.9.9.0/24", "127.9.9.2:5060", true},
		{"mapped into IPv6", "127.9.9.0/24", "[::ffff:127.9.9.2]:5060", true},
		{"written as mapped", "::ffff:127.9.9.0/120", "127.9.9.2:5060", true},
		{"beside", "127.9.9.0/24", "127.9.8.2:5060", false},
		{"one address", "127.9.9.2/32", "127.9.9.2:5060", true},
		{"beside one address", "127.9.9.2/32", "127.9.9.3:5060", false},
		{"bits of the host don't count", "127.9.9.77/24", "127.9.9.2:5060", true},
		{"all IPv4", "0.0.0.0/0", "203.0.113.1:5060", true},
		{"all IPv4 holds no IPv6", "0.0.0.0/0", "[2001:db8::1]:5060", false},
		{"all IPv6 holds no IPv4", "::/0", "203.0.113.1:5060", false},
		{"all IPv6", "::/0", "[2001:db8::1]:5060", true},
		{"an IPv6 network", "2001:db8:1::/48", "[2001:db8:1:ffff::1]:5060", true},
		{"beside an IPv6 network", "2001:db8:1::/48", "[2001:db8:2::1]:5060", false},
		{"one IPv6 address", "2001:db8::1/128", "[2001:db8::1]:5060", true},
		{"beside one IPv6 address", "2001:db8::1/128", "[2001:db8::2]:5060", false},
	} {
		try := newTrial(t, Limits{}, each.trusted)
		try.want(each.reason, try.trusts(addressOf(from(each.source).Addr())), each.want)
	}
}

func TestTrustedHasNoLimit(t *testing.T) {
	try := newTrial(t, Limits{}, "127.9.9.0/24")
	for range 10 { // the benchmark's 42,000 packets/s, ten seconds of them at one moment
		try.want("a trusted source is never dropped", try.flood(42_000, from("127.9.9.2:5070")), 42_000)
	}
	try.Vouch(try.now, from("127.9.9.2:5070"), try.now.Add(time.Hour))
	try.Ban(try.now, netip.MustParseAddr("127.9.9.2"), try.now.Add(time.Hour))
	try.want("nor banned", try.admit(from("127.9.9.2:5070")), Admitted)
	if err := try.Trust(nil); err != nil {
		t.Fatal(err)
	}
	try.want("a reload takes trust away", try.admit(from("127.9.9.2:5070")), Banned)
	if err := try.Trust(make([]netip.Prefix, MaxTrusted+1)); err == nil {
		t.Error("too many networks are refused")
	}
	if err := try.Trust(make([]netip.Prefix, 1)); err == nil {
		t.Error("a network that is none is refused")
	}
}

func TestBan(t *testing.T) {
	try := newTrial(t, Limits{})
	try.Ban(try.now, netip.MustParseAddr("192.0.2.1"), try.now.Add(time.Minute))
	try.want("a banned prefix is dropped", try.admit(from("192.0.2.1:7")), Banned)
	try.want("nobody else is", try.admit(from("192.0.2.2:7")), Admitted)
	try.Vouch(try.now, from("192.0.2.1:40000"), try.now.Add(time.Hour))
	try.want("a registered flow is not banned for what others did", try.admit(from("192.0.2.1:40000")), Admitted)
	try.want("nor its neighbours", try.admit(from("192.0.2.1:7")), Admitted)

	try.Ban(try.now, netip.MustParseAddr("192.0.2.3"), try.now.Add(time.Minute))
	try.now = try.now.Add(time.Minute + 17*time.Second)
	try.want("a ban ends", try.admit(from("192.0.2.3:7")), Admitted)
	try.Ban(try.now, netip.MustParseAddr("192.0.2.3"), try.now)
	try.want("a ban that is over is none", try.admit(from("192.0.2.3:7")), Admitted)
}

func TestKeepAlive(t *testing.T) {
	for _, each := range []struct {
		reason, datagram string
		want             Verdict
	}{
		{"nothing", "", KeepAlive},
		{"CRLF", "\r\n", KeepAlive},
		{"double CRLF, RFC 5626", "\r\n\r\n", KeepAlive},
		{"STUN binding request", "\x00\x01\x00\x00\x21\x12\xa4\x42", KeepAlive},
		{"STUN binding response", "\x01\x01\x00\x00\x21\x12\xa4\x42", KeepAlive},
		{"four zeros", "\x00\x00\x00\x00", KeepAlive},
		{"CRLF before a message, RFC 3261 §7.5", "\r\n\r\nOPTIONS", Admitted},
		{"a message", "OPTIONS sip:a SIP/2.0\r\n\r\n", Admitted},
		{"DTLS is not ours, and the parser says so", "\x16\xfe\xff", Admitted},
		{"more CRLFs than a keep-alive has", "\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n", Admitted},
	} {
		for _, trusted := range []string{"127.0.0.0/8", "192.0.2.0/24"} {
			try := newTrial(t, Limits{}, trusted)
			try.want(each.reason, try.Admit(try.now, from("192.0.2.1:1"), []byte(each.datagram)), each.want)
		}
	}
	try := newTrial(t, Limits{})
	try.flood(5_000, from("192.0.2.1:1"))
	try.want("keep-alives are limited too", try.Admit(try.now, from("192.0.2.1:1"), nil), SourceLimit)
}

func TestAMillionSources(t *testing.T) {
	const sources, seconds = 1_000_000, 1
	try := newTrial(t, Limits{})
	phone := from("192.0.2.1:40001")
	try.Vouch(try.now, phone, try.now.Add(time.Hour))
	before, admitted := try.Bytes(), 0
	for i := range sources * seconds {
		if i%(sources/1_000) == 0 { // a millisecond
			try.now = try.now.Add(time.Millisecond)
			if got := try.admit(phone); got != Admitted {
				t.Fatalf("the registered phone gets through: %v", got)
			}
		}
		if try.admit(numbered(i%sources)) == Admitted {
			admitted++
		}
	}
	limit := DefaultLimits.Strangers.Burst + seconds*DefaultLimits.Strangers.PerSecond
	if admitted > limit || admitted < limit*99/100 {
		t.Errorf("strangers share one limit: %d admitted in %d s, the limit is %d", admitted, seconds, limit)
	}
	if bytes := try.Bytes(); bytes > 32<<20 || bytes != before {
		t.Errorf("at most 32 MiB for a million sources: %d bytes", bytes)
	}
	if got := reflect.TypeFor[slot]().Size(); got != slotBytes {
		t.Errorf("a slot has %d bytes, not %d", got, slotBytes)
	}
	standing, flows := used(&try.standingTable), used(&try.flowTable)
	if standing != 1 || flows != 1 {
		t.Errorf("a flood writes nothing into the tables of standing: %d and %d entries", standing, flows)
	}
	try.now = try.now.Add(time.Second)
	try.want("a second later strangers are served again", try.admit(from("203.0.113.1:5060")), Admitted)
}

func used(table *table) (entries int) {
	for i := range table.slots {
		if table.slots[i].key.Load() != 0 {
			entries++
		}
	}
	return entries
}

func TestALoudStrangerDoesNotSpendForOthers(t *testing.T) {
	try := newTrial(t, Limits{})
	for i := range 10_000 {
		try.now = try.now.Add(time.Millisecond)
		try.flood(100, from("198.51.100.1:1"))
		if got := try.admit(numbered(i)); got != Admitted {
			t.Fatalf("others get in beside a flood of 100,000/s from one address: %v", got)
		}
	}
	counts := try.Counts()
	limit := 10_000 + DefaultLimits.Stranger.Burst + 10*DefaultLimits.Stranger.PerSecond
	if got := int(counts[Admitted]); got > limit || got < limit-2 {
		t.Errorf("the flood gets its burst and its rate: %d admitted, the limit is %d", got, limit)
	}
}

func TestLoudSourcesKeepTheirEntries(t *testing.T) {
	try := newTrial(t, Limits{})
	const loud = 100
	for i := range loud {
		try.flood(150, numbered(i))
	}
	try.now = try.now.Add(100 * time.Millisecond)
	owing := 0
	for i := range 15_000 { // once each
		try.admit(numbered(1_000 + i))
	}
	for i := range loud {
		key := try.seed.prefixKey(addressOf(numbered(i).Addr()))
		if slot := try.strangerTable.find(key); slot != nil && debt(slot.state.Load(), try.since(try.now)) > 0 {
			owing++
		}
	}
	try.want("who owes stays, who owes nothing gives way", owing, loud)
}

func TestAHundredThousandPhones(t *testing.T) {
	try := newTrial(t, Limits{})
	const phones = 100_000
	for i := range phones {
		try.Vouch(try.now, numbered(i), try.now.Add(time.Hour))
	}
	forgotten := 0
	for i := range phones {
		key := try.seed.flowKey(addressOf(numbered(i).Addr()), 5060)
		if try.flowTable.find(key) == nil {
			forgotten++
		}
	}
	if forgotten > phones/100 {
		t.Errorf("at most one flow in a hundred falls back to its prefix: %d of %d", forgotten, phones)
	}
	try.want("the prefix at least is known", try.admit(numbered(phones-1)), Admitted)
}

func TestLimits(t *testing.T) {
	for _, each := range []struct {
		reason string
		limits Limits
		valid  bool
	}{
		{"zero is the default", Limits{}, true},
		{"negative is no limit", Limits{Flow: Rate{PerSecond: -1}}, true},
		{"a burst without a rate", Limits{Flow: Rate{Burst: 100}}, false},
		{"a burst that holds no large datagram twice", Limits{Flow: Rate{PerSecond: 100, Burst: MinBurst - 1}}, false},
		{"too large a burst", Limits{Strangers: Rate{PerSecond: 100, Burst: MaxBurst + 1}}, false},
		{"too fast", Limits{Stranger: Rate{PerSecond: MaxRate + 1, Burst: 100}}, false},
		{"as fast as can be", Limits{Neighbour: Rate{PerSecond: MaxRate, Burst: MaxBurst}}, true},
	} {
		if _, err := New(Config{Start: begin, Limits: each.limits}); (err == nil) != each.valid {
			t.Errorf("%s: %v", each.reason, err)
		}
	}
	try := newTrial(t, Limits{Stranger: Rate{PerSecond: -1}, Strangers: Rate{PerSecond: -1}})
	try.want("a negative rate limits nothing", try.flood(100_000, from("192.0.2.1:1")), 100_000)
}

func TestCounts(t *testing.T) {
	try := newTrial(t, Limits{})
	for port := range uint16(100) {
		try.flood(30, netip.AddrPortFrom(netip.MustParseAddr("192.0.2.1"), port))
	}
	try.Admit(try.now, from("192.0.2.2:1"), nil)
	try.Ban(try.now, netip.MustParseAddr("192.0.2.3"), try.now.Add(time.Minute))
	try.admit(from("192.0.2.3:1"))
	want := Counts{Admitted: 2_000, KeepAlive: 1, SourceLimit: 1_000, Banned: 1}
	try.want("every datagram is counted once, by verdict", try.Counts(), want)
	for verdict := range Verdict(Verdicts) {
		if verdict.String() == "" || verdict.String() == "unknown" {
			t.Errorf("verdict %d has no name", verdict)
		}
		try.want("what is not admitted is dropped", verdict.Dropped(), verdict != Admitted && verdict != KeepAlive)
	}
}

func TestParallelReaders(t *testing.T) {
	try := newTrial(t, Limits{}, "127.9.9.0/24")
	const readers, each = 4, 50_000
	shared := from("192.0.2.1:5060")
	var wait sync.WaitGroup
	for reader := range readers {
		wait.Go(func() {
			random := rand.New(rand.NewPCG(uint64(reader), 1))
			for i := range each {
				now := begin.Add(time.Duration(i) * time.Microsecond)
				source := numbered(random.IntN(5_000))
				switch i % 10 {
				case 0:
					try.Vouch(now, source, now.Add(time.Minute))
				case 1:
					try.Ban(now, source.Addr(), now.Add(time.Minute))
				case 2:
					try.Counts()
				}
				try.Admit(now, source, register)
				try.Admit(now, shared, register)
				if i%1_000 == 0 {
					_ = try.Trust([]netip.Prefix{netip.MustParsePrefix("127.9.9.0/24")})
				}
			}
		})
	}
	wait.Wait()
	total := uint64(0)
	for _, count := range try.Counts() {
		total += count
	}
	try.want("no datagram goes uncounted", total, uint64(2*readers*each))
}

func TestReadersShareOneBucket(t *testing.T) {
	try := newTrial(t, Limits{})
	const readers = 4
	var admitted [readers]int
	try.admit(from("192.0.2.1:1")) // the entry is there
	var wait sync.WaitGroup
	for reader := range readers {
		wait.Go(func() { admitted[reader] = try.flood(5_000, from("192.0.2.1:1")) })
	}
	wait.Wait()
	total := 1
	for _, each := range admitted {
		total += each
	}
	try.want("four readers together admit one burst", total, DefaultLimits.Stranger.Burst)
}

func TestNothingIsAllocated(t *testing.T) {
	try := newTrial(t, Limits{}, "127.9.9.0/24")
	next := 0
	for reason, run := range map[string]func(){
		"trusted":   func() { try.admit(from4("127.9.9.2")) },
		"stranger":  func() { try.admit(from4("192.0.2.1")) },
		"strangers": func() { next++; try.admit(numbered(next)) },
		"vouch":     func() { next++; try.Vouch(try.now, numbered(next), begin.Add(time.Hour)) },
		"ban":       func() { next++; try.Ban(try.now, numbered(next).Addr(), begin.Add(time.Hour)) },
	} {
		if allocated := testing.AllocsPerRun(1_000, run); allocated != 0 {
			t.Errorf("%s: %v allocations", reason, allocated)
		}
	}
}

func from4(text string) netip.AddrPort { return netip.AddrPortFrom(netip.MustParseAddr(text), 5060) }

func BenchmarkAdmit(b *testing.B) {
	for _, each := range []struct {
		name   string
		source func(i int) netip.AddrPort
	}{
		{"trusted", func(int) netip.AddrPort { return netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 9, 9, 2}), 5070) }},
		{"flow", func(int) netip.AddrPort { return numbered(7) }},
		{"flows", func(i int) netip.AddrPort { return numbered(i & 1023) }},
		{"neighbour", func(int) netip.AddrPort { return netip.AddrPortFrom(numbered(7).Addr(), 9) }},
		{"stranger", func(int) netip.AddrPort { return netip.AddrPortFrom(netip.AddrFrom4([4]byte{192, 0, 2, 1}), 9) }},
		{"million", func(i int) netip.AddrPort { return numbered(1<<20 + i*7919%1_000_000) }},
	} {
		b.Run(each.name, func(b *testing.B) {
			try := newTrial(b, Limits{}, "127.9.9.0/24", "10.0.0.0/8", "192.168.0.0/16")
			for i := range 1024 {
				try.Vouch(try.now, numbered(i), try.now.Add(240*time.Hour))
			}
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				if i%64 == 0 { // a receive batch
					try.now = try.now.Add(640 * time.Microsecond)
				}
				try.admit(each.source(i))
			}
		})
	}
}
