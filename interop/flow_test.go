//go:build interop

package interop

import (
	"net"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// drawn is a ladder of RFC 5359 as its section's headings have it (F1 to Fn): sender, receiver, message. P
// is the proxy; where there is none each arrow is two hops on our wire. REFER is answered 200 (RFC 7647). The
// announcement server lives in the proxy.
type drawn struct {
	name   string
	arrows string
	talk   []talkAfter
	direct int    // so many of the first arrows pass the proxy by
	made   []int  // arrows that the proxy makes by itself
	apart  string // arrows that come beside each other: "9-10 | 11" keep their order within a run alone
	users  string // what a server of ours is told of them, beside alice and carol; "": bob, whom carol may help
	more   string // and besides users
}

// talkAfter says between whom media flows from one arrow on until the next step: "ab" is both ways
// between Alice and Bob, "P>a" one way. The agents of the server are P: they play, and nobody listens to what a phone sends there.
type talkAfter struct {
	arrow int
	who   string
}

// letter is how drawn calls somebody: by the first letter, Bill by another one, and those of find-me by their numbers.
func letter(user string) byte {
	if user == "bill" {
		return 'l' // Bob is b
	}
	if len(user) == 2 && user[0] == 'b' {
		return user[1]
	}
	return user[0]
}

// alone, as users of a ladder, says that it is played in a server of one's own.
const alone = "-"

const rfcCall = "aP INVITE, Pb INVITE, Pa 100, bP 180, Pa 180, bP 200, Pa 200, aP ACK, Pb ACK, "

var drawnLadders = []drawn{
	{name: "call-hold", arrows: rfcCall + "bP INVITE, Pa INVITE, aP 200, Pb 200, bP ACK, Pa ACK, bP INVITE, Pa INVITE, aP 200, Pb 200, bP ACK, Pa ACK, " +
		"aP BYE, Pb BYE, bP 200, Pa 200", talk: []talkAfter{{9, "ab"}, {15, ""}, {21, "ab"}, {25, ""}}},
	{
		name: "consultation-hold", arrows: rfcCall + "bP INVITE, Pa INVITE, aP 200, Pb 200, bP ACK, Pa ACK, " +
			"bP INVITE, Pc INVITE, Pb 100, cP 180, Pb 180, cP 200, Pb 200, bP ACK, Pc ACK, bP BYE, Pc BYE, cP 200, Pb 200, " +
			"bP INVITE, Pa INVITE, aP 200, Pb 200, bP ACK, Pa ACK, aP BYE, Pb BYE, bP 200, Pa 200",
		talk: []talkAfter{{9, "ab"}, {15, ""}, {24, "bc"}, {34, "ab"}, {38, ""}},
	},
	{
		name: "music-on-hold",
		arrows: "ab INVITE, ba 180, ba 200, ab ACK, ba INVITE, ab 200, ba ACK, bP REFER, Pb 200, Pb NOTIFY, bP 200, Pa INVITE, aP 200, Pa ACK, " +
			"ab BYE, ba 200, Pb NOTIFY, bP 200, ba INVITE, ab 200, ba ACK, aP BYE, Pa 200",
		talk: []talkAfter{{4, "ab"}, {7, ""}, {18, "P>a"}, {23, "ab"}}, made: []int{9, 10, 12, 14, 17, 23},
		apart: "15-16 | 17-18", users: "bob",
	},
	{name: "transfer-unattended", arrows: "ba INVITE, ab 180, ab 200, ba ACK, ab REFER, ba 200, ba NOTIFY, ab 200, ab BYE, ba 200, " +
		"bc INVITE, cb 180, cb 200, bc ACK, ba NOTIFY, ab 200", talk: []talkAfter{{4, "ab"}, {12, ""}, {16, "bc"}}},
	{name: "transfer-attended", arrows: "ab INVITE, ba 180, ba 200, ab ACK, ba INVITE, ab 200, ba ACK, bc INVITE, cb 180, cb 200, bc ACK, " +
		"bc INVITE, cb 200, bc ACK, ba REFER, ab 200, ab NOTIFY, ba 200, ac INVITE, ca 200, ac ACK, cb BYE, bc 200, ab NOTIFY, ba 200, " +
		"ba BYE, ab 200", talk: []talkAfter{{4, "ab"}, {7, ""}, {11, "bc"}, {14, ""}, {27, "ac"}}},
	{
		name: "transfer-instant-messaging", arrows: "ab INVITE, ba 180, ba 200, ab ACK, bc MESSAGE, cb 200, ca INVITE, ac 200, ca ACK, ab BYE, ba 200",
		talk: []talkAfter{{4, "ab"}, {11, "ac"}},
	},
	{
		name:   "call-forwarding-unconditional",
		arrows: "aP INVITE, Pa 100, Pa 181, Pg INVITE, gP 180, Pa 180, gP 200, Pa 200, aP ACK, Pg ACK, aP BYE, Pg BYE, gP 200, Pa 200",
		talk:   []talkAfter{{10, "ag"}, {14, ""}}, made: []int{3},
		users: "bob forward: {unconditional: gateway}; gateway",
	},
	{
		name: "call-forwarding-busy",
		arrows: "aP INVITE, Pb INVITE, Pa 100, bP 486, Pb ACK, Pa 181, Pc INVITE, cP 180, Pa 180, cP 200, Pa 200, aP ACK, Pc ACK, " +
			"aP BYE, Pc BYE, cP 200, Pa 200",
		talk: []talkAfter{{13, "ac"}, {17, ""}}, made: []int{5, 6},
		users: "bob forward: {busy: carol}",
	},
	{
		name: "call-forwarding-no-answer",
		arrows: "aP INVITE, Pb INVITE, Pa 100, bP 180, Pa 180, Pb CANCEL, bP 200, bP 487, Pb ACK, Pa 181, Pc INVITE, cP 180, Pa 180, " +
			"cP 200, Pa 200, aP ACK, Pc ACK, aP BYE, Pc BYE, cP 200, Pa 200",
		talk: []talkAfter{{17, "ac"}, {21, ""}}, made: []int{6, 9, 10},
		users: "bob forward: {no-answer: {to: carol, after: 2s}}",
	},
	{
		name: "conference-third-party-added", arrows: "ab INVITE, ba 180, ba 200, ab ACK, ba INVITE, ab 200, ba ACK, bc INVITE, cb 180, cb 200, bc ACK",
		talk: []talkAfter{{4, "ab"}, {11, "ab bc"}},
	},
	{
		name: "conference-third-party-joins", arrows: "ab INVITE, ba 180, ba 200, ab ACK, cb INVITE, bc 180, ba INVITE, ab 200, ba ACK, bc 200, cb ACK",
		talk: []talkAfter{{4, "ab"}, {11, "ab bc"}},
	},
	{
		name: "find-me",
		arrows: "aP INVITE, P1 INVITE, Pa 100, 1P 180, Pa 180, P1 CANCEL, 1P 200, 1P 487, P1 ACK, P2 INVITE, 2P 480, P2 ACK, " +
			"P3 INVITE, 3P 486, P3 ACK, P4 INVITE, 4P 180, Pa 180, 4P 200, Pa 200, aP ACK, P4 ACK, 4P BYE, Pa BYE, aP 200, P4 200",
		talk: []talkAfter{{22, "a4"}, {26, ""}}, made: []int{6, 9, 12, 15},
		users: "bob find-me: {steps: [{ring: [b1], for: 2s}, {ring: [b2, b3, b4], in-turn: true}]}; b1; b2; b3; b4",
	},
	{
		name: "incoming-call-screening",
		arrows: "ab INVITE, ba 305, ab ACK, aP INVITE, Pa 407, aP ACK, aP INVITE, Pa 403, aP ACK, " +
			"aP INVITE, Pa 200, aP ACK, Pa BYE, aP 200",
		talk: []talkAfter{{12, "aP"}, {14, ""}}, direct: 3, made: []int{5, 8, 11, 13},
		users: "bob block: [alice]",
	},
	{
		name: "outgoing-call-screening", arrows: "aP INVITE, Pa 407, aP ACK, aP INVITE, Pa 403, aP ACK", talk: []talkAfter{{6, ""}}, made: []int{2, 5},
		users: "alice outgoing: {rules: [{to: [bob]}]}; bob",
	},
	{
		name: "call-park",
		arrows: "ab INVITE, ba 180, ba 200, ab ACK, bP REFER, Pb 200, Pb NOTIFY, bP 200, Pa INVITE, aP 200, Pa ACK, ab BYE, ba 200, " +
			"Pb NOTIFY, bP 200, cP SUBSCRIBE, Pc 200, Pc NOTIFY, cP 200, ca INVITE, ac 200, ca ACK, aP BYE, Pa 200",
		talk: []talkAfter{{4, "ab"}, {15, "aP"}, {24, "ac"}}, made: []int{6, 7, 9, 11, 14, 17, 18, 24},
		apart: "12-13 | 14-15", users: "bob",
	},
	{
		name: "call-pickup",
		arrows: "ab INVITE, ba 180, lb SUBSCRIBE, bl 200, bl NOTIFY, lb 200, la INVITE, al 200, ab CANCEL, ba 200, ba 487, ab ACK, la ACK, " +
			"al BYE, la 200",
		talk: []talkAfter{{2, ""}, {13, "al"}, {15, ""}}, made: []int{10, 12},
		apart: "9-10 | 9 11-12 | 13", users: "bob; bill", more: "groups: [{name: office, members: [bob, bill], pickup: true}]\n",
	},
	{
		name: "automatic-redial",
		arrows: "ab INVITE, ba 486, ab ACK, ab SUBSCRIBE, ba 200, ba NOTIFY, ab 200, ba NOTIFY, ab 200, ab INVITE, ba 180, ba 200, ab ACK, " +
			"ba NOTIFY, ab 200, ab SUBSCRIBE, ba 200, ba NOTIFY, ab 200",
		talk: []talkAfter{{3, ""}, {19, "ab"}}, made: []int{3},
	},
	{
		name: "click-to-dial", arrows: "Pb REFER, bP 200, bc INVITE, cb 180, cb 200, bc ACK",
		talk: []talkAfter{{6, "bc"}}, made: []int{1}, users: alone,
	},
}

// packet is one datagram as tshark dissects it.
type packet struct {
	at                  float64 // seconds
	from, to            string  // HOST:PORT
	isRTP               bool
	callID, cseq, about string // about: the method in CSeq
	what                string // method or status code; "" is no SIP
	user, branch, port  string // of From; of the first m= line
	tag                 string // of To
}

// startFlowCapture starts a tshark on the loopback of a network and waits until it captures.
func startFlowCapture(t testing.TB, n network) *process {
	t.Helper()
	// The server hands datagrams for one receiver to the kernel in one piece, and tshark sees the first alone.
	if err := n.inside("ip", "link", "set", "lo", "gso_max_segs", "1").Run(); err != nil {
		t.Fatalf("datagrams one by one: %v", err)
	}
	arguments := []string{"-l", "-n", "-i", "lo", "-f", "udp", "-T", "fields", "-E", "separator=|", "-E", "occurrence=f"}
	for _, field := range []string{
		"frame.time_epoch", "ip.src", "udp.srcport", "ip.dst", "udp.dstport", "rtp.ssrc", "sip.Call-ID", "sip.CSeq.seq", "sip.CSeq.method",
		"sip.Method", "sip.Status-Code", "sip.from.user", "sip.Via.branch", "sdp.media.port", "sip.to.tag",
	} {
		arguments = append(arguments, "-e", field)
	}
	p := start(t, "tshark", n.inside("tshark", arguments...))
	mark(t, n, p)
	return p
}

// mark sends a datagram and waits until tshark has seen it, and so all before it.
func mark(t testing.TB, n network, capture *process) {
	t.Helper()
	const port = "9"
	before := strings.Count(capture.text(), "|"+port+"|")
	eventually(t, "tshark captures; it wants root", func() bool {
		_ = n.inside("bash", "-c", "echo >/dev/udp/127.0.0.1/"+port).Run() // nobody listens: that is answered by ICMP
		return strings.Count(capture.text(), "|"+port+"|") > before
	})
}

func packets(t testing.TB, capture *process) []packet {
	t.Helper()
	var all []packet
	for line := range strings.Lines(capture.text()) {
		f := strings.Split(strings.TrimRight(line, "\n"), "|")
		if len(f) != 15 {
			continue
		}
		at, err := strconv.ParseFloat(f[0], 64)
		if err != nil {
			continue // tshark's own words
		}
		all = append(all, packet{
			at: at, from: net.JoinHostPort(f[1], f[2]), to: net.JoinHostPort(f[3], f[4]), isRTP: f[5] != "",
			callID: f[6], cseq: f[7], about: f[8], what: f[9] + f[10], user: f[11], branch: f[12], port: f[13], tag: f[14],
		})
	}
	return all
}

// played is what passed in one flow.
type played struct {
	names map[string]byte // by address: a, b, c, P
	sip   []packet        // but for REGISTER, and each but once
	rtp   []packet
	media map[string]byte // whose port it is
}

// separate divides a capture into flows, which come one after the other: each has a server of its own,
// at which the phones register first. A port may have been somebody else's in an earlier one.
func separate(all []packet) []*played {
	var flows []*played
	server := ""
	seen := map[packet]bool{}
	for _, p := range all {
		if p.isRTP {
			if len(flows) > 0 {
				last := flows[len(flows)-1]
				last.rtp = append(last.rtp, p)
			}
			continue
		}
		if p.what == "" {
			continue
		}
		if p.what == "REGISTER" && p.to != server {
			server = p.to
			flows = append(flows, &played{names: map[string]byte{server: 'P'}, media: map[string]byte{}})
		}
		if len(flows) == 0 {
			continue
		}
		f := flows[len(flows)-1]
		switch {
		case p.from != server && p.to != server && (f.names[p.from] == 0 || f.names[p.to] == 0):
			continue // past the server: who is outside the ladder has not registered
		case p.what == "REGISTER":
			f.names[p.from] = letter(p.user)
		case p.what == "INVITE" && f.names[p.to] == 0:
			f.names[p.to] = 'g' // the gateway does not register
		}
		again := p
		again.at = 0
		if p.about == "REGISTER" || seen[again] {
			continue
		}
		seen[again] = true
		f.sip = append(f.sip, p)
		host, _, _ := net.SplitHostPort(p.from)
		media := net.JoinHostPort(host, p.port)
		if _, known := f.media[media]; p.port != "" && !known { // the server passes it on
			f.media[media] = f.names[p.from]
		}
	}
	return flows
}

// ladder is what passed, without challenges and what they refused, and 100, as far as the RFC doesn't draw
// them, and without 199.
func (f *played) ladder(d drawn) []packet {
	withTrying, withChallenge := strings.Contains(d.arrows, "Pa 100"), strings.Contains(d.arrows, "Pa 407")
	challenged := map[string]bool{}
	for _, p := range f.sip {
		if p.what == "401" || p.what == "407" {
			challenged[p.callID+" "+p.cseq+" "+p.user] = true
		}
	}
	return slices.DeleteFunc(slices.Clone(f.sip), func(p packet) bool {
		return p.what == "199" || p.what == "100" && !withTrying || !withChallenge && challenged[p.callID+" "+p.cseq+" "+p.user]
	})
}

func (f *played) hop(p packet) string {
	return string([]byte{f.names[p.from], f.names[p.to]}) + " " + p.what
}

// wire are the hops of a ladder, each with the number of its arrow.
func (d drawn) wire() (hops []string, numbers []int) {
	for i, arrow := range strings.Split(d.arrows, ", ") {
		ends, what, _ := strings.Cut(arrow, " ")
		list := []string{arrow}
		if !strings.Contains(ends, "P") && i >= d.direct {
			list = []string{ends[:1] + "P " + what, "P" + ends[1:] + " " + what}
		}
		for _, hop := range list {
			hops = append(hops, hop)
			numbers = append(numbers, i+1)
		}
	}
	return hops, numbers
}

// match finds when each arrow of the RFC was over. Each hop takes the first one like it that is left;
// what phones send must come in the RFC's order, and so must what one phone gets; what the server sends
// comes after what it got of it.
func (d drawn) match(t *testing.T, f *played) (over map[int]float64, rest []packet) {
	t.Helper()
	hops, numbers := d.wire()
	got := f.ladder(d)
	taken := make([]bool, len(got))
	over = map[int]float64{}
	runs := d.runs(t)
	before := map[string][]came{} // of what phones sent, and of what came to each
	for i, hop := range hops {
		at := slices.IndexFunc(slices.Clone(got), func(p packet) bool { return f.hop(p) == hop })
		for at >= 0 && taken[at] {
			next := slices.IndexFunc(got[at+1:], func(p packet) bool { return f.hop(p) == hop })
			if next < 0 {
				at = -1
				break
			}
			at += 1 + next
		}
		switch {
		case at < 0 && strings.HasSuffix(hop, " 100"):
			continue // RFC 3261 §16.2: within 200 ms, unless there is an answer already
		case at < 0:
			t.Errorf("F%d %s never came", numbers[i], hop)
			continue
		}
		taken[at] = true
		over[numbers[i]] = max(over[numbers[i]], got[at].at)
		if strings.HasSuffix(hop, " 100") {
			continue
		}
		line := "sent by phones"
		if hop[0] == 'P' {
			line = "got by " + hop[1:2]
			into := slices.IndexFunc(got, func(p packet) bool {
				return f.names[p.to] == 'P' && p.callID == got[at].callID && p.cseq == got[at].cseq && p.what == got[at].what
			})
			if !slices.Contains(d.made, numbers[i]) && (into < 0 || into > at) {
				t.Errorf("F%d %s: the server got none with its Call-ID and CSeq before", numbers[i], hop)
			}
		}
		for _, earlier := range before[line] {
			if at < earlier.at && waits(runs, earlier.number, numbers[i]) {
				t.Errorf("F%d %s came before F%d", numbers[i], hop, earlier.number)
			}
		}
		before[line] = append(before[line], came{numbers[i], at})
	}
	for i, p := range got {
		if !taken[i] {
			rest = append(rest, p)
		}
	}
	return over, rest
}

// came is an arrow, and its place in the capture.
type came struct{ number, at int }

// runs reads apart.
func (d drawn) runs(t *testing.T) (runs []map[int]bool) {
	t.Helper()
	for part := range strings.SplitSeq(d.apart, "|") {
		run := map[int]bool{}
		for word := range strings.FieldsSeq(part) {
			low, high, isRange := strings.Cut(word, "-")
			if !isRange {
				high = low
			}
			first, err := strconv.Atoi(low)
			last, wrong := strconv.Atoi(high)
			if err != nil || wrong != nil {
				t.Fatalf("%s: apart %q", d.name, d.apart)
			}
			for number := first; number <= last; number++ {
				run[number] = true
			}
		}
		runs = append(runs, run)
	}
	return runs
}

// waits tells whether an arrow comes after another one, that is before it in the RFC's ladder.
func waits(runs []map[int]bool, earlier, number int) bool {
	one, other := false, false
	for _, run := range runs {
		if run[earlier] && run[number] {
			return true
		}
		one, other = one || run[earlier], other || run[number]
	}
	return !one || !other
}

// quiet is how long media may be on its way or be switched after a message.
const quiet = 0.15 // seconds

// TestFlows: the capture of all flows has the RFC's arrows in their order, and nothing else but 100, 401
// and 407 and what these refuse, and hanging up after the end; and media flows when it should.
func TestFlows(t *testing.T) {
	n := newNetwork(t)
	path, err := build()
	if err != nil {
		t.Fatal(err)
	}
	capture := startFlowCapture(t, n)
	run := start(t, "flows", n.inside(path, "flow", "run", "all", "--json"))
	if err := run.wait(t, 4*time.Minute); err != nil {
		t.Errorf("all flows pass: %v", err)
	}
	mark(t, n, capture)
	flows := separate(packets(t, capture))
	if len(flows) != len(drawnLadders) {
		t.Fatalf("%d flows in the capture, %d drawn", len(flows), len(drawnLadders))
	}
	for i, d := range drawnLadders {
		t.Run(d.name, func(t *testing.T) {
			f := flows[i]
			over, rest := d.match(t, f)
			end := over[strings.Count(d.arrows, ", ")+1]
			ending := 1e18
			for _, p := range rest {
				ending = min(ending, p.at)
				if p.at < end || p.about != "BYE" {
					t.Errorf("%s at %.3f s after the ladder: nothing else passes but the hanging up after it", f.hop(p), p.at-end)
				}
			}
			for _, step := range d.talk {
				f.wantMedia(t, step, over, ending)
			}
			if t.Failed() {
				for _, p := range f.sip {
					t.Logf("%.3f %s %s", p.at, f.hop(p), p.callID)
				}
			}
		})
	}
}

// wantMedia: after an arrow and until the next message media flows between those who talk, both ways,
// and between nobody else.
func (f *played) wantMedia(t *testing.T, step talkAfter, over map[int]float64, ending float64) {
	t.Helper()
	from := 0.0 // when it and all before it have passed
	for arrow := range step.arrow {
		from = max(from, over[arrow+1])
	}
	begin, end := from+quiet, ending
	for _, p := range f.sip {
		if p.at > from {
			end = min(end, p.at)
		}
	}
	if end == 1e18 {
		end = begin + 1 // the calls have ended with the ladder
	}
	if end < begin+quiet/2 {
		t.Errorf("after F%d: too little time to tell who talks: %.3f s", step.arrow, end-begin)
	}
	want := map[string]bool{}
	for pair := range strings.FieldsSeq(step.who) {
		if from, to, oneWay := strings.Cut(pair, ">"); oneWay {
			want[from+to] = true
		} else {
			want[pair], want[pair[1:]+pair[:1]] = true, true
		}
	}
	heard := map[string]int{}
	for _, p := range f.rtp {
		if p.at > begin && p.at < end && !outside(p.from) && !outside(p.to) {
			from, to := f.media[p.from], f.media[p.to]
			heard[string([]byte{from, to})]++
		}
	}
	for pair, count := range heard {
		if !want[pair] {
			t.Errorf("after F%d: %d packets from %s; media flows between %q", step.arrow, count, pair, step.who)
		}
	}
	for pair := range want {
		if heard[pair] == 0 {
			t.Errorf("after F%d: no media from %s", step.arrow, pair)
		}
	}
}

// outside tells whether an address is of who keeps a phone busy, and is in no ladder.
func outside(address string) bool { return strings.HasPrefix(address, "127.9.9.9:") }
