package flow

import (
	"strings"
	"testing"
)

// routedWire is a call that was forwarded, as text: F1 is challenged by F2 and comes again as F3, F4 is the
// 181, F5 goes to Carol, whose phone rings (F6), and the server refuses it in the end (F7). Each test changes a
// piece of it.
const routedWire = `alice server F1
INVITE sip:bob@192.0.2.2 SIP/2.0
Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKa
Route: <sip:192.0.2.10:5060;lr>
From: <sip:alice@example.test>;tag=a
To: <sip:bob@example.test>
Call-ID: one
CSeq: 1 INVITE
Contact: <sip:alice@192.0.2.1>
Supported: 199, timer

server alice F2
SIP/2.0 407 Proxy Authentication Required
Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKa
From: <sip:alice@example.test>;tag=a
To: <sip:bob@example.test>;tag=q
Call-ID: one
CSeq: 1 INVITE
Contact: <sip:192.0.2.10:5060>
Proxy-Authenticate: Digest realm="example.test", nonce="n1", algorithm=SHA-256, qop="auth"
Proxy-Authenticate: Digest realm="example.test", nonce="n1", algorithm=MD5, qop="auth"

alice server F3
INVITE sip:bob@192.0.2.2 SIP/2.0
Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKb
Route: <sip:192.0.2.10:5060;lr>
From: <sip:alice@example.test>;tag=a
To: <sip:bob@example.test>
Call-ID: one
CSeq: 2 INVITE
Contact: <sip:alice@192.0.2.1>
Supported: 199, timer
Proxy-Authorization: Digest username="alice", realm="example.test", nonce="n1", uri="sip:bob@192.0.2.2", response="0123456789abcdef0123456789abcdef", algorithm=MD5, qop=auth, nc=00000001, cnonce="c"

server alice F4
SIP/2.0 181 Call Is Being Forwarded
Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKb
From: <sip:alice@example.test>;tag=a
To: <sip:bob@example.test>;tag=s
Call-ID: one
CSeq: 2 INVITE

server carol F5
INVITE sip:carol@192.0.2.3 SIP/2.0
Via: SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bKs
Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKb
From: <sip:alice@example.test>;tag=a
To: <sip:bob@example.test>
Call-ID: one
CSeq: 2 INVITE
Contact: <sip:alice@192.0.2.1>
Supported: 199, timer
History-Info: <sip:bob@example.test?Reason=SIP%3Bcause%3D486>;index=1
History-Info: <sip:carol@example.test>;index=1.1;mp=1
Diversion: <sip:bob@example.test>;reason=user-busy

carol server F6
SIP/2.0 180 Ringing
Via: SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bKs
Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKb
From: <sip:alice@example.test>;tag=a
To: <sip:bob@example.test>;tag=c
Call-ID: one
CSeq: 2 INVITE

server alice F6
SIP/2.0 180 Ringing
Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKb
From: <sip:alice@example.test>;tag=a
To: <sip:bob@example.test>;tag=c
Call-ID: one
CSeq: 2 INVITE

server alice F7
SIP/2.0 403 Screening Failure (Originating)
Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKb
From: <sip:alice@example.test>;tag=a
To: <sip:bob@example.test>;tag=r
Call-ID: one
CSeq: 2 INVITE
Error-Info: <sip:bob@192.0.2.2>
`

var routedRules = []rule{
	leadsToServer(2), credentials(2, 3), routed(1, 3), announced(4), undiverted(1, 3), diverted("bob", 486, 5), anotherDialog(4, 6),
	status(403, "Screening Failure (Originating)", 7), explained(7, 3),
}

func TestRoutedRules(t *testing.T) {
	for _, test := range []struct{ reason, old, new, err string }{
		{"all is right", "", "", ""},
		{"nobody to go through", "Contact: <sip:192.0.2.10:5060>\n", "", `F2 407 from server to alice: its Contact ""`},
		{"a person to go through", "<sip:192.0.2.10:5060>\n", "<sip:bob@192.0.2.10:5060>\n", "its Contact is no server"},
		{"somebody else to go through", "<sip:192.0.2.10:5060>\n", "<sip:192.0.2.66:5060>\n", "and not where the Contact leads"},
		{"another nonce", `alice", realm="example.test", nonce="n1"`, `alice", realm="example.test", nonce="n2"`, `F3 INVITE from alice to server: it answers nonce "n2", which F2 did not give`},
		{"another algorithm", "algorithm=MD5, qop=auth,", "algorithm=SHA-512-256, qop=auth,", "which F2 did not give for its realm and algorithm"},
		{"no credentials", "Proxy-Authorization: Digest", "Subject: Digest", "its Proxy-Authorization"},
		{"the Route is lost", "branch=z9hG4bKb\nRoute: <sip:192.0.2.10:5060;lr>", "branch=z9hG4bKb", "F3 INVITE from alice to server: it has no Route"},
		{"the Route is another", "branch=z9hG4bKb\nRoute: <sip:192.0.2.10:5060;lr>", "branch=z9hG4bKb\nRoute: <sip:192.0.2.10;lr>", "and was \"<sip:192.0.2.10:5060;lr>\""},
		{"a 181 of no user agent", ";tag=s", "", "F4 181 from server to alice: it has no tag"},
		{"a 181 of the phone's dialog", ";tag=s", ";tag=c", `F6 180 from carol to server has its tag: "c"`},
		{"a 181 of a dialog", ";tag=s", ";tag=s\nContact: <sip:192.0.2.10>", "as if there were a dialog"},
		{"a reliable 181", ";tag=s", ";tag=s\nRequire: 100rel\nRSeq: 1", "as if there were a dialog"},
		{"it was forwarded before", "branch=z9hG4bKa\nRoute", "branch=z9hG4bKa\nDiversion: <sip:x@example.test>\nRoute", "F1 INVITE from alice to server: it has History-Info or Diversion"},
		{"no history", "History-Info: <sip:carol@example.test>;index=1.1;mp=1\n", "", "its History-Info is not of index 1 and of 1.1;mp=1"},
		{"a history that can't be read", "index=1.1;mp=1", "index=x", "its History-Info"},
		{"of somebody else", "History-Info: <sip:bob@", "History-Info: <sip:bill@", "does not begin with bob, cause 486"},
		{"for another cause", "cause%3D486", "cause%3D302", "does not begin with bob, cause 486"},
		{"diverted by somebody else", "Diversion: <sip:bob@", "Diversion: <sip:carol@", "its Diversion is not by bob for user-busy"},
		{"diverted for something else", "reason=user-busy", "reason=no-answer", "its Diversion is not by bob for user-busy"},
		{"not diverted", "Diversion: <sip:bob@example.test>;reason=user-busy\n", "", "its Diversion is not by bob"},
		{"the dialog of who was cancelled", ";tag=c", ";tag=s", "its tag \"s\" in To is that of F4, which was cancelled"},
		{"another refusal", "403 Screening Failure (Originating)", "403 Forbidden", "it says 403 Forbidden and should say 403 Screening Failure (Originating)"},
		{"no explanation", "Error-Info: <sip:bob@192.0.2.2>\n", "", "its Error-Info"},
		{"a page", "Error-Info: <sip:bob@192.0.2.2>", "Error-Info: <http://192.0.2.10/>", "its Error-Info leads to no SIP address"},
		{"another call", "Error-Info: <sip:bob@192.0.2.2>", "Error-Info: <sip:announce@192.0.2.2>", "F3 calls sip:bob@192.0.2.2 and not the Error-Info"},
	} {
		text := routedWire
		if test.old != "" {
			text = strings.ReplaceAll(text, test.old, test.new)
		}
		wantProblem(t, test.reason, Flow{calls: "1-7", makes: "2 4 7", rules: routedRules}, text, test.err)
	}
	wantProblem(t, "arrows that can't be read", Flow{makes: "x"}, routedWire, `"x"`)
	wantProblem(t, "what the server makes without being told", Flow{makes: "2 4"}, routedWire, "F7 403 from server to alice: none with its Call-ID, tags and CSeq")
}

// TestOneHop: a CANCEL has the branch of its INVITE and its 200 that, too; a 199 is of an early dialog, for
// who knows what it is.
func TestOneHop(t *testing.T) {
	cancel := strings.NewReplacer("F5", "F8", "INVITE", "CANCEL").Replace(routedWire[strings.Index(routedWire, "server carol F5"):strings.Index(routedWire, "carol server F6")])
	ok := strings.NewReplacer("F6", "F9", "180 Ringing", "200 OK", "INVITE", "CANCEL", "tag=c", "tag=x").Replace(
		routedWire[strings.Index(routedWire, "carol server F6"):strings.Index(routedWire, "server alice F6")])
	gone := strings.NewReplacer("F6", "F0", "180 Ringing", "199 Early Dialog Terminated").Replace(
		routedWire[strings.Index(routedWire, "server alice F6"):strings.Index(routedWire, "server alice F7")])
	end := strings.Index(routedWire, "server alice F7")
	whole := routedWire[:end] + cancel + ok + gone + routedWire[end:]
	for _, test := range []struct{ reason, old, new, err string }{
		{"all is right", "", "", ""},
		{"a CANCEL of nothing", "CANCEL sip:carol@192.0.2.3 SIP/2.0\nVia: SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bKs", "CANCEL sip:carol@192.0.2.3 SIP/2.0\nVia: SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bKx", "F8 CANCEL from server to carol: a CANCEL has the branch of its INVITE"},
		{"no CANCEL that was answered", "CSeq: 2 CANCEL\nContact", "CSeq: 3 CANCEL\nContact", "F9 200 from carol to server: its branch and CSeq are of no request"},
		{"nobody asked for 199", "Supported: 199, timer", "Supported: timer", "199 from server to alice: its INVITE does not support 199"},
		{"199 of no dialog", "199 Early Dialog Terminated\nVia: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKb\nFrom: <sip:alice@example.test>;tag=a\nTo: <sip:bob@example.test>;tag=c", "199 Early Dialog Terminated\nVia: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKb\nFrom: <sip:alice@example.test>;tag=a\nTo: <sip:bob@example.test>;tag=y", "is of no early dialog"},
	} {
		text := whole
		if test.old != "" {
			text = strings.ReplaceAll(text, test.old, test.new)
		}
		wantProblem(t, test.reason, Flow{makes: "0 2 4 7 8"}, text, test.err)
	}
}
