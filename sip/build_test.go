package sip

import (
	"net/netip"
	"strings"
	"testing"
)

var testSource = netip.MustParseAddrPort("192.0.2.9:1024")

func TestNewResponseCopies(t *testing.T) {
	request := mustParse(t, strings.Replace(benchInvite, "Max-Forwards: 70\r\n", "v: SIP/2.0/TCP b.example;branch=z9hG4bKb ,\r\n SIP/2.0/TCP a.example\r\nMax-Forwards: 70\r\n", 1))
	got := string(NewResponse(request, testSource, Answer{Code: 180, ToTag: "xyz"}).Add(HeaderContact, "<sip:me@h>").Empty())
	want := "SIP/2.0 180 Ringing\r\n" +
		"Via: SIP/2.0/UDP 127.9.9.2:5070;branch=z9hG4bK-1234-1-0;rport=1024;received=192.0.2.9\r\n" +
		"v: SIP/2.0/TCP b.example;branch=z9hG4bKb ,\r\n SIP/2.0/TCP a.example\r\n" +
		"From: \"Bench Caller\" <sip:caller@bench.test>;tag=1234c1\r\n" +
		"To: <sip:user0001@bench.test>;tag=xyz\r\n" +
		"Call-ID: 1-1234@127.9.9.2\r\nCSeq: 101 INVITE\r\nContact: <sip:me@h>\r\nContent-Length: 0\r\n\r\n"
	if got != want {
		t.Errorf("RFC 3261 §8.2.6.2:\n got %q\nwant %q", got, want)
	}
	response := mustParse(t, got)
	if response.StatusCode() != 180 || response.ToTag() != "xyz" || response.Method() != INVITE || response.Reason() != "Ringing" {
		t.Error("the response does not read as it was written")
	}
	tagged := mustParse(t, strings.Replace(benchInvite, "To: <sip:user0001@bench.test>", "To: <sip:user0001@bench.test>;tag=theirs", 1))
	if m := mustParse(t, string(NewResponse(tagged, testSource, Answer{Code: 200, Reason: "Fine", ToTag: "mine"}).Empty())); m.ToTag() != "theirs" || m.Reason() != "Fine" {
		t.Error("a tag that came with the request stays as it is")
	}
}

// A message that is answered 400 is malformed, and what is copied from it must still make
// a well-formed response.
func TestNewResponseToMalformed(t *testing.T) {
	for _, c := range []struct{ why, old, with string }{
		{"no From", "From:", "X-From:"},
		{"no To", "To:", "X-To:"},
		{"two From: one is echoed", "Max-Forwards: 70", "f: <sip:mallory@bench.test>;tag=2"},
		{"two Call-ID: one is echoed", "Max-Forwards: 70", "i: other"},
		{"a From that ends in LF alone", "tag=1234c1\r\n", "tag=1234c1\n"},
		{"NUL in To", "user0001@bench.test>\r\n", "user\x00@bench.test>\r\n"},
		{"an open quote in To", "To: <", "To: \"<"},
		{"a bare CR in From", "Bench Caller", "Bench\rEvil: x"},
		{"malformed Via parameters", ";rport", ";;rport"},
		{"a Via that is left out for its CR, before another", ";rport\r\n", ";rport\r0\r\nv: SIP/2.0/UDP h ; x\r\n"},
	} {
		request, err := Parse(strings.Replace(benchInvite, c.old, c.with, 1))
		if err == nil || request == nil {
			t.Errorf("%s: got %v, %v, want an answer", c.why, request != nil, err)
			continue
		}
		response := string(NewResponse(request, testSource, Answer{Code: 400, ToTag: "xyz"}).Empty())
		head, _, ended := strings.Cut(response, "\r\n\r\n")
		names := map[string]int{}
		for line := range strings.SplitSeq(head, "\r\n") {
			if strings.ContainsAny(line, "\r\n\x00") {
				t.Errorf("%s: line %q", c.why, line)
			}
			name, _, _ := strings.Cut(line, ":")
			names[HeaderByName(name).String()]++
		}
		if !ended || names["Via"] != 1 || names["From"] > 1 || names["To"] > 1 || names["Call-ID"] > 1 {
			t.Errorf("%s: %q", c.why, response)
		}
	}
}

// What was noted of a Via that is left out isn't taken for one that follows.
func TestNoViaToAnswer(t *testing.T) {
	for _, c := range []struct{ why, second string }{
		{"an empty one", "Via:\r\n"},
		{"a malformed one", "v: SIP/2.0\r\n"},
		{"none", ""},
	} {
		m, err := Parse(strings.Replace(benchInvite, ";rport\r\n", ";rport\r0\r\n"+c.second, 1))
		if m != nil || err == nil {
			t.Errorf("a Via that ends in CR alone, then %s: there is nothing to answer to: %v, %v", c.why, m != nil, err)
		}
	}
}

func TestNothingInjectsALine(t *testing.T) {
	const evil = "x\r\nEvil: 1\r\n\r\nbody\x00"
	request := mustParse(t, benchInvite)
	m := Method("A" + evil)
	for _, c := range []struct{ why, text string }{
		{"Request-URI", string(NewRequest(INVITE, "sip:"+evil).Empty())},
		{"method", string(NewRequest(m, "sip:h").AddSequence(1, m).Empty())},
		{"value", string(NewRequest(INVITE, "sip:h").Add(HeaderSubject, evil).Empty())},
		{"name", string(NewRequest(INVITE, "sip:h").AddNamed("Subject"+evil, "v").Empty())},
		{"content type", string(NewRequest(INVITE, "sip:h").Body("a/b"+evil, ""))},
		{"reason", string(NewResponse(request, testSource, Answer{Code: 200, Reason: evil, ToTag: "t"}).Empty())},
		{"tag", string(NewResponse(request, testSource, Answer{Code: 200, ToTag: evil}).Empty())},
		{"a lone CR", string(NewRequest(INVITE, "sip:h").Add(HeaderSubject, "a\rEvil: 1").Empty())},
	} {
		head, body, _ := strings.Cut(c.text, "\r\n\r\n")
		if body != "" || strings.ContainsAny(strings.ReplaceAll(head, "\r\n", ""), "\r\n\x00") || strings.Contains(head, "Evil") {
			t.Errorf("%s: %q", c.why, c.text)
		}
	}
	if got := string(NewRequest(INVITE, "sip:a b SIP/2.0").Empty()); !strings.HasPrefix(got, "INVITE sip:a SIP/2.0\r\n") {
		t.Errorf("white space in a Request-URI makes another start line: %q", got)
	}
}

func TestBuilderPrints(t *testing.T) {
	request := mustParse(t, benchInvite)
	got := string(NewRequest(ACK, "sip:h").Copy(request, HeaderFrom, HeaderCallID).AddSequence(101, ACK).AddNumber(HeaderMaxForwards, 70).AddNamed("X-Own", "a").Body("text/plain", "hi"))
	want := "ACK sip:h SIP/2.0\r\nFrom: \"Bench Caller\" <sip:caller@bench.test>;tag=1234c1\r\nCall-ID: 1-1234@127.9.9.2\r\n" +
		"CSeq: 101 ACK\r\nMax-Forwards: 70\r\nX-Own: a\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nhi"
	if got != want {
		t.Errorf("got %q\nwant %q", got, want)
	}
}
