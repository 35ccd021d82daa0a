package registrar

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"hookflash/machine"
	"hookflash/sip"
)

// step is one REGISTER and what must come of it.
type step struct {
	after    time.Duration // since the start
	request  request
	code     int
	contacts string // of the response
	header   string // "Name: value" that must be in the response
}

func lines(all ...string) []string { return all }

func TestSteps(t *testing.T) {
	const phone = "Contact: <sip:alice@127.9.9.2:5080>"
	tests := []struct {
		reason string
		steps  []step
	}{
		{"§10.3 step 1: the Request-URI names a domain that is not ours", []step{
			{request: request{uri: "sip:elsewhere.test", lines: lines(phone)}, code: 404},
		}},
		{"§10.3 step 1: a name of ours in other letters is ours, and so is the address we listen on", []step{
			{request: request{uri: "sip:Example.TEST", lines: lines(phone)}, code: 200, contacts: "<sip:alice@127.9.9.2:5080>;expires=3600"},
			{request: request{uri: "sip:198.51.100.1", cseq: 2}, code: 200, contacts: "<sip:alice@127.9.9.2:5080>;expires=3600"},
		}},
		{"§8.2.2.3: a required extension that we don't know is listed in Unsupported", []step{
			{request: request{lines: lines("Require: path, nosuch", "Require: other", phone)}, code: 420, header: "Unsupported: nosuch, other"},
		}},
		{"§10.3 step 4: a user who may not modify the bindings of another: 403", []step{
			{request: request{from: "<sip:alice@example.test>", to: "<sip:bob@example.test>", lines: lines(phone)}, code: 403},
			{request: request{from: "<sip:stranger@example.test>", to: "<sip:bob@example.test>", lines: lines(phone)}, code: 403},
			{request: request{from: "<sip:bob@elsewhere.test>", to: "<sip:bob@example.test>", lines: lines(phone)}, code: 403},
		}},
		{"§10.3 step 5: the address of record is not valid for the domain: 404", []step{
			{request: request{to: "<sip:alice@elsewhere.test>", from: "<sip:alice@example.test>", lines: lines(phone)}, code: 404},
			{request: request{user: "nosuch", lines: lines(phone)}, code: 404},
		}},
		{"§10.3 step 5: escapes are undone, parameters and the display name removed", []step{
			{request: request{to: `"Alice" <sip:%61lice@EXAMPLE.test:5060;user=phone>`, from: "<sip:alice@example.test>", lines: lines(phone)}, code: 200, contacts: "<sip:alice@127.9.9.2:5080>;expires=3600"},
			{request: request{cseq: 2}, code: 200, contacts: "<sip:alice@127.9.9.2:5080>;expires=3600"},
			{request: request{cseq: 3, to: "<sip:alice@example.org>"}, code: 200, contacts: "<sip:alice@127.9.9.2:5080>;expires=3600"},
		}},
		{"§10.3 step 6: without Contact, the bindings are listed and nothing changes", []step{
			{request: request{}, code: 200},
			{request: request{cseq: 2, lines: lines("Expires: 0")}, code: 200},
		}},
		{"§10.3 step 6: * needs an Expires of zero and no other Contact: 400", []step{
			{request: request{lines: lines(phone)}, code: 200, contacts: "<sip:alice@127.9.9.2:5080>;expires=3600"},
			{request: request{cseq: 2, lines: lines("Contact: *")}, code: 400},
			{request: request{cseq: 2, lines: lines("Contact: *", "Expires: 10")}, code: 400},
			{request: request{cseq: 2, lines: lines("Contact: *", phone, "Expires: 0")}, code: 400},
			{request: request{cseq: 2, lines: lines(phone, "Contact: *", "Expires: 0")}, code: 400},
			{request: request{cseq: 2, lines: lines("Contact: *", "Contact: *", "Expires: 0")}, code: 400},
			{request: request{cseq: 3}, code: 200, contacts: "<sip:alice@127.9.9.2:5080>;expires=3600"},
		}},
		{"§10.3 step 6: * removes each binding; of the same Call-ID only with a higher CSeq", []step{
			{request: request{cseq: 5, lines: lines(phone)}, code: 200, contacts: "<sip:alice@127.9.9.2:5080>;expires=3600"},
			{request: request{cseq: 5, branch: "z9hG4bK-star", lines: lines("Contact: *", "Expires: 0")}, code: 500},
			{request: request{cseq: 4, lines: lines("Contact: *", "Expires: 0")}, code: 500},
			{request: request{cseq: 6, lines: lines("Contact: *", "Expires: 0")}, code: 200},
			{request: request{cseq: 6, lines: lines("Contact: *", "Expires: 0")}, code: 200},
		}},
		{"§10.3 step 6: * of another Call-ID removes whatever the CSeq", []step{
			{request: request{cseq: 5, lines: lines(phone)}, code: 200, contacts: "<sip:alice@127.9.9.2:5080>;expires=3600"},
			{request: request{callID: "other", lines: lines("Contact: *", "Expires: 0")}, code: 200},
		}},
		{"§10.3 step 7: the expires parameter goes before the Expires header field, and that before the default", []step{
			{request: request{lines: lines(phone+";expires=120", "Contact: <sip:alice@127.9.9.3>", "Expires: 300")}, code: 200, contacts: "<sip:alice@127.9.9.2:5080>;expires=120 | <sip:alice@127.9.9.3>;expires=300"},
			{request: request{cseq: 2, lines: lines(phone)}, code: 200, contacts: "<sip:alice@127.9.9.2:5080>;expires=3600 | <sip:alice@127.9.9.3>;expires=300"},
		}},
		{"§10.3 step 7: the registrar may choose less than what was asked for", []step{
			{request: request{lines: lines(phone + ";expires=4294967295")}, code: 200, contacts: "<sip:alice@127.9.9.2:5080>;expires=7200"},
			{request: request{cseq: 2, lines: lines(phone + ";expires=99999999999999999999")}, code: 200, contacts: "<sip:alice@127.9.9.2:5080>;expires=3600"},
			{request: request{cseq: 3, lines: lines(phone + ";expires=99999999999999")}, code: 200, contacts: "<sip:alice@127.9.9.2:5080>;expires=7200"},
		}},
		{"§20.10: a malformed expires is 3600", []step{
			{request: request{lines: lines(phone + ";expires=soon")}, code: 200, contacts: "<sip:alice@127.9.9.2:5080>;expires=3600"},
			{request: request{cseq: 2, lines: lines(phone + ";expires=-1")}, code: 200, contacts: "<sip:alice@127.9.9.2:5080>;expires=3600"},
		}},
		{"§10.3 step 7: too brief is 423 with Min-Expires, and nothing is bound", []step{
			{request: request{lines: lines("Contact: <sip:alice@127.9.9.3>", phone+";expires=59")}, code: 423, header: "Min-Expires: 60"},
			{request: request{cseq: 2}, code: 200},
			{request: request{cseq: 3, lines: lines(phone + ";expires=60")}, code: 200, contacts: "<sip:alice@127.9.9.2:5080>;expires=60"},
		}},
		{"§10.3 step 7: expires 0 removes, what is not there too", []step{
			{request: request{lines: lines(phone, "Contact: <sip:alice@127.9.9.3>")}, code: 200, contacts: "<sip:alice@127.9.9.2:5080>;expires=3600 | <sip:alice@127.9.9.3>;expires=3600"},
			{request: request{cseq: 2, lines: lines(phone + ";expires=0")}, code: 200, contacts: "<sip:alice@127.9.9.3>;expires=3600"},
			{request: request{cseq: 3, lines: lines(phone + ";expires=0")}, code: 200, contacts: "<sip:alice@127.9.9.3>;expires=3600"},
			{request: request{cseq: 4, lines: lines("Contact: <sip:alice@127.9.9.3>", "Expires: 0")}, code: 200},
		}},
		{"§19.1.4: the contact of a binding is found by comparing URIs", []step{
			{request: request{lines: lines("Contact: <sip:Alice@Phone.example.com;transport=udp;x=1>")}, code: 200, contacts: "<sip:Alice@Phone.example.com;transport=udp;x=1>;expires=3600"},
			{request: request{cseq: 2, lines: lines("Contact: <sip:%41lice@phone.EXAMPLE.com;transport=UDP>;expires=60")}, code: 200, contacts: "<sip:%41lice@phone.EXAMPLE.com;transport=UDP>;expires=60"},
			{request: request{cseq: 3, lines: lines("Contact: <sip:alice@phone.example.com;transport=udp>;expires=60")}, code: 200, contacts: "<sip:%41lice@phone.EXAMPLE.com;transport=UDP>;expires=60 | <sip:alice@phone.example.com;transport=udp>;expires=60"},
		}},
		{"§10.3 step 7: a lower CSeq of the same Call-ID is out of order, and none of the request is carried out", []step{
			{request: request{cseq: 5, lines: lines(phone)}, code: 200, contacts: "<sip:alice@127.9.9.2:5080>;expires=3600"},
			{request: request{cseq: 4, lines: lines("Contact: <sip:alice@127.9.9.3>", phone)}, code: 500},
			{request: request{cseq: 5, branch: "z9hG4bK-other", lines: lines("Contact: <sip:alice@127.9.9.3>", phone)}, code: 500},
			{request: request{cseq: 5, branch: "z9hG4bK-other", lines: lines(phone + ";expires=0")}, code: 500},
			{request: request{cseq: 6}, code: 200, contacts: "<sip:alice@127.9.9.2:5080>;expires=3600"},
		}},
		{"§10.3 step 7: another Call-ID updates whatever its CSeq: the phone has restarted", []step{
			{request: request{cseq: 5, lines: lines(phone)}, code: 200, contacts: "<sip:alice@127.9.9.2:5080>;expires=3600"},
			{request: request{cseq: 1, callID: "later", lines: lines(phone + ";expires=90")}, code: 200, contacts: "<sip:alice@127.9.9.2:5080>;expires=90"},
		}},
		{"a retransmission is answered like the request, with what is left of the time", []step{
			{request: request{lines: lines(phone)}, code: 200, contacts: "<sip:alice@127.9.9.2:5080>;expires=3600"},
			{after: 500 * time.Millisecond, request: request{lines: lines(phone)}, code: 200, contacts: "<sip:alice@127.9.9.2:5080>;expires=3599"},
			{after: 4 * time.Second, request: request{lines: lines(phone)}, code: 200, contacts: "<sip:alice@127.9.9.2:5080>;expires=3596"},
		}},
		{"a request that was overtaken by the removal of its binding does not bring it back", []step{
			{request: request{cseq: 1, lines: lines(phone)}, code: 200, contacts: "<sip:alice@127.9.9.2:5080>;expires=3600"},
			{request: request{cseq: 2, lines: lines(phone + ";expires=0")}, code: 200},
			{request: request{cseq: 1, lines: lines(phone)}, code: 500},
			{request: request{cseq: 3, lines: lines(phone)}, code: 200, contacts: "<sip:alice@127.9.9.2:5080>;expires=3600"},
			{request: request{cseq: 4, lines: lines("Contact: *", "Expires: 0")}, code: 200},
			{request: request{cseq: 3, lines: lines(phone)}, code: 500},
			{after: time.Minute, request: request{cseq: 3, lines: lines(phone)}, code: 200, contacts: "<sip:alice@127.9.9.2:5080>;expires=3600"},
		}},
		{"the same request may swap contacts, and its retransmission is answered 200", []step{
			{request: request{lines: lines(phone)}, code: 200, contacts: "<sip:alice@127.9.9.2:5080>;expires=3600"},
			{request: request{cseq: 2, lines: lines(phone+";expires=0", "Contact: <sip:alice@127.9.9.3>")}, code: 200, contacts: "<sip:alice@127.9.9.3>;expires=3600"},
			{request: request{cseq: 2, lines: lines(phone+";expires=0", "Contact: <sip:alice@127.9.9.3>")}, code: 200, contacts: "<sip:alice@127.9.9.3>;expires=3600"},
		}},
		{"a contact that stands twice is a mistake", []step{
			{request: request{lines: lines(phone, phone)}, code: 400},
			{request: request{cseq: 2, lines: lines(phone, "Contact: <sip:alice@127.9.9.2:5080;x=y>")}, code: 400},
			{request: request{cseq: 3}, code: 200},
		}},
		{"§10.3 step 8: expired bindings are not listed, and make room", []step{
			{request: request{lines: lines(phone + ";expires=60")}, code: 200, contacts: "<sip:alice@127.9.9.2:5080>;expires=60"},
			{after: time.Minute, request: request{cseq: 2}, code: 200},
			{after: time.Minute, request: request{cseq: 3, lines: lines("Contact: <sip:alice@127.9.9.3>")}, code: 200, contacts: "<sip:alice@127.9.9.3>;expires=3600"},
		}},
		{"§20.10: q and other parameters come back as they were; expires, q and GRUUs of the phone's making don't", []step{
			{request: request{lines: lines(`Contact: "A" <sip:alice@127.9.9.2:5080>;q=0.7;methods="INVITE,BYE";expires=60;pub-gruu="sip:bob@example.test;gr=x"`)}, code: 200, contacts: `<sip:alice@127.9.9.2:5080>;expires=60;q=0.700;methods="INVITE,BYE"`},
			{request: request{cseq: 2, lines: lines(phone + ";q=1.000")}, code: 200, contacts: "<sip:alice@127.9.9.2:5080>;expires=3600"},
			{request: request{cseq: 3, lines: lines(phone + ";q=0")}, code: 200, contacts: "<sip:alice@127.9.9.2:5080>;expires=3600;q=0.000"},
			{request: request{cseq: 4, lines: lines(phone + ";q=1.1")}, code: 400},
			{request: request{cseq: 4, lines: lines(phone + ";q=0.1234")}, code: 400},
			{request: request{cseq: 4, lines: lines(phone + ";q=high")}, code: 400},
		}},
		{"RFC 3608 §6.3 and RFC 3261 §20.17: a 200 has a Date; Service-Route only where it is set", []step{
			{request: request{lines: lines(phone)}, code: 200, contacts: "<sip:alice@127.9.9.2:5080>;expires=3600", header: "Date: Fri, 01 May 2026 12:00:00 GMT"},
		}},
		{"only SIP URIs can be called through a proxy", []step{
			{request: request{lines: lines("Contact: <tel:+15550100>")}, code: 403},
			{request: request{lines: lines("Contact: <mailto:alice@example.com>")}, code: 403},
			{request: request{lines: lines("Contact: <sips:alice@phone.example.com>")}, code: 200, contacts: "<sips:alice@phone.example.com>;expires=3600"},
		}},
		{"RFC 5627 §5.1 and common sense: a contact that is the address of record itself is a loop", []step{
			{request: request{lines: lines("Contact: <sip:alice@example.test>")}, code: 403},
			{request: request{lines: lines("Contact: <sip:%61lice@example.org:5070;x=y>")}, code: 403},
			{request: request{lines: lines("Contact: <sip:alice@example.test;gr=urn:x>")}, code: 403},
			{request: request{lines: lines("Contact: <sip:bob@example.test>")}, code: 200, contacts: "<sip:bob@example.test>;expires=3600"},
		}},
		{"RFC 4475 §3.3.14: with header fields it is another URI, which is kept as it is", []step{
			{
				request: request{lines: lines("Contact: <sip:alice@example.test?Route=%3Csip:sip.example.com%3E>")}, code: 200,
				contacts: "<sip:alice@example.test?Route=%3Csip:sip.example.com%3E>;expires=3600",
			},
		}},
		{"§10.3 step 5 and RFC 4475 §3.3.4: an address of record is a SIP URI: 400", []step{
			{request: request{to: "isbn:2983792873", from: "<sip:alice@example.test>", lines: lines("Contact: <name:John_Smith>")}, code: 400},
			{request: request{to: "<tel:+15550100>", from: "<sip:alice@example.test>", lines: lines(phone)}, code: 400},
		}},
		{"a Path that carries header fields is none (§19.1.1 table 1)", []step{
			{request: request{lines: lines(phone, "Supported: path", "Path: <sip:192.0.2.3;lr?Route=%3Csip:192.0.2.4%3E>")}, code: 400},
		}},
	}
	for _, test := range tests {
		t.Run(test.reason, func(t *testing.T) {
			d := newDomain(t)
			for i, s := range test.steps {
				response := d.send(t, start.Add(s.after), s.request)
				if response.StatusCode() != s.code {
					t.Fatalf("step %d: got %d %s, want %d", i+1, response.StatusCode(), response.Reason(), s.code)
				}
				if got := contacts(response); got != s.contacts {
					t.Errorf("step %d: bindings\n got %s\nwant %s", i+1, got, s.contacts)
				}
				if s.header != "" && !strings.Contains(response.Text(), "\r\n"+s.header+"\r\n") {
					t.Errorf("step %d: no %q in\n%s", i+1, s.header, response.Text())
				}
			}
		})
	}
}

// RFC 3261 §10.3 step 7: the updates must be committed if and only if all succeed;
// otherwise the request fails with 500.
func TestDurable(t *testing.T) {
	d := newDomain(t)
	_, out := d.step(t, start, request{lines: lines("Contact: <sip:alice@127.9.9.2:5080>")})
	send := out.Sends[0]
	if len(out.Changes) != 1 || send.Durable != 1 {
		t.Fatalf("the 200 waits for the one change: %d changes, waits for %d", len(out.Changes), send.Durable)
	}
	failure, err := sip.Parse(string(send.Otherwise))
	if err != nil || failure.StatusCode() != 500 || failure.CallID() != "call-1" || contacts(failure) != "" {
		t.Errorf("a change that is not kept is answered 500 without bindings: %v\n%s", err, send.Otherwise)
	}
	_, out = d.step(t, start, request{cseq: 2})
	if len(out.Changes) != 0 || out.Sends[0].Durable != 0 {
		t.Errorf("a query changes nothing and waits for nothing: %v", out.Changes)
	}
	_, out = d.step(t, start, request{cseq: 3, lines: lines("Contact: *", "Expires: 0")})
	if change, ok := out.Changes[0].(Change); !ok || change.New != nil || change.Old == nil {
		t.Errorf("without bindings there is no record: %+v", out.Changes)
	}
}

// What a record keeps must not hold on to the message it came in.
func TestRecord(t *testing.T) {
	d := newDomain(t)
	agent := "User-Agent: phone/1 " + strings.Repeat("x", 300)
	d.send(t, start, request{lines: lines("Contact: <sip:alice@127.9.9.2:5080>;q=0.5;+audio", agent)})
	record := d.records["alice@example.test"]
	if record == nil || len(record.Bindings) != 1 {
		t.Fatal("one record with one binding under the canonical address of record")
	}
	b := record.Bindings[0]
	want := Binding{
		Contact: "sip:alice@127.9.9.2:5080", Parameters: ";+audio", Q: 500, Expires: start.Add(time.Hour), CallID: "call-1", CSeq: 1,
		Flow: b.Flow, UserAgent: agent[len("User-Agent: "):][:MaxUserAgent],
	}
	if fmt.Sprintf("%+v", b) != fmt.Sprintf("%+v", want) {
		t.Errorf("binding\n got %+v\nwant %+v", b, want)
	}
	d.send(t, start, request{cseq: 2, lines: lines("Contact: <sip:alice@127.9.9.2:5080>;q=0.5;+audio", agent)})
	if record.Bindings[0].CSeq != 1 || d.records["alice@example.test"].Bindings[0].CSeq != 2 {
		t.Error("a record is never changed; a new one takes its place")
	}
}

func TestLimits(t *testing.T) {
	d := newDomain(t)
	var ten []string
	for i := range 10 {
		ten = append(ten, fmt.Sprintf("Contact: <sip:alice@127.9.9.3:%d>", 6000+i))
	}
	eleventh := "Contact: <sip:alice@127.9.9.4>"
	tests := []struct {
		reason string
		lines  []string
		code   int
	}{
		{"ten contacts are let in", ten, 200},
		{"an eleventh is not", lines(eleventh), 403},
		{"in place of another it is", lines(ten[0]+";expires=0", eleventh), 200},
		{"eleven in one request are too many to look at", append(ten[:10:10], eleventh), 403},
		{"a contact has a length", lines("Contact: <sip:alice@127.9.9.2;x=" + strings.Repeat("y", MaxContact) + ">"), 400},
		{"its parameters have one", lines("Contact: <sip:alice@127.9.9.2>;x=" + strings.Repeat("y", MaxParameters)), 400},
		{"an instance has one", lines(`Contact: <sip:alice@127.9.9.2>;+sip.instance="<urn:` + strings.Repeat("y", MaxInstance) + `>"`), 400},
		{"a path has one", lines(eleventh, "Supported: path", "Path: <sip:"+strings.Repeat("p", MaxPath)+".example.com;lr>"), 400},
		{"and a number of values", append(lines(eleventh, "Supported: path"), strings.Split(strings.Repeat("Path: <sip:p.example.com;lr>|", MaxPathValues)+"Path: <sip:p.example.com;lr>", "|")...), 400},
	}
	for i, test := range tests {
		response := d.send(t, start, request{cseq: i + 1, lines: test.lines})
		if response.StatusCode() != test.code {
			t.Errorf("%s: got %d %s, want %d", test.reason, response.StatusCode(), response.Reason(), test.code)
		}
	}
}

func TestFlowBound(t *testing.T) {
	const instance = `;+sip.instance="<urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6>"`
	tests := []struct {
		reason    string
		transport machine.Transport
		via       string
		source    string
		contact   string
		want      bool
	}{
		{"registered from one port, to be called at another", machine.UDP, "127.9.9.2:5090", "127.9.9.2:5090", "<sip:alice@127.9.9.2:5080>", false},
		{"a phone where it says to be is called there", machine.UDP, "127.9.9.2:5090", "127.9.9.2:5090", "<sip:alice@127.9.9.2:5090>", false},
		{"a phone behind a NAT", machine.UDP, "192.168.1.7:5060", "10.0.0.1:34567", "<sip:alice@192.168.1.7>", true},
		{"a NAT that keeps the address but not the port", machine.UDP, "10.0.0.1", "10.0.0.1:34567", "<sip:alice@10.0.0.1:5060>", true},
		{"a phone that registers somebody else's address from behind a NAT", machine.UDP, "192.168.1.7:5060", "10.0.0.1:34567", "<sip:alice@192.168.1.8>", false},
		{"a stream from the contact's host", machine.TCP, "10.0.0.1:5062", "10.0.0.1:34567", "<sip:alice@10.0.0.1:5060;transport=tcp>", true},
		{"a stream from another host", machine.TCP, "10.0.0.1:5062", "10.0.0.1:34567", "<sip:alice@10.0.0.2:5060;transport=tcp>", false},
		{"WebSocket", machine.WS, "df7jal23ls0d.invalid", "10.0.0.1:34567", "<sip:alice@10.9.9.9;transport=ws>", true},
		{"a name that can't be resolved", machine.TCP, "phone.example.com", "10.0.0.1:34567", "<sip:alice@df7jal23ls0d.Invalid>", true},
		{"outbound asks for it", machine.UDP, "127.9.9.2:5090", "127.9.9.2:5090", "<sip:alice@127.9.9.2:5080>;reg-id=1" + instance, true},
		{"a reg-id without instance is ignored", machine.UDP, "127.9.9.2:5090", "127.9.9.2:5090", "<sip:alice@127.9.9.2:5080>;reg-id=1", false},
	}
	for _, test := range tests {
		t.Run(test.reason, func(t *testing.T) {
			d := newDomain(t)
			response := d.send(t, start, request{via: test.via, source: test.source, transport: test.transport, lines: lines("Contact: " + test.contact)})
			if response.StatusCode() != 200 {
				t.Fatalf("%d %s", response.StatusCode(), response.Reason())
			}
			b := d.records["alice@example.test"].Bindings[0]
			if b.FlowBound != test.want {
				t.Errorf("bound to the flow: %v, want %v", b.FlowBound, test.want)
			}
			if b.Flow.Remote.String() != test.source || b.Flow.Transport != test.transport {
				t.Errorf("the flow is where it came from, not %v", b.Flow)
			}
		})
	}
}
