package flow

import (
	"strings"
	"testing"

	"hookflash/event/dialoginfo"
)

// told is a pickup on the wire: an INVITE that rings, a subscription to it, and the INVITE that takes it; then a REFER that
// makes no subscription, and the report of one that did.
const told = `alice bob F1
INVITE sip:bob@example.test SIP/2.0
Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKa
From: <sip:alice@example.test>;tag=a
To: <sip:bob@example.test>
Call-ID: one
CSeq: 1 INVITE
Contact: <sip:alice@192.0.2.1>

bob alice F2
SIP/2.0 180 Ringing
Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKa
From: <sip:alice@example.test>;tag=a
To: <sip:bob@example.test>;tag=b
Call-ID: one
CSeq: 1 INVITE
Contact: <sip:bob@example.test;gr=1>

bill bob F3
SUBSCRIBE sip:bob@example.test;gr=1 SIP/2.0
Via: SIP/2.0/UDP 192.0.2.3:5060;branch=z9hG4bKc
From: <sip:bill@example.test>;tag=c
To: <sip:bob@example.test>
Call-ID: two
CSeq: 1 SUBSCRIBE
Contact: <sip:bill@192.0.2.3>
Event: dialog
Expires: 0

bob bill F4
SIP/2.0 200 OK
Via: SIP/2.0/UDP 192.0.2.3:5060;branch=z9hG4bKc
From: <sip:bill@example.test>;tag=c
To: <sip:bob@example.test>;tag=d
Call-ID: two
CSeq: 1 SUBSCRIBE
Contact: <sip:bob@example.test;gr=1>
Expires: 0

bob bill F5
NOTIFY sip:bill@192.0.2.3 SIP/2.0
Via: SIP/2.0/UDP 192.0.2.2:5060;branch=z9hG4bKd
From: <sip:bob@example.test>;tag=d
To: <sip:bill@example.test>;tag=c
Call-ID: two
CSeq: 1 NOTIFY
Contact: <sip:bob@example.test;gr=1>
Event: dialog
Subscription-State: terminated;reason=timeout
Content-Type: application/dialog-info+xml

<?xml version="1.0"?>
<dialog-info xmlns="urn:ietf:params:xml:ns:dialog-info" version="0" state="full" entity="sip:bob@example.test">
<dialog id="1" call-id="one" local-tag="b" remote-tag="a" direction="recipient"><state>early</state>
<remote><target uri="sip:alice@192.0.2.1"/></remote></dialog></dialog-info>

bill alice F7
INVITE sip:alice@192.0.2.1 SIP/2.0
Via: SIP/2.0/UDP 192.0.2.3:5060;branch=z9hG4bKe
From: <sip:bill@example.test>;tag=e
To: <sip:alice@example.test>
Call-ID: three
CSeq: 1 INVITE
Contact: <sip:bill@192.0.2.3>;automaton;+sip.byeless;+sip.rendering="no"
P-Asserted-Identity: <sip:bill@example.test>
Replaces: one;to-tag=a;from-tag=b;early-only

click bob F8
REFER sip:bob@192.0.2.2 SIP/2.0
Via: SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bKf
From: <sip:bob@example.test>;tag=f
To: <sip:bob@example.test;gr=1>
Call-ID: four
CSeq: 1 REFER
Contact: <sip:click@example.test>
Refer-To: <sip:carol@example.test>
Refer-Sub: false
Supported: norefersub

music bob F9
NOTIFY sip:bob@192.0.2.2 SIP/2.0
Via: SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bKg
From: <sip:music@example.test>;tag=g
To: <sip:bob@example.test>;tag=h
Call-ID: five
CSeq: 1 NOTIFY
Contact: <sip:music@example.test>
Event: refer
Subscription-State: terminated;reason=noresource
Content-Type: message/sipfrag;version=2.0

SIP/2.0 200 OK
From: <sip:alice@example.test>;tag=a
To: <sip:bob@example.test>;tag=b
Call-ID: one
Contact: <sip:bob@example.test;gr=1>
`

func TestToldRules(t *testing.T) {
	rules := append(automatic(7),
		toPhone(3), asks(true, 3), grants(3, 4), within(4, 5), versions(5), tells(dialoginfo.Early, "terminated", 5),
		identifies(2, dialoginfo.Recipient, 5), earlyOnly(7), vouched("bill", 7), silent(8), supports("norefersub", 8), ofPhone(8), tellsDialog(2, 9))
	for _, test := range []struct{ reason, old, new, err string }{
		{"all is right", "", "", ""},
		{"all of a user's phones", "SUBSCRIBE sip:bob@example.test;gr=1", "SUBSCRIBE sip:bob@example.test", "is no GRUU"},
		{"a phone's address will do", "SUBSCRIBE sip:bob@example.test;gr=1", "SUBSCRIBE sip:bob@192.0.2.2:5062", ""},
		{"a subscription that lasts", "Event: dialog\nExpires: 0", "Event: dialog\nExpires: 60", "is it to end the subscription: true"},
		{"another package", "Event: dialog\nExpires: 0", "Event: presence\nExpires: 0", "its Event is not dialog"},
		{"for how long is not said", "Contact: <sip:bob@example.test;gr=1>\nExpires: 0\n", "Contact: <sip:bob@example.test;gr=1>\n", "it does not say how long"},
		{"for longer than was asked", "Contact: <sip:bob@example.test;gr=1>\nExpires: 0\n", "Contact: <sip:bob@example.test;gr=1>\nExpires: 60\n", `its Expires is 60, and F3 asked for "0"`},
		{"of another dialog", "To: <sip:bill@example.test>;tag=c", "To: <sip:bill@example.test>;tag=x", "are not those of F4"},
		{"the version stands still", `version="0"`, `version="1"`, "its version is 1 and should be 0"},
		{"what was before is not told", `state="full"`, `state="partial"`, "it is the first one and not full"},
		{"of another call", `call-id="one"`, `call-id="six"`, "it does not name the dialog of F2"},
		{"the tags of the far side", `local-tag="b" remote-tag="a"`, `local-tag="a" remote-tag="b"`, `has local-tag "b" and remote-tag "a"`},
		{"the wrong way", `direction="recipient"`, `direction="initiator"`, "its direction is initiator"},
		{"nowhere to go", `<remote><target uri="sip:alice@192.0.2.1"/></remote>`, "", "where the far side is"},
		{"as RFC 5359 prints it", `<target uri="sip:alice@192.0.2.1"/>`, "<target>sip:alice@192.0.2.1</target>", "<target> has no uri"},
		{"state is not first", "<state>early</state>\n<remote>", "<duration>1</duration><state>early</state>\n<remote>", "state does not come first"},
		{"it was answered", "<state>early</state>", "<state>confirmed</state>", "it tells of no dialog that is early"},
		{"it goes on", "terminated;reason=timeout", "active;expires=5", "its Subscription-State is not terminated"},
		{"something else", "application/dialog-info+xml", "text/plain", "its Content-Type is not application/dialog-info+xml"},
		{"no document", "<?xml", "<xml", "dialog"},
		{"answered calls, too", ";early-only", "", "its Replaces is not early-only"},
		{"nobody vouches", "P-Asserted-Identity: <sip:bill@example.test>\n", "", "its P-Asserted-Identity is not bill"},
		{"somebody may listen", ";automaton", "", "its Contact lacks automaton"},
		{"it would hang up", ";+sip.byeless", "", "its Contact lacks +sip.byeless"},
		{"a subscription is made", "Refer-Sub: false\n", "", "it does not say Refer-Sub: false"},
		{"it can't say so", "Supported: norefersub\n", "", "it does not say Supported: norefersub"},
		{"whichever phone", "To: <sip:bob@example.test;gr=1>", "To: <sip:bob@example.test>", "which is no GRUU"},
		{"the referrer is not told the dialog", "SIP/2.0 200 OK\nFrom: <sip:alice@example.test>;tag=a\n", "SIP/2.0 200 OK\n", "its fragment has From"},
		{"nothing is reported", "SIP/2.0 200 OK\nFrom: <sip:alice@example.test>;tag=a\nTo: <sip:bob@example.test>;tag=b\nCall-ID: one\nContact: <sip:bob@example.test;gr=1>\n", "", "its fragment can't be read"},
	} {
		text := told
		if test.old != "" {
			text = strings.ReplaceAll(text, test.old, test.new)
		}
		wantProblem(t, test.reason, Flow{calls: "1-2", rules: rules}, text, test.err)
	}
}

// TestApart: arrows beside each other wait only for those of their own run.
func TestApart(t *testing.T) {
	const arrows = "F1 alice bob INVITE\nF2 bob alice 200\nF3 carol bob BYE\nF4 bob carol 481\nF5 alice bob ACK"
	const one, other = "alice server INVITE\nserver bob INVITE\nbob server 200\nserver alice 200\n", "carol server BYE\nserver bob BYE\nbob server 481\nserver carol 481\n"
	for _, test := range []struct{ reason, apart, got, err string }{
		{"in the RFC's order", "", one + other, ""},
		{"the other way round", "", other + one, "F3 BYE from carol to server came before F1 INVITE from alice to server"},
		{"it may be", "1-2 | 3-4", other + one, ""},
		{"what follows both waits for both", "1-2 | 3-4", one + "alice server ACK\n", "F5 ACK from alice to server came before F3 BYE from carol to server"},
		{"no range", "1-x", "", "apart"},
	} {
		f := Flow{Arrows: arrows, apart: test.apart}
		want, err := f.hops()
		if err == nil {
			got := test.got
			if test.err == "" {
				got += "alice server ACK\nserver bob ACK\n"
			}
			err = check(want, passed(t, got))
		}
		if (err == nil) != (test.err == "") || err != nil && !strings.Contains(err.Error(), test.err) {
			t.Errorf("%s: %v, want %q", test.reason, err, test.err)
		}
	}
}
