package sim

import (
	"fmt"
	"slices"
	"strings"

	"hookflash/sip"
)

// EndState is what the phone ended with, for comparison between runs of one scenario:
// registrations, calls, dialogs, leaks and complaints, one a line. It says nothing of
// how many messages that took.
func (p *Phone) EndState() string {
	var lines []string
	for _, registration := range p.registrations {
		lines = append(lines, fmt.Sprintf("registered %v, %d contacts, code %d",
			registration.Registered, len(registration.Contacts), registration.Code))
	}
	for _, call := range p.calls {
		direction := "to"
		if call.Incoming {
			direction = "from"
		}
		peer := call.Target
		if call.Incoming {
			peer = call.from()
		}
		lines = append(lines, fmt.Sprintf("call %s %s: %s %d", direction, peer, call.State(), call.FinalCode))
	}
	lines = append(lines, fmt.Sprintf("dialogs: %d", len(p.Dialogs())))
	for _, leak := range p.Leaks() {
		lines = append(lines, "leak: "+leak)
	}
	for _, complaint := range p.Complaints {
		lines = append(lines, "complaint: "+complaint)
	}
	slices.Sort(lines)
	return p.config.Name + "\n  " + strings.Join(lines, "\n  ") + "\n"
}

func (c *Call) from() string {
	address, err := sip.ParseAddress(c.server.packet.Message.From())
	if err != nil {
		return c.server.packet.Message.From()
	}
	return address.Text
}

// Leaks is what should be gone once the network is quiet: transactions that wait, calls
// without a final response, early dialogs, alarms. Refreshing a registration is none.
func (p *Phone) Leaks() []string {
	var leaks []string
	for _, client := range p.clients {
		leaks = append(leaks, fmt.Sprintf("client transaction %s %s", client.request.method, client.request.uri))
	}
	for _, server := range p.servers {
		leaks = append(leaks, fmt.Sprintf("server transaction %s %s", server.packet.Message.Method(), server.packet.Message.RequestURI()))
	}
	for _, call := range p.calls {
		if call.State() == Calling || call.State() == Ringing {
			leaks = append(leaks, fmt.Sprintf("call %s is %s", call.Target, call.State()))
		}
	}
	for _, dialog := range p.dialogs {
		if dialog.state == early && dialog.call.Over() {
			leaks = append(leaks, "early dialog of "+dialog.call.Target)
		}
	}
	for _, set := range p.alarms {
		if !set.routine {
			leaks = append(leaks, "alarm")
		}
	}
	slices.Sort(leaks)
	return leaks
}
