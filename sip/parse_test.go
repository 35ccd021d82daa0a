package sip

import (
	"errors"
	"strings"
	"testing"
)

const benchInvite = "INVITE sip:user0001@bench.test SIP/2.0\r\n" +
	"Via: SIP/2.0/UDP 127.9.9.2:5070;branch=z9hG4bK-1234-1-0;rport\r\n" +
	"Max-Forwards: 70\r\n" +
	"From: \"Bench Caller\" <sip:caller@bench.test>;tag=1234c1\r\n" +
	"To: <sip:user0001@bench.test>\r\n" +
	"Call-ID: 1-1234@127.9.9.2\r\n" +
	"CSeq: 101 INVITE\r\n" +
	"Contact: <sip:caller@127.9.9.2:5070>\r\n" +
	"Allow: INVITE, ACK, CANCEL, BYE, OPTIONS, REFER, NOTIFY, UPDATE\r\n" +
	"Supported: replaces, timer\r\n" +
	"User-Agent: bench-uac/1\r\n" +
	"Content-Type: application/sdp\r\n" +
	"Content-Length: 225\r\n\r\n" +
	"v=0\r\no=bench 20010 20010 IN IP4 127.9.9.2\r\ns=-\r\nc=IN IP4 127.9.9.2\r\nt=0 0\r\nm=audio 40000 RTP/AVP 0 8 101\r\n" +
	"a=rtpmap:0 PCMU/8000\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\na=ptime:20\r\na=sendrecv\r\n"

func TestParseAllocatesTwiceAtMost(t *testing.T) {
	raw := []byte(benchInvite)
	allocations := testing.AllocsPerRun(200, func() {
		if _, err := Parse(string(raw)); err != nil {
			t.Fatal(err)
		}
	})
	if allocations > 2 {
		t.Errorf("copying and parsing an INVITE of %d octets allocates %v times, want at most 2", len(raw), allocations)
	}
}

func BenchmarkParse(b *testing.B) {
	raw := []byte(benchInvite)
	b.ReportAllocs()
	b.SetBytes(int64(len(raw)))
	for b.Loop() {
		if _, err := Parse(string(raw)); err != nil {
			b.Fatal(err)
		}
	}
}

func mustParse(t *testing.T, text string) *Message {
	t.Helper()
	m, err := Parse(text)
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return m
}

func TestParseReadsWhatEveryStepNeeds(t *testing.T) {
	m := mustParse(t, benchInvite)
	for _, c := range []struct{ what, got, want string }{
		{"method", string(m.Method()), "INVITE"},
		{"Request-URI", m.RequestURI(), "sip:user0001@bench.test"},
		{"Call-ID", m.CallID(), "1-1234@127.9.9.2"},
		{"From tag", m.FromTag(), "1234c1"},
		{"To tag", m.ToTag(), ""},
		{"branch", m.Branch(), "z9hG4bK-1234-1-0"},
		{"body", m.Body()[:3], "v=0"},
	} {
		if c.got != c.want {
			t.Errorf("%s: got %q, want %q", c.what, c.got, c.want)
		}
	}
	if m.CSeq() != 101 || !m.IsRequest() || m.StatusCode() != 0 {
		t.Errorf("CSeq %d, request %v, status %d", m.CSeq(), m.IsRequest(), m.StatusCode())
	}
	if !m.HasToken(HeaderSupported, "timer") || m.HasToken(HeaderSupported, "time") {
		t.Error("Supported is read token by token")
	}
}

func TestParseAnswersWhatItCan(t *testing.T) {
	line := func(old, with string) string { return strings.Replace(benchInvite, old, with, 1) }
	for _, c := range []struct {
		why, text string
		code      int
	}{
		{"RFC 3261 §8.1.1: From is mandatory", line("From:", "X-From:"), 400},
		{"RFC 3261 §8.1.1: To is mandatory", line("To:", "X-To:"), 400},
		{"RFC 3261 §8.1.1: Call-ID is mandatory", line("Call-ID:", "X-Call-ID:"), 400},
		{"RFC 3261 §8.1.1: CSeq is mandatory", line("CSeq:", "X-CSeq:"), 400},
		{"RFC 3261 §8.1.1.5: the method of CSeq is the request's", line("101 INVITE", "101 BYE"), 400},
		{"RFC 3261 §8.1.1.5: CSeq is less than 2^31", line("101 INVITE", "2147483648 INVITE"), 400},
		{"RFC 3261 §18.3: the body is shorter than declared", line("Content-Length: 225", "Content-Length: 9999"), 400},
		{"a negative length is no length", line("Content-Length: 225", "Content-Length: -999"), 400},
		{"two lengths leave doubt which the next hop reads", line("Max-Forwards: 70", "l: 0"), 400},
		{"RFC 3261 §21.5.7: another version", line("SIP/2.0\r\n", "SIP/7.0\r\n"), 505},
		{"RFC 3261 §19.1.1: no header fields in a Request-URI", line("sip:user0001@bench.test SIP", "sip:user0001@bench.test?Route=%3Csip:evil%3E SIP"), 400},
		{"RFC 4475 §3.1.2.7: brackets around the Request-URI", line("INVITE sip:user0001@bench.test ", "INVITE <sip:user0001@bench.test> "), 400},
		{"a bare LF ends no line", line("Max-Forwards: 70\r\n", "Max-Forwards: 70\n"), 400},
		{"two From fields", line("Max-Forwards: 70", "f: <sip:mallory@bench.test>;tag=2"), 400},
		{"Max-Forwards is at most 255", line("Max-Forwards: 70", "Max-Forwards: 256"), 400},
		{"a bare CR could end a line elsewhere", line("bench-uac/1", "bench\rEvil: x"), 400},
		{"a bare CR before a line end", line("bench-uac/1\r\n", "bench-uac/1\r\r\n"), 400},
		{"NUL could end the text elsewhere", line("bench-uac/1", "bench\x00uac"), 400},
		{"NUL in a header field name", line("Supported:", "Support\x00:"), 400},
		{"a header field name that is no token", line("Supported:", "Supp@rted:"), 400},
		{"a header field without a colon", line("Supported:", "Supported"), 400},
		{"a header field without a name", line("Supported:", ":"), 400},
		{"white space before the first header field", line("Via:", " Via: SIP/2.0/UDP evil\r\nVia:"), 400},
		{"no empty line at the end", strings.SplitAfter(benchInvite, "Content-Length: 225\r\n")[0], 400},
		{"the last line is cut off", strings.SplitAfter(benchInvite, "Content-Length: 22")[0], 400},
		{"two tags leave doubt which is meant", line("tag=1234c1", "tag=1234c1;tag=2"), 400},
		{"two branches leave doubt which is meant", line(";rport", ";branch=other"), 400},
		{"a quoted tag", line("tag=1234c1", "tag=\"a b\""), 400},
		{"a Call-ID with two @", line("1-1234@", "1@1234@"), 400},
		{"an empty Call-ID", line("1-1234@127.9.9.2", ""), 400},
		{"a Call-ID that ends in @", line("1-1234@127.9.9.2", "1@"), 400},
		{"an empty Route", line("Supported: replaces, timer", "Route:"), 400},
		{"a Route with an empty value", line("Supported: replaces, timer", "Route: <sip:a>,,<sip:b>"), 400},
		{"a malformed second Record-Route", line("Supported: replaces, timer", "Record-Route: <sip:a>\r\nRecord-Route: <sip:b"), 400},
		{"text behind an address", line("<sip:caller@127.9.9.2:5070>", "<sip:caller@127.9.9.2:5070> x"), 400},
		{"text behind a Via", line(";rport", ";rport x"), 400},
		{"more header fields than the limit", line("Supported: replaces, timer\r\n", strings.Repeat("P: y\r\n", MaxFields)), 400},
		{"a Request-URI longer than the limit", line("user0001@bench.test SIP", strings.Repeat("a", MaxURILength)+" SIP"), 414},
		{"a tab in the start line", line("sip:user0001@bench.test SIP", "sip:user0001@bench.test\tSIP"), 400},
		{"an empty Contact parameter", line("<sip:caller@127.9.9.2:5070>", "<sip:caller@127.9.9.2:5070>;;"), 400},
	} {
		m, err := Parse(c.text)
		var status *StatusError
		if !errors.As(err, &status) || status.Code != c.code || m == nil {
			t.Errorf("%s: got %v, %v, want an answer %d", c.why, m != nil, err, c.code)
		}
	}
	for _, c := range []struct{ why, text string }{
		{"without a Via there is nobody to answer", line("Via:", "X-Via:")},
		{"not a SIP message", "GET / HTTP/1.1\r\n\r\n"},
		{"a malformed response is never answered", "SIP/2.0 99 X\r\n\r\n"},
		{"a bare CR in a reason phrase", "SIP/2.0 200 O\rK" + benchInvite[strings.Index(benchInvite, "\r\n"):]},
		{"NUL in a reason phrase", "SIP/2.0 200 O\x00K" + benchInvite[strings.Index(benchInvite, "\r\n"):]},
		{"nothing", ""},
	} {
		if m, err := Parse(c.text); m != nil || err == nil {
			t.Errorf("%s: got %v, %v, want silence", c.why, m, err)
		}
	}
}

func TestParseTakes(t *testing.T) {
	line := func(old, with string) string { return strings.Replace(benchInvite, old, with, 1) }
	for _, c := range []struct{ why, text string }{
		{"RFC 3261 §7.5: empty lines before the start line", "\r\n\r\n" + benchInvite},
		{"RFC 3261 §7.1: the version without case", line("SIP/2.0\r\n", "sip/2.0\r\n")},
		{"octets behind the body", benchInvite + "more"},
		{"without Content-Length the body ends with the text", line("Content-Length: 225", "X: y")},
		{"an escaped NUL in a quoted string", line("Bench Caller", "Bench\\\x00Caller")},
		{"a fold in a display name", line("Bench Caller", "Bench\r\n Caller")},
		{"a fold before the value", line("Contact: ", "Contact:\r\n\t")},
		{"a fold behind the last parameter", line(";rport", ";rport \r\n ")},
		{"names in any case, white space before the colon", line("Contact:", "CONTACT \t:")},
		{"a tag parameter of the URI is no tag", line("sip:caller@bench.test>", "sip:caller@bench.test;tag=a;tag=b>")},
		{"Contact: *", line("<sip:caller@127.9.9.2:5070>", "*")},
		{"several contacts", line("<sip:caller@127.9.9.2:5070>", "<sip:a@h>;q=0.5,\r\n \"b\" <sip:b@h> , sip:c@h;expires=3")},
		{"as many header fields as the limit", line("Supported: replaces, timer\r\n", strings.Repeat("P: y\r\n", MaxFields-11))},
		{"an empty value of a field not known here", line("Supported: replaces, timer", "X:")},
		{"a body with bare line ends and NUL", strings.Replace(benchInvite, "v=0\r\n", "v\r\n\x00\n", 1)},
		{"a Call-ID with the odd characters of word", line("1-1234@127.9.9.2", "a~<>:\\\"/[]?{}@()`'")},
	} {
		m, err := Parse(c.text)
		if err != nil {
			t.Errorf("%s: %v", c.why, err)
			continue
		}
		checkUntouched(t, c.why, m)
		if m.Method() != INVITE || m.FromTag() != "1234c1" || m.Branch() != "z9hG4bK-1234-1-0" {
			t.Errorf("%s: got %s, %q, %q", c.why, m.Method(), m.FromTag(), m.Branch())
		}
	}
	if m := mustParse(t, "sip/2.0 200 \r\nv: SIP/2.0/UDP h\r\nf: <sip:a@h>;tag=1\r\nt: <sip:a@h>\r\ni: x\r\nCSeq: 7 BYE\r\n\r\n"); m.StatusCode() != 200 || m.Method() != BYE || m.CSeq() != 7 {
		t.Error("a response in compact forms")
	}
	if _, err := Parse(benchInvite + strings.Repeat("x", MaxMessage)); !errors.Is(err, ErrTooLong) {
		t.Errorf("more than MaxMessage octets: %v", err)
	}
}

func TestHasToken(t *testing.T) {
	with := func(lines string) *Message {
		return mustParse(t, strings.Replace(benchInvite, "Supported: replaces, timer\r\n", lines, 1))
	}
	for _, c := range []struct {
		why, lines string
		want       bool
	}{
		{"alone", "Supported: path\r\n", true},
		{"first", "Supported: path,timer\r\n", true},
		{"last, without case", "Supported: timer , PATH\r\n", true},
		{"in the second field", "Supported: timer\r\nk: a,path\r\n", true},
		{"behind a fold", "Supported: timer,\r\n path\r\n", true},
		{"behind an empty value", "Supported: ,,path\r\n", true},
		{"behind what is no token", "Supported: \"a,b\", path\r\n", true},
		{"inside quotes", "Supported: \"a,path,b\"\r\n", false},
		{"the beginning of another", "Supported: pathx, xpath\r\n", false},
		{"with a parameter it is no token", "Supported: path;q=1\r\n", false},
		{"another header", "Require: path\r\n", false},
		{"an empty field", "Supported:\r\n", false},
	} {
		if got := with(c.lines).HasToken(HeaderSupported, "path"); got != c.want {
			t.Errorf("%s: got %v", c.why, got)
		}
	}
}

// Whatever is missing, a request is answered or dropped, and nothing of it is made up.
func TestMissingHeaderFields(t *testing.T) {
	methods := []Method{INVITE, ACK, BYE, CANCEL, REGISTER, OPTIONS, SUBSCRIBE, NOTIFY, PUBLISH, MESSAGE, REFER, INFO, UPDATE, PRACK}
	for _, method := range methods {
		text := strings.ReplaceAll(benchInvite, "INVITE", string(method))
		for _, name := range []string{"To", "From", "Call-ID", "CSeq", "Via", "Max-Forwards"} {
			without := strings.Replace(text, "\r\n"+name+":", "\r\nX-Not:", 1)
			m, err := Parse(without)
			switch {
			case name == "Via" && (m != nil || err == nil):
				t.Errorf("%s without Via is answered: %v", method, err)
			case name == "Max-Forwards" && err != nil:
				t.Errorf("%s without Max-Forwards: RFC 3261 §16.3 takes it: %v", method, err)
			case name != "Via" && name != "Max-Forwards" && (m == nil || err == nil):
				t.Errorf("%s without %s: %v", method, name, err)
			}
			if m == nil {
				continue
			}
			if m.Has(HeaderByName(name)) || m.Header(HeaderByName(name)) != "" {
				t.Errorf("%s without %s has one", method, name)
			}
			if again, err := Parse(string(NewResponse(m, testSource, Answer{Code: 400, ToTag: "x"}).Empty())); name == "Max-Forwards" && (err != nil || again.StatusCode() != 400) {
				t.Errorf("%s: the answer does not parse: %v", method, err)
			}
		}
	}
}

// A message cut anywhere in its head is malformed, and in its body too short.
func TestCutAnywhere(t *testing.T) {
	for end := range len(mustParse(t, benchInvite).Text()) {
		if m, err := Parse(benchInvite[:end]); err == nil {
			t.Fatalf("the first %d octets parse as %q", end, m.Text())
		}
	}
}
