package flow

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"hookflash/service/order"
	"hookflash/sip"
)

// wire is a ladder of two arrows through the server, an INVITE and its 200, as text: each test changes one
// of its four messages.
const wire = `alice server F1
INVITE sip:bob@example.test SIP/2.0
Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKa
From: <sip:alice@example.test>;tag=a
To: <sip:bob@example.test>
Call-ID: one
CSeq: 1 INVITE
Contact: <sip:alice@192.0.2.1>;isfocus
Refer-To: <sip:carol@example.test?Replaces=one%3Bto-tag%3Db%3Bfrom-tag%3Da>
Referred-By: <sip:alice@example.test>
Require: replaces
Content-Type: application/sdp

v=0
o=- 7 1 IN IP4 192.0.2.1
m=audio 4000 RTP/AVP 0
a=sendonly

server bob F1
INVITE sip:bob@192.0.2.2 SIP/2.0
Via: SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bKs
Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKa
From: <sip:alice@example.test>;tag=a
To: <sip:bob@example.test>
Call-ID: one
CSeq: 1 INVITE
Contact: <sip:alice@192.0.2.1>;isfocus
Refer-To: <sip:carol@example.test?Replaces=one%3Bto-tag%3Db%3Bfrom-tag%3Da>
Referred-By: <sip:alice@example.test>
Require: replaces
Content-Type: application/sdp

v=0
o=- 7 1 IN IP4 192.0.2.1
m=audio 4000 RTP/AVP 0
a=sendonly

bob server F2
SIP/2.0 200 OK
Via: SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bKs
Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKa
From: <sip:alice@example.test>;tag=a
To: <sip:bob@example.test>;tag=b
Call-ID: one
CSeq: 1 INVITE
Contact: <sip:bob@192.0.2.2>;+sip.rendering="no"
Event: refer
Subscription-State: terminated;reason=noresource
Content-Type: message/sipfrag;version=2.0

SIP/2.0 200 OK

server alice F2
SIP/2.0 200 OK
Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKa
From: <sip:alice@example.test>;tag=a
To: <sip:bob@example.test>;tag=b
Call-ID: one
CSeq: 1 INVITE
Contact: <sip:bob@192.0.2.2>;+sip.rendering="no"
Event: refer
Subscription-State: terminated;reason=noresource
Content-Type: message/sipfrag;version=2.0

SIP/2.0 200 OK
`

// sightsOf reads messages as wire has them; each begins with who sent it to whom, and its number.
func sightsOf(t *testing.T, text string) []seen {
	t.Helper()
	var got []seen
	lines := strings.Split(text, "\n")
	for i := 0; i < len(lines); {
		words := strings.Fields(lines[i])
		if len(words) != 3 || !strings.HasPrefix(words[2], "F") {
			i++
			continue
		}
		s := seen{from: words[0], to: words[1]}
		if _, err := fmt.Sscanf(words[2], "F%d", &s.number); err != nil {
			t.Fatal(err)
		}
		end := i + 1
		for end < len(lines) {
			if next := strings.Fields(lines[end]); len(next) == 3 && strings.HasPrefix(next[2], "F") && strings.Trim(next[2][1:], "0123456789") == "" {
				break
			}
			end++
		}
		head, body, _ := strings.Cut(strings.Join(lines[i+1:end], "\n"), "\n\n")
		if body = strings.TrimRight(body, "\n"); body != "" {
			body = strings.ReplaceAll(body+"\n", "\n", "\r\n")
		}
		s.text = strings.ReplaceAll(strings.TrimRight(head, "\n"), "\n", "\r\n") + fmt.Sprintf("\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
		m, err := sip.Parse(s.text)
		if err != nil {
			t.Fatalf("%v:\n%s", err, s.text)
		}
		s.label = labelOf(m)
		got = append(got, s)
		i = end
	}
	return got
}

var wireRules = []rule{
	direction("sendonly", 1), feature("isfocus", "", 1), without("+sip.rendering", 1), referTo("carol", 1), referredBy("alice", 1),
	requires("replaces", 1), names(inReferTo, 2, false, 1), rising(1), feature("+sip.rendering", "no", 2), reports(200, "terminated", 2),
}

func TestRules(t *testing.T) {
	for _, test := range []struct{ reason, old, new, err string }{
		{"all is right", "", "", ""},
		{"the other direction", "a=sendonly", "a=recvonly", "F1 INVITE from alice to server: it says a=recvonly and should say a=sendonly"},
		{"no direction is sendrecv", "a=sendonly\n", "", "it says a=sendrecv and should say a=sendonly"},
		{"no audio", "m=audio", "m=video", "it describes no audio"},
		{"no isfocus", ";isfocus", "", "its Contact lacks isfocus"},
		{"rendering where there should be none", ";isfocus", ";isfocus;+sip.rendering=\"no\"", "its Contact should not have +sip.rendering"},
		{"rendering with another value", `"no"`, `"yes"`, "its Contact lacks +sip.rendering"},
		{"to somebody else", "sip:carol@", "sip:bill@", "its Refer-To does not name carol"},
		{"by somebody else", "Referred-By: <sip:alice", "Referred-By: <sip:bill", "its Referred-By does not name alice"},
		{"by nobody", "Referred-By: <sip:alice@example.test>\n", "", "its Referred-By does not name alice"},
		{"nothing is required", "Require: replaces\n", "", "it does not say Require: replaces"},
		{"tags swapped", "to-tag%3Db%3Bfrom-tag%3Da", "to-tag%3Da%3Bfrom-tag%3Db", "with to-tag and from-tag swapped"},
		{"another tag", "to-tag%3Db", "to-tag%3Dc", `with to-tag "c" and from-tag "a" for "b" and "a"`},
		{"another call", "Replaces=one", "Replaces=two", `a dialog with Call-ID "two"; that of F2 has "one"`},
		{"no dialog", "?Replaces=one%3Bto-tag%3Db%3Bfrom-tag%3Da", "", "it names no dialog: its URI has no Replaces"},
		{"no version", "o=- 7 1 IN", "o=- 7 x IN", `the version "x" in the o= line of F1 is no number`},
		{"another event", "Event: refer", "Event: dialog", "its Event is not refer"},
		{"another body", "message/sipfrag", "text/plain", "its Content-Type is not message/sipfrag"},
		{"another state", "terminated;reason=noresource", "active;expires=60", "its Subscription-State is not terminated"},
		{"another report", "\n\nSIP/2.0 200 OK", "\n\nSIP/2.0 100 Trying", "its body does not report 200"},
	} {
		text := strings.ReplaceAll(wire, test.old, test.new)
		if test.old == "" {
			text = wire
		}
		wantProblem(t, test.reason, Flow{calls: "1-2", rules: wireRules}, text, test.err)
	}
}

// TestServersFaults: what a server did to messages is told, even of a ladder that is not whole.
func TestServersFaults(t *testing.T) {
	last := strings.LastIndex(wire, "server alice F2")
	for _, test := range []struct{ reason, text, err string }{
		{"a Call-ID of its own", wire[:last] + strings.Replace(wire[last:], "Call-ID: one", "Call-ID: two", 1), "F2 200 from server to alice: none with its Call-ID"},
		{"a tag of its own", wire[:last] + strings.Replace(wire[last:], "tag=b", "tag=c", 1), "F2 200 from server to alice: none with its Call-ID, tags"},
		{"a feature dropped", wire[:last] + strings.Replace(wire[last:], `;+sip.rendering="no"`, "", 1), "F2 200 from server to alice: the server changed Contact from"},
		{"Require dropped", strings.Replace(wire, "Require: replaces\nContent-Type: application/sdp\n\nv=0\no=- 7 1 IN IP4 192.0.2.1\nm=audio 4000 RTP/AVP 0\na=sendonly\n\nbob",
			"Content-Type: application/sdp\n\nv=0\no=- 7 1 IN IP4 192.0.2.1\nm=audio 4000 RTP/AVP 0\na=sendonly\n\nbob", 1), "the server changed Require from"},
		{"nobody asserted", strings.ReplaceAll(wire, "Require: replaces\n", "Require: replaces\nReplaces: x;to-tag=1;from-tag=2\n"), "must say who sent it (P-Asserted-Identity)"},
	} {
		f := Flow{calls: "1-2"}
		if err := f.obeyed(sightsOf(t, test.text), false); err == nil || !strings.Contains(err.Error(), test.err) {
			t.Errorf("%s: %v, want %q", test.reason, err, test.err)
		}
	}
}

func TestTransactions(t *testing.T) {
	const ack = "\nalice server F3\nACK sip:bob@192.0.2.2 SIP/2.0\nVia: SIP/2.0/UDP 192.0.2.1:5060;branch=BRANCH\nFrom: <sip:alice@example.test>;tag=a\n" +
		"To: <sip:bob@example.test>;tag=b\nCall-ID: one\nCSeq: 1 ACK\n\n"
	bye := strings.NewReplacer("ACK", "BYE", "F3", "F4", "CSeq: 1", "CSeq: SEQUENCE").Replace(ack)
	byes := func(one, other string) string {
		return strings.NewReplacer("SEQUENCE", one, "BRANCH", "z9hG4bKc").Replace(bye) + strings.NewReplacer("SEQUENCE", other, "BRANCH", "z9hG4bKd").Replace(bye)
	}
	for _, test := range []struct{ reason, text, err string }{
		{"an ACK with a branch of its own", wire + strings.Replace(ack, "BRANCH", "z9hG4bKb", 1), ""},
		{"an ACK to 2xx with the branch of its INVITE", wire + strings.Replace(ack, "BRANCH", "z9hG4bKa", 1), "F3 ACK from alice to server: its branch is that of F1 INVITE from alice to server"},
		{"an ACK to a refusal with the branch of its INVITE", strings.ReplaceAll(wire, "SIP/2.0 200 OK\nVia", "SIP/2.0 486 Busy Here\nVia") + strings.Replace(ack, "BRANCH", "z9hG4bKa", 1), ""},
		{
			"an ACK to a refusal with another one", strings.ReplaceAll(wire, "SIP/2.0 200 OK\nVia", "SIP/2.0 486 Busy Here\nVia") + strings.Replace(ack, "BRANCH", "z9hG4bKb", 1),
			"the ACK to a refusal has the branch of its INVITE",
		},
		{"a branch as in RFC 2543", strings.ReplaceAll(wire, "z9hG4bKa", "1"), `its branch "1" does not begin with z9hG4bK`},
		{
			"an answer to nothing", strings.Replace(wire, "server alice F2\nSIP/2.0 200 OK\nVia: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKa", "server alice F2\nSIP/2.0 200 OK\nVia: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKx", 1),
			"F2 200 from server to alice: its branch and CSeq are of no request to server",
		},
		{"rising CSeq", wire + byes("2", "3"), ""},
		{"CSeq that stays", wire + byes("2", "2"), "its CSeq 2 is not above 2"},
		{"CSeq that falls", wire + byes("3", "2"), "its CSeq 2 is not above 3"},
	} {
		wantProblem(t, test.reason, Flow{calls: "1-4"}, test.text, test.err)
	}
}

// TestCallIDs: one Call-ID in a call, another one in the next.
func TestCallIDs(t *testing.T) {
	two := strings.NewReplacer("F1", "F3", "F2", "F4", "Call-ID: one", "Call-ID: two", "z9hG4bK", "z9hG4bKz").Replace(wire)
	wantProblem(t, "two calls", Flow{calls: "1-2; 3-4"}, wire+"\n"+two, "")
	wantProblem(t, "one call with two Call-IDs", Flow{calls: "1-4"}, wire+"\n"+two, "F3 INVITE from alice to server: its Call-ID is not that of F1, which is the same call")
	same := strings.NewReplacer("F1", "F3", "F2", "F4", "z9hG4bK", "z9hG4bKz", "CSeq: 1", "CSeq: 2").Replace(wire)
	wantProblem(t, "two calls with one Call-ID", Flow{calls: "1-2; 3-4"}, wire+"\n"+same, "has the Call-ID of F1, which is another call")
	wantProblem(t, "calls that can't be read", Flow{calls: "1-x"}, wire, `calls "1-x"`)
}

func wantProblem(t *testing.T, reason string, f Flow, text, want string) {
	t.Helper()
	err := f.obeyed(sightsOf(t, text), true)
	if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
		t.Errorf("%s: %v, want %q", reason, err, want)
	}
}

// TestSpared: phones say nothing of what they lack, and are asked for none of it.
func TestSpared(t *testing.T) {
	all := order.Lacks{Replaces: true, Refer: true, Join: true}
	for _, test := range []struct {
		reason, old, new string
		lacks            order.Lacks
		err              string
	}{
		{"nothing is said", "", "", all, ""},
		{"a phone says it", "Require: replaces", "Supported: timer, replaces", all, "F1 INVITE from alice to server: the phone says that it supports Replaces"},
		{"and may, when it lacks something else", "Require: replaces", "Supported: timer, replaces", order.Lacks{Refer: true}, ""},
		{"another one", "Event: refer", "Allow: INVITE, REFER", all, "F2 200 from bob to server: the phone says that it allows REFER"},
		{"it is asked to join", "Require: replaces", "Join: one;to-tag=b;from-tag=a", all, "F1 INVITE from server to bob: the phone lacks Join"},
	} {
		e := &evidence{}
		text := wire
		if test.old != "" {
			text = strings.ReplaceAll(wire, test.old, test.new)
		}
		got := sightsOf(t, text)
		for i := range got {
			m, _ := sip.Parse(got[i].text)
			e.sights = append(e.sights, sight{&got[i], m})
		}
		err := errors.Join(e.spared(&Flow{Lacks: test.lacks})...)
		if test.err == "" && err != nil || test.err != "" && (err == nil || !strings.Contains(err.Error(), test.err)) {
			t.Errorf("%s: %v", test.reason, err)
		}
	}
}
