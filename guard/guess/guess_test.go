package guess

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"testing"
	"time"
)

var (
	begin    = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	home     = netip.MustParseAddr("192.0.2.7")
	homeNear = netip.MustParseAddr("192.0.2.200")
	hotel    = netip.MustParseAddr("203.0.113.9")
)

// sameNetworks, ownNetworks and siteNetworks number attackers' addresses: by 256 to a
// /24, each in a /24 of its own, each in an IPv6 /48 of its own.
func sameNetworks(i int) netip.Addr {
	return netip.AddrFrom4([4]byte{198, 51, byte(i >> 8), byte(i)})
}

func ownNetworks(i int) netip.Addr {
	return netip.AddrFrom4([4]byte{10, byte(i >> 8), byte(i), 1})
}

func siteNetworks(i int) netip.Addr {
	address := [16]byte{0x20, 0x01, 0x0d, 0xb8, byte(i >> 8), byte(i)}
	return netip.AddrFrom16(address)
}

// trial plays what a registrar does, and keeps count.
type trial struct {
	*Guesses
	now       time.Time
	evaluated int // wrong guesses that were evaluated
}

func newTrial() *trial { return &trial{Guesses: New(Limits{}, [16]byte{1}), now: begin} }

func (t *trial) guess(user string, from netip.Addr) bool {
	if !t.Allow(t.now, user, from) {
		return false
	}
	t.evaluated++
	t.Failed(t.now, user, from)
	return true
}

func (t *trial) register(user string, from netip.Addr) bool {
	if !t.Allow(t.now, user, from) {
		return false
	}
	t.Succeeded(t.now, user, from)
	return true
}

// backOff brings a user's account to its longest wait, and ends in the middle of one.
func (t *trial) backOff(user string) {
	for wait := time.Duration(0); wait < DefaultLimits.User.Longest; {
		t.now = t.now.Add(Quiet)
		if t.guess(user, hotel) {
			wait = time.Duration(t.failures.find(t.user(user)).next - t.at(t.now))
		}
	}
	t.now = t.now.Add(DefaultLimits.User.Longest / 2)
}

// perMinute is the attack: 100,000 guesses a minute from 1,000 addresses.
const perMinute, attackers = 100_000, 1_000

// attack lasts a duration; between runs after every guess.
func (t *trial) attack(lasting time.Duration, victim func(int) string, address func(int) netip.Addr, between func()) {
	const step = time.Minute / perMinute
	for i := range int(lasting / step) {
		t.now = t.now.Add(step)
		t.guess(victim(i), address(i%attackers))
		between()
	}
}

func alice(int) string { return "alice" }

func TestAHundredThousandGuessesAMinute(t *testing.T) {
	for _, each := range []struct {
		reason  string
		victim  func(int) string
		address func(int) netip.Addr
	}{
		{"one user, attackers in four /24s", alice, sameNetworks},
		{"one user, attackers in 1,000 /24s", alice, ownNetworks},
		{"one user, attackers in 1,000 IPv6 sites", alice, siteNetworks},
		{"one user, attackers in the owner's /24 too", alice, func(i int) netip.Addr {
			return netip.AddrFrom4([4]byte{192, 0, byte(i >> 8), byte(i%240 + 8)})
		}},
		{"1,000 users in turn, from 1,000 /24s", func(i int) string { return fmt.Sprint("user", i%1_000) }, ownNetworks},
		{"a new name each time, from four /24s", func(i int) string { return fmt.Sprint("user", i) }, sameNetworks},
		{"a new name each time, from 1,000 sites", func(i int) string { return fmt.Sprint("user", i) }, siteNetworks},
	} {
		t.Run(each.reason, func(t *testing.T) {
			try := newTrial()
			try.Succeeded(try.now, "alice", home)
			calls := 0
			try.attack(time.Minute, each.victim, each.address, func() {
				if calls++; calls%1_000 == 0 && !try.register("alice", home) {
					t.Fatalf("the owner at the good address gets in at once: refused after %v", try.now.Sub(begin))
				}
			})
			if try.evaluated > 100 || try.evaluated == 0 {
				t.Errorf("at most 100 guesses are evaluated in the minute, and some are: %d", try.evaluated)
			}
			t.Logf("%d evaluated", try.evaluated)
		})
	}
}

func TestPatientAttackersAreBoundedToo(t *testing.T) {
	try := newTrial()
	const step = (Quiet + time.Second) / attackers // every address waits longer than Quiet
	for i := range int(time.Minute / step) {
		try.now = try.now.Add(step)
		try.guess("alice", ownNetworks(i%attackers))
	}
	if try.evaluated > 100 {
		t.Errorf("attackers who keep quiet long enough to be heard are still bounded: %d evaluated", try.evaluated)
	}
}

func TestAnHourOfAttackGetsOneGuessAMinute(t *testing.T) {
	try := newTrial()
	for i := range 60 * perMinute / 100 {
		try.now = try.now.Add(100 * time.Minute / perMinute)
		try.guess("alice", ownNetworks(i)) // a new address each time, so all are heard
	}
	if try.evaluated > 80 {
		t.Errorf("after the first minute the user's account opens once a minute: %d evaluated in an hour", try.evaluated)
	}
}

func TestOwnerAtANewAddressHasAChanceDuringTheAttack(t *testing.T) {
	for _, each := range []struct {
		reason  string
		victim  func(int) string
		address func(int) netip.Addr
	}{
		{"one user attacked from four /24s", alice, sameNetworks},
		{"one user attacked from 1,000 /24s", alice, ownNetworks},
		{"all users attacked from 1,000 /24s", func(i int) string { return fmt.Sprint("user", i%1_000) }, ownNetworks},
	} {
		t.Run(each.reason, func(t *testing.T) {
			try := newTrial()
			try.Succeeded(try.now, "alice", home)
			next, in := begin.Add(time.Minute), time.Duration(0)
			try.attack(3*time.Minute, each.victim, each.address, func() {
				if in == 0 && try.now.After(next) {
					if try.register("alice", hotel) {
						in = try.now.Sub(begin)
					}
					next = next.Add(30 * time.Second) // as a phone retries
				}
			})
			if in == 0 {
				t.Errorf("the owner retries calmly while attackers hammer, and gets in within minutes")
			}
			t.Logf("in after %v", in)
		})
	}
}

func TestOwnerAtANewAddressGetsInAfterTheAttack(t *testing.T) {
	try := newTrial()
	try.attack(3*time.Minute, alice, ownNetworks, func() {})
	over := try.now
	for !try.register("alice", hotel) {
		try.now = try.now.Add(Quiet)
		if wait := try.now.Sub(over); wait > DefaultLimits.User.Longest+Quiet {
			t.Fatalf("the wait after the attack is at most the longest wait: %v and counting", wait)
		}
	}
}

func TestNearAGoodAddress(t *testing.T) {
	try := newTrial()
	try.Succeeded(try.now, "alice", home)
	try.attack(time.Minute, alice, ownNetworks, func() {})
	if !try.register("alice", homeNear) {
		t.Error("another lease in the good address's /24 is not held up by guesses from elsewhere")
	}
	privacy := []netip.Addr{netip.MustParseAddr("2001:db8:1:2::a"), netip.MustParseAddr("2001:db8:1:2:9999::b")}
	try.Succeeded(try.now, "alice", privacy[0])
	if !try.register("alice", privacy[1]) {
		t.Error("a new privacy address in the good /64 is the same address")
	}
}

func TestGuessesAtAGoodAddressAreBounded(t *testing.T) {
	try := newTrial()
	try.Succeeded(try.now, "alice", home)
	for i := range 60_000 {
		try.now = try.now.Add(time.Millisecond)
		try.guess("alice", home)
		if i%5_000 == 0 {
			try.register("alice", home)
		}
	}
	if try.evaluated > 25 {
		t.Errorf("an attacker behind the owner's address is bounded as well: %d evaluated in a minute", try.evaluated)
	}
	if !try.register("alice", homeNear) {
		t.Error("guesses at one good address don't hold up the owner at another")
	}
	try.now = try.now.Add(DefaultLimits.Good.Longest)
	if !try.register("alice", home) {
		t.Error("the owner at the shared address waits for seconds only, once the attack is over")
	}
}

func TestOnlyTheLatestGoodAddressesCount(t *testing.T) {
	try := newTrial()
	for i := range GoodAddresses + 1 {
		try.now = try.now.Add(time.Hour)
		try.Succeeded(try.now, "alice", ownNetworks(i))
	}
	for i := range GoodAddresses + 1 {
		c := try.claim(try.at(try.now), "alice", ownNetworks(i))
		if want := i > 0; c.good != want {
			t.Errorf("the oldest of %d is forgotten, the others are good: number %d is %v", GoodAddresses+1, i, c.good)
		}
	}
	c := try.claim(try.at(try.now.Add(GoodFor+time.Second)), "alice", ownNetworks(GoodAddresses))
	if c.good || c.proven {
		t.Error("an address is not good for ever")
	}
	if c := try.claim(try.at(try.now), "bob", ownNetworks(1)); c.good {
		t.Error("an address is good for the user who succeeded from it, not for others")
	}
}

func TestUnknownUsersAreCountedAlike(t *testing.T) {
	known, unknown := newTrial(), newTrial()
	known.Succeeded(known.now, "alice", home)
	unknown.Succeeded(unknown.now, "somebody else", home)
	random := rand.New(rand.NewPCG(1, 2))
	for range 20_000 {
		step, from := time.Duration(random.IntN(1_000))*time.Millisecond, ownNetworks(random.IntN(40))
		known.now, unknown.now = known.now.Add(step), unknown.now.Add(step)
		if known.guess("alice", from) != unknown.guess("nobody", from) {
			t.Fatal("elsewhere, nothing tells a user that exists from one that doesn't")
		}
	}
}

func TestTypingErrorsCostNothing(t *testing.T) {
	try := newTrial()
	for range DefaultLimits.User.Free {
		if !try.guess("alice", hotel) {
			t.Fatal("the first failures cost no wait")
		}
	}
	if !try.register("alice", hotel) {
		t.Error("the right password after some typing errors is taken at once")
	}
	if try.guess("bob", hotel); !try.guess("bob", hotel) {
		t.Error("one user's errors don't hold up a colleague behind the same address")
	}
}

func TestFailuresAreForgiven(t *testing.T) {
	try := newTrial()
	try.backOff("alice")
	try.now = try.now.Add(time.Minute + 12*DefaultLimits.User.Forgive)
	for i := range DefaultLimits.User.Free {
		if !try.guess("alice", hotel) {
			t.Fatalf("after quiet the free failures are back: refused at number %d", i)
		}
	}
}

func TestAPhoneWithAnOldPasswordDoesNotKeepColleaguesOut(t *testing.T) {
	try := newTrial()
	for i := range 3_600 { // an hour of thirty broken phones in an office, each every half minute
		try.now = try.now.Add(time.Second)
		try.guess(fmt.Sprint("broken", i%30), hotel)
	}
	if tries := 0; !try.register("colleague", hotel) {
		for ; !try.register("colleague", hotel); tries++ {
			try.now = try.now.Add(DefaultLimits.Prefix.Longest)
		}
		if tries > 1 {
			t.Errorf("a first registration behind the same address waits for seconds: %d tries", tries)
		}
	}
	if !try.register("colleague", hotel) {
		t.Error("from then on the address is good")
	}
}

func TestNamesDoNotPushOutTheAccountUnderAttack(t *testing.T) {
	try := newTrial()
	try.backOff("alice")
	for i := range 300_000 {
		try.now = try.now.Add(time.Microsecond)
		try.failures.fail(try.user(fmt.Sprint("name", i)), try.at(try.now), DefaultLimits.User) // as if each were evaluated
		if i%1_000 == 0 && try.guess("alice", siteNetworks(i)) {
			t.Fatal("a flood of names must not free the account of the user under attack")
		}
	}
}

func TestMemoryIsBounded(t *testing.T) {
	try := newTrial()
	for i := range 400_000 {
		try.now = try.now.Add(time.Millisecond)
		name, from := fmt.Sprint("user", i), ownNetworks(i)
		try.guess(name, from)
		try.Succeeded(try.now, name, siteNetworks(i))
	}
	if bytes := binary.Size(account{}) * len(try.failures.all); bytes > 1<<20 || len(try.failures.all) != Accounts {
		t.Errorf("the accounts have a fixed size: %d bytes", bytes)
	}
	if size := try.owners.size(); size > MaxOwners {
		t.Errorf("at most %d owners are remembered: %d", MaxOwners, size)
	}
	if size := try.proven.size(); size > MaxProven {
		t.Errorf("at most %d prefixes are remembered: %d", MaxProven, size)
	}
	if c := try.claim(try.at(try.now), "user399999", siteNetworks(399_999)); !c.good {
		t.Error("the latest owner is remembered")
	}
}

func TestCountsSayWhatHappened(t *testing.T) {
	try := newTrial()
	try.Succeeded(try.now, "alice", home)
	try.attack(time.Minute, alice, sameNetworks, func() {})
	for range 20 {
		try.guess("alice", home)
	}
	counts := try.Counts()
	refused := counts.RefusedGood + counts.RefusedUser + counts.RefusedPrefix + counts.RefusedUnproven
	if counts.Allowed+refused != perMinute+20 {
		t.Errorf("every question is counted once: %+v", counts)
	}
	if counts.Allowed != counts.Failed || counts.Failed != uint64(try.evaluated) || counts.Succeeded != 1 {
		t.Errorf("outcomes are counted: %+v", counts)
	}
	if counts.RefusedGood != 20-uint64(DefaultLimits.Good.Free)-1 || counts.RefusedUser == 0 {
		t.Errorf("refusals are counted by the account that refused: %+v", counts)
	}
}

func TestSameQuestionsSameAnswers(t *testing.T) {
	play := func() (answers []bool) {
		try, random := newTrial(), rand.New(rand.NewPCG(3, 4))
		for range 50_000 {
			try.now = try.now.Add(time.Duration(random.IntN(100)) * time.Millisecond)
			name, from := fmt.Sprint("user", random.IntN(50)), sameNetworks(random.IntN(1_000))
			if random.IntN(10) == 0 {
				answers = append(answers, try.register(name, from))
			} else {
				answers = append(answers, try.guess(name, from))
			}
		}
		return answers
	}
	first, second := play(), play()
	for i := range first {
		if first[i] != second[i] {
			t.Fatalf("the same questions in the same order get the same answers: number %d differs", i)
		}
	}
}

func TestNothingIsAllocated(t *testing.T) {
	try := newTrial()
	long := string(make([]byte, 4*MaxUser))
	try.Succeeded(try.now, "alice", home)
	for reason, run := range map[string]func(){
		"good address": func() { try.register("alice", home) },
		"elsewhere":    func() { try.guess("alice", hotel) },
		"endless name": func() { try.guess(long, hotel) },
	} {
		if allocated := testing.AllocsPerRun(1_000, run); allocated != 0 {
			t.Errorf("%s: %v allocations", reason, allocated)
		}
	}
}

func BenchmarkGoodAddress(b *testing.B) {
	try := newTrial()
	try.Succeeded(try.now, "alice", home)
	for b.Loop() {
		try.register("alice", home)
	}
}

func BenchmarkRefused(b *testing.B) {
	try := newTrial()
	try.attack(time.Second, alice, ownNetworks, func() {})
	for i := 0; b.Loop(); i++ {
		try.guess("alice", ownNetworks(i%attackers))
	}
}
