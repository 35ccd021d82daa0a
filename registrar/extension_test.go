package registrar

import (
	"strings"
	"testing"

	"hookflash/machine"
	"hookflash/sip"
)

const (
	instanceOne = `+sip.instance="<urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6>"`
	instanceTwo = `+sip.instance="<urn:uuid:00000000-0000-1000-8000-000A95A0E128>"`
	outbound    = "Supported: path, outbound"
)

func TestExtensions(t *testing.T) {
	const behindProxy = "127.9.9.2:5090;branch=z9hG4bK-edge, SIP/2.0/UDP 192.0.2.7:5060"
	contact := "Contact: <sip:alice@127.9.9.2:5080>;reg-id=1;" + instanceOne
	plain := "Contact: <sip:alice@127.9.9.2:5080>"
	tests := []struct {
		reason string
		steps  []step
	}{
		{"RFC 3327 §5.3: a Path without support for it: 420", []step{
			{request: request{lines: lines(plain, "Path: <sip:p.example.com;lr>")}, code: 420, header: "Unsupported: path"},
		}},
		{"RFC 3327 §5.3: Path is copied into the 200, in its order", []step{
			{request: request{lines: lines(plain, "Supported: path", "Path: <sip:p2.example.com;lr>,<sip:p1.example.com;lr>", "Path: <sip:p0.example.com;lr>")}, code: 200, contacts: "<sip:alice@127.9.9.2:5080>;expires=3600", header: "Path: <sip:p2.example.com;lr>\r\nPath: <sip:p1.example.com;lr>\r\nPath: <sip:p0.example.com;lr>"},
		}},
		{"a Path that is no route is a mistake", []step{
			{request: request{lines: lines(plain, "Supported: path", "Path: <tel:+1>")}, code: 400},
			{request: request{lines: lines(plain, "Supported: path", "Path: <sip:p example>")}, code: 400},
		}},
		{"RFC 5626 §6: a reg-id with an instance, and outbound in Supported: Require says that it is done", []step{
			{request: request{lines: lines(contact, outbound)}, code: 200, contacts: "<sip:alice@127.9.9.2:5080>;expires=3600;reg-id=1;" + instanceOne, header: "Require: outbound"},
		}},
		{"RFC 5626 §6: the binding is found by instance and reg-id, not by URI", []step{
			{request: request{lines: lines(contact, outbound)}, code: 200, contacts: "<sip:alice@127.9.9.2:5080>;expires=3600;reg-id=1;" + instanceOne},
			{request: request{callID: "reboot", lines: lines(strings.Replace(contact, "5080", "5081", 1), outbound)}, code: 200, contacts: "<sip:alice@127.9.9.2:5081>;expires=3600;reg-id=1;" + instanceOne},
			{
				request: request{callID: "flow-2", lines: lines(strings.Replace(strings.Replace(contact, "5080", "5081", 1), "reg-id=1", "reg-id=2", 1), outbound)}, code: 200,
				contacts: "<sip:alice@127.9.9.2:5081>;expires=3600;reg-id=1;" + instanceOne + " | <sip:alice@127.9.9.2:5081>;expires=3600;reg-id=2;" + instanceOne,
			},
			{
				request: request{callID: "other", lines: lines(strings.Replace(strings.Replace(contact, "5080", "5081", 1), instanceOne, instanceTwo, 1)+";expires=0", outbound)}, code: 200,
				contacts: "<sip:alice@127.9.9.2:5081>;expires=3600;reg-id=1;" + instanceOne + " | <sip:alice@127.9.9.2:5081>;expires=3600;reg-id=2;" + instanceOne,
			},
			{
				request: request{callID: "flow-2", cseq: 2, lines: lines(strings.Replace(contact, "reg-id=1", "reg-id=2", 1)+";expires=0", outbound)}, code: 200,
				contacts: "<sip:alice@127.9.9.2:5081>;expires=3600;reg-id=1;" + instanceOne,
			},
		}},
		{"RFC 5626 §6: several lasting contacts, one of them a flow: 400", []step{
			{request: request{lines: lines(contact, "Contact: <sip:alice@127.9.9.3>", outbound)}, code: 400},
			{request: request{lines: lines(contact, "Contact: <sip:alice@127.9.9.3>;expires=0", outbound)}, code: 200, contacts: "<sip:alice@127.9.9.2:5080>;expires=3600;reg-id=1;" + instanceOne},
		}},
		{"RFC 5626 §6: behind a hop without ob, outbound fails: 439", []step{
			{request: request{via: behindProxy, lines: lines(contact, outbound)}, code: 439},
			{request: request{via: behindProxy, lines: lines(contact, outbound, "Path: <sip:edge.example.com;lr>")}, code: 439},
		}},
		{"RFC 5626 §6: or the reg-id is ignored, where the phone does not rely on it", []step{
			{request: request{via: behindProxy, lines: lines(contact)}, code: 200, contacts: "<sip:alice@127.9.9.2:5080>;expires=3600;reg-id=1;" + instanceOne},
			{request: request{via: behindProxy, callID: "other", lines: lines(strings.Replace(contact, "reg-id=1", "reg-id=2", 1) + ";expires=90")}, code: 200, contacts: "<sip:alice@127.9.9.2:5080>;expires=90;reg-id=2;" + instanceOne},
		}},
		{"RFC 5626 §6: behind one with ob it works", []step{
			{request: request{via: behindProxy, lines: lines(contact, outbound, "Path: <sip:edge.example.com;lr;ob>")}, code: 200, contacts: "<sip:alice@127.9.9.2:5080>;expires=3600;reg-id=1;" + instanceOne, header: "Require: outbound"},
		}},
		{"an instance that could not be printed is a mistake", []step{
			{request: request{lines: lines(plain + `;+sip.instance="<urn:a\"b>"`)}, code: 400},
			{request: request{lines: lines(plain + `;+sip.instance=""`)}, code: 400},
		}},
		{"RFC 4475 §3.3.12: a parameter after a bare URI is the Contact's", []step{
			{request: request{lines: lines("Contact: sip:+19725552222@gw1.example.net;unknownparam")}, code: 200, contacts: "<sip:+19725552222@gw1.example.net>;expires=3600;unknownparam"},
		}},
		{"RFC 4475 §3.3.13: a parameter in brackets is the URI's", []step{
			{request: request{lines: lines("Contact: <sip:+19725552222@gw1.example.net;unknownparam>")}, code: 200, contacts: "<sip:+19725552222@gw1.example.net;unknownparam>;expires=3600"},
		}},
		{"RFC 4475 §3.3.14: header fields in a URI are part of it", []step{
			{request: request{lines: lines("Contact: <sip:user@example.com?Route=%3Csip:sip.example.com%3E>")}, code: 200, contacts: "<sip:user@example.com?Route=%3Csip:sip.example.com%3E>;expires=3600"},
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

// RFC 3608 §6.3, RFC 5626 §5.4.
func TestConfigured(t *testing.T) {
	d := newDomain(t)
	d.settings.ServiceRoute = "<sip:198.51.100.1;lr>"
	d.settings.FlowTimer = 120e9
	d.restart()
	registers := request{lines: lines("Contact: <sip:alice@127.9.9.2>;reg-id=1;"+instanceOne, outbound)}
	if response := d.send(t, start, registers); response.Has(sip.HeaderFlowTimer) {
		t.Errorf("no Flow-Timer over UDP, where 24 to 29 s are due (RFC 5626 §4.4.2):\n%s", response.Text())
	}
	registers.transport, registers.cseq = machine.TCP, 2
	response := d.send(t, start, registers)
	if response.Header(sip.HeaderServiceRoute) != d.settings.ServiceRoute || response.Header(sip.HeaderFlowTimer) != "120" {
		t.Errorf("Service-Route and Flow-Timer are as set:\n%s", response.Text())
	}
	if !response.HasToken(sip.HeaderSupported, "path") || response.HasToken(sip.HeaderSupported, "gruu") {
		t.Errorf("RFC 5627 §5.2: gruu is not in Supported of a response:\n%s", response.Text())
	}
}
