//go:build interop

package torture

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// testdata is where the torture messages are.
const testdata = "../../sip/testdata"

// outcome is what must come of a message.
type outcome struct {
	codes  []int // of the final answers that its sender gets
	far    bool  // it reaches the far side
	closes bool  // the server closes the connection
	waits  bool  // the server waits for more of it, then closes
	// late: the answers of the far side may come too late to pass back.
	late bool
}

func answered(codes ...int) outcome { return outcome{codes: codes} }

// closing is an outcome after which the connection is closed.
func (o outcome) closing() outcome {
	o.closes = true
	return o
}

// waiting is an outcome after which the server waits for more.
func (o outcome) waiting() outcome {
	o.waits = true
	return o
}

var (
	silence = outcome{}
	forward = outcome{codes: []int{200}, far: true}
)

// The places from which a message is sent.
const (
	stranger = iota // anybody: must show credentials before anything is done for him
	home            // a trusted neighbour, to the server of the domain that the message is for
	transit         // by way of a server of another domain: Route leads through it to the far side
	places
)

var placeNames = [places]string{"stranger", "home", "transit"}

// verdict is what must come of one torture message by place.
type verdict struct {
	file string // below testdata
	// change, when there is one, makes the message another, as changed says.
	change  func(text string) string
	changed string
	domain  string // served at home; empty: example.com
	packet  [places]outcome
	stream  *[places]outcome // on a stream, where that differs
	web     *[places]outcome // in a WebSocket message, where that differs
	holds   [places]string   // what the first answer must hold
	// uri is the Request-URI that reaches the far side at home; empty: its contact.
	uri string
	// bound are the contacts that a registration at home makes, as a query shows them.
	bound []string
	// keeps leaves these for the next message.
	keeps bool
}

func everywhere(o outcome) [places]outcome { return [places]outcome{o, o, o} }
func all(o outcome) *[places]outcome       { return &[places]outcome{o, o, o} }
func rfc4475(name string) string           { return "rfc4475/" + name + ".dat" }
func rfc5118(name string) string           { return "rfc5118/crlf-clfixed/" + name + ".sip" }
func placed(s, h, t outcome) [places]outcome {
	return [places]outcome{stranger: s, home: h, transit: t}
}

const unsupported = "\r\nUnsupported: noProxiesSupportThis, norDoAnyProxiesSupportThis\r\n"

// request407 is what comes of a request in order.
var request407 = placed(answered(407), forward, forward)

// registration401 is what comes of a registration in order.
var registration401 = placed(answered(401), answered(200), forward)

// verdicts4475 are those of RFC 4475, in its order.
var verdicts4475 = []verdict{
	// Its To has the tag of a call that did not pass here. Without the tag, it goes to the
	// hop that its Route names.
	{file: rfc4475("wsinv"), packet: everywhere(answered(481))},
	{file: rfc4475("wsinv"), changed: "outside a call", change: func(text string) string {
		return strings.Replace(text, ";   tag    = 1918181833n", ";   other    = 1918181833n", 1)
	}, packet: request407, uri: "sip:vivekg@chair-dnrc.example.com;unknownparam"},
	// No user has such a name. §3.1.1.2: a proxy then answers 404.
	{file: rfc4475("intmeth"), packet: placed(answered(407), answered(404), forward)},
	// Nor such a one; a guest isn't told more than that nobody is there.
	{file: rfc4475("esc01"), domain: "example.net", packet: placed(answered(407), answered(480), forward)},
	// There is a user "null-", who must not be meant. Of a user that there is, the contacts
	// are two.
	{file: rfc4475("escnull"), packet: placed(answered(401), answered(404), forward)},
	{file: rfc4475("escnull"), changed: "of a user", change: func(text string) string {
		return strings.ReplaceAll(text, "sip:null-%00-null@", "sip:mundane@")
	}, packet: registration401, bound: []string{"<sip:%00@host5.example.com>", "<sip:%00%00@host5.example.com>"}},
	{file: rfc4475("esc02"), domain: "registrar.example.com", holds: [places]string{home: "\r\nAllow: INVITE, "}, packet: placed(answered(407), answered(501), forward)},
	{file: rfc4475("lwsdisp"), packet: request407},
	{file: rfc4475("longreq"), packet: request407},
	// On a stream the octets behind it are the next message, and the five behind that none.
	{
		file: rfc4475("dblreq"), packet: registration401, bound: []string{"<sip:j.user@host.example.com>"},
		stream: &[places]outcome{
			stranger: answered(401, 407).closing(), home: {codes: []int{200}, far: true, closes: true, late: true},
			transit: {codes: []int{403}, far: true, closes: true, late: true},
		}, web: all(answered(400).closing()),
	},
	{file: rfc4475("semiuri"), packet: placed(answered(407), answered(480), forward)},
	{file: rfc4475("transports"), packet: request407},
	// Its Route names a strict router on loopback.
	{file: rfc4475("mpart01"), packet: request407, uri: "sip:127.0.0.1:5080"},
	{file: rfc4475("unreason"), packet: everywhere(silence)},
	{file: rfc4475("noreason"), packet: everywhere(silence)},

	{file: rfc4475("badinv01"), packet: everywhere(answered(400))},
	{file: rfc4475("clerr"), packet: everywhere(answered(400)), stream: all(silence.waiting()), web: all(answered(400).closing())},
	{file: rfc4475("ncl"), packet: everywhere(answered(400)), stream: all(answered(400).closing()), web: all(answered(400).closing())},
	{file: rfc4475("scalar02"), packet: everywhere(answered(400))},
	{file: rfc4475("scalarlg"), packet: everywhere(silence)},
	{file: rfc4475("quotbal"), packet: everywhere(answered(400))},
	{file: rfc4475("ltgtruri"), packet: everywhere(answered(400))},
	{file: rfc4475("lwsruri"), packet: everywhere(answered(400))},
	{file: rfc4475("lwsstart"), packet: everywhere(answered(400))},
	{file: rfc4475("trws"), packet: everywhere(answered(400))},
	{file: rfc4475("escruri"), packet: everywhere(answered(400))},
	{file: rfc4475("baddate"), packet: request407},
	{file: rfc4475("regbadct"), packet: everywhere(answered(400))},
	{file: rfc4475("badaspec"), packet: everywhere(answered(400))},
	// The archive's copy lacks the empty line.
	{file: rfc4475("baddn"), packet: everywhere(answered(400)), stream: all(silence.waiting()), web: all(answered(400).closing())},
	{file: rfc4475("badvers"), packet: everywhere(answered(505))},
	{file: rfc4475("mismatch01"), packet: everywhere(answered(400))},
	{file: rfc4475("mismatch02"), packet: everywhere(answered(400))},
	{file: rfc4475("bigcode"), packet: everywhere(silence)},
	{file: rfc4475("badbranch"), packet: request407},
	{file: rfc4475("insuf"), packet: everywhere(answered(400))},
	{file: rfc4475("unkscm"), packet: everywhere(answered(416))},
	{file: rfc4475("novelsc"), packet: everywhere(answered(416))},
	{file: rfc4475("unksm2"), packet: placed(answered(401), answered(400), forward)},
	{file: rfc4475("bext01"), packet: everywhere(answered(420)), holds: [places]string{unsupported, unsupported, unsupported}},
	{file: rfc4475("invut"), packet: request407},
	{file: rfc4475("regaut01"), packet: registration401, holds: [places]string{stranger: "\r\nWWW-Authenticate: Digest "}},
	{file: rfc4475("multi01"), packet: everywhere(answered(400))},
	{file: rfc4475("mcl01"), packet: everywhere(answered(400)), stream: all(answered(400).closing()), web: all(answered(400).closing())},
	{file: rfc4475("bcast"), packet: everywhere(silence)},
	{file: rfc4475("zeromf"), packet: everywhere(answered(483))},
	{file: rfc4475("cparam01"), packet: registration401, bound: []string{"<sip:+19725552222@gw1.example.net>;unknownparam"}},
	{file: rfc4475("cparam02"), packet: registration401, bound: []string{"<sip:+19725552222@gw1.example.net;unknownparam>"}},
	{file: rfc4475("regescrt"), packet: registration401, bound: []string{"<sip:user@example.com?Route=%3Csip:sip.example.com%3E>"}},
	{file: rfc4475("sdp01"), packet: request407},
	// RFC 3261 §18.3: without Content-Length a stream can't be framed.
	{file: rfc4475("inv2543"), packet: request407, stream: all(answered(400).closing())},
	{file: rfc4475("test"), packet: everywhere(silence), stream: all(silence.closing()), web: all(silence.closing())},
}

// verdicts5118 are those of RFC 5118, in its order. At home the server listens on
// [2001:db8::10], ports 5060 and 5070, and on [2001:db8::192.0.2.1].
var verdicts5118 = []verdict{
	{file: rfc5118("ipv6-good"), packet: registration401, bound: []string{"<sip:caller@[2001:db8::1]>"}, keeps: true},
	{file: rfc5118("ipv6-bad"), packet: everywhere(answered(400))},
	// The address is one of somebody else.
	{file: rfc5118("port-ambiguous"), packet: placed(answered(401), forward, forward), uri: "sip:[2001:db8::10:5070]"},
	{file: rfc5118("port-unambiguous"), packet: registration401, bound: []string{"<sip:caller@[2001:db8::1]>"}},
	{file: rfc5118("via-received-param-with-delim"), packet: everywhere(answered(481))},
	{file: rfc5118("via-received-param-no-delim"), packet: placed(answered(407), answered(200), forward)},
	{file: rfc5118("ipv6-in-sdp"), packet: request407},
	{file: rfc5118("mult-ip-in-header"), packet: everywhere(answered(481))},
	{file: rfc5118("mult-ip-in-sdp"), packet: request407},
	{file: rfc5118("ipv4-mapped-ipv6"), packet: request407},
	{file: rfc5118("ipv6-bug-abnf-3-colons"), packet: request407},
	{file: rfc5118("ipv6-correct-abnf-2-colons"), packet: request407},

	// With the Content-Length of the RFC's archive, which is wrong: too small or too large.
	{file: "rfc5118/crlf/ipv4-mapped-ipv6.sip", packet: request407, stream: waitingAfter(request407), web: all(answered(400).closing())},
	{file: "rfc5118/crlf/mult-ip-in-sdp.sip", packet: request407, stream: closingAfter(request407), web: all(answered(400).closing())},
	{file: "rfc5118/crlf/ipv6-in-sdp.sip", packet: everywhere(answered(400)), stream: all(silence.waiting()), web: all(answered(400).closing())},
}

func waitingAfter(o [places]outcome) *[places]outcome {
	for i := range o {
		o[i] = o[i].waiting()
	}
	return &o
}

// closingAfter is for what is followed by something that begins no message: the far side
// answers too late.
func closingAfter(o [places]outcome) *[places]outcome {
	for i := range o {
		if o[i] = o[i].closing(); o[i].far {
			o[i].codes, o[i].late = nil, true
		}
	}
	return &o
}

// rawVerdicts: RFC 5118's messages as its archive has them, with LF for line ends.
func rawVerdicts(t testing.TB) (verdicts []verdict) {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(testdata, "rfc5118/raw/*"))
	if err != nil || len(paths) != 12 {
		t.Fatalf("%d messages, want 12: %v", len(paths), err)
	}
	for _, path := range paths {
		verdicts = append(verdicts, verdict{file: "rfc5118/raw/" + filepath.Base(path), packet: everywhere(silence), stream: all(silence.closing()), web: all(silence.closing())})
	}
	return verdicts
}

func read(t testing.TB, file string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(testdata, file))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// apart are the answers that the table of verdicts beside the messages does not name, and why.
var apart = map[string]string{
	"esc01.dat 480":                     "a trusted neighbour that names no user of ours is a guest, who does not learn which users there are",
	"semiuri.dat 480":                   "the same",
	"wsinv.dat 481":                     "it belongs to a call that did not pass here",
	"via-received-param-with-delim 481": "a BYE outside every call: that it is read is what counts",
}

// TestVerdictsComplete holds the verdicts here against the tables beside the messages: one
// for each message, and no answer that the tables don't allow.
func TestVerdictsComplete(t *testing.T) {
	for _, table := range []struct {
		path     string
		allowed  []int // columns
		verdicts []verdict
		rows     int
	}{
		{"rfc4475/VERDICTS.tsv", []int{4, 5}, verdicts4475, 50},
		{"rfc5118/VERDICTS.tsv", []int{3}, verdicts5118, 12},
	} {
		rows := 0
		for line := range strings.Lines(read(t, table.path)) {
			cells := strings.Split(strings.TrimRight(line, "\n"), "\t")
			if strings.HasPrefix(line, "#") || len(cells) <= table.allowed[len(table.allowed)-1] || cells[0] == "file" {
				continue
			}
			rows++
			allowed := ""
			for _, column := range table.allowed {
				allowed += " " + cells[column]
			}
			i := slices.IndexFunc(table.verdicts, func(v verdict) bool { return strings.TrimSuffix(filepath.Base(v.file), ".sip") == cells[0] })
			if i < 0 {
				t.Errorf("%s: no verdict", cells[0])
				continue
			}
			for _, o := range table.verdicts[i].packet[home:] {
				if why := disallowed(o, allowed); why != "" && apart[cells[0]+" "+why] == "" {
					t.Errorf("%s: %s is none of%s", cells[0], why, allowed)
				}
			}
		}
		if rows != table.rows {
			t.Errorf("%s: %d rows, want %d", table.path, rows, table.rows)
		}
	}
}

// disallowed names what of an outcome a text of the table does not allow; empty when all is.
// What goes on to the far side ends as the far side says.
func disallowed(o outcome, allowed string) string {
	for _, code := range o.codes {
		if text := strconv.Itoa(code); !o.far && !strings.Contains(allowed, text) {
			return text
		}
	}
	if len(o.codes) == 0 && !strings.Contains(allowed, "-") {
		return "silence"
	}
	return ""
}
