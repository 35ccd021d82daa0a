package proxy

import (
	"fmt"
	"net/netip"
	"runtime"
	"testing"
	"time"

	"hookflash/directory"
	"hookflash/identity"
	"hookflash/machine"
	"hookflash/registrar"
	"hookflash/sip"
)

var start = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

type noUsers struct{}

func (noUsers) User(string) *directory.User         { return nil }
func (noUsers) Group(string) *directory.Group       { return nil }
func (noUsers) Number(string) string                { return "" }
func (noUsers) Calendar(string) *directory.Calendar { return nil }

type oneRecord struct{ record *registrar.Record }

func (o oneRecord) Bindings(string) *registrar.Record { return o.record }

// machineForSizes is a machine whose every user is registered at one phone.
func machineForSizes() *Machine {
	settings := &Settings{
		Domains: []string{"example.test"}, TimerC: 3 * time.Minute,
		Listeners: []Listener{{Transport: machine.UDP, Address: netip.MustParseAddrPort("192.0.2.10:5060"), Host: "192.0.2.10:5060"}},
	}
	record := &registrar.Record{Bindings: []registrar.Binding{{
		Contact: "sip:bob@192.0.2.2:5060", Q: 1000, Expires: start.Add(time.Hour),
		Flow: machine.Flow{Transport: machine.UDP, Remote: netip.MustParseAddrPort("192.0.2.2:5060")},
	}}}
	return New(settings, Views{Users: noUsers{}, Bindings: oneRecord{record}}, [32]byte{1}, start)
}

func heap() uint64 {
	var stats runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&stats)
	return stats.HeapAlloc
}

// TestPendingCall: a call that is being set up is a server and a client transaction. Each
// costs at most 1 KiB beside the messages: the INVITE, its forwarded copy, and the 100.
func TestPendingCall(t *testing.T) {
	const count = 10_000
	who := identity.Identity{Kind: identity.User, User: &directory.User{Name: "alice"}, Asserted: "sip:alice@example.test"}
	packets := make([]machine.Packet, count)
	for i := range packets {
		m, err := sip.Parse(fmt.Sprintf("INVITE sip:bob@example.test SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK%d;rport\r\nMax-Forwards: 70\r\n"+
			"From: <sip:alice@example.test>;tag=a\r\nTo: <sip:bob@example.test>\r\nCall-ID: call-%d\r\nCSeq: 1 INVITE\r\nContact: <sip:alice@192.0.2.1:5060>\r\n"+
			"Content-Length: 0\r\n\r\n", i, i))
		if err != nil {
			t.Fatal(err)
		}
		packets[i] = machine.Packet{Message: m, Flow: machine.Flow{Transport: machine.UDP, Remote: netip.MustParseAddrPort("192.0.2.1:5060")}}
	}
	m := machineForSizes()
	var out machine.Output
	before, sent := heap(), 0
	for _, p := range packets {
		m.Receive(start, p, who, &out)
		for _, send := range out.Sends {
			sent += cap(send.Data)
		}
		out.Reset()
	}
	got := (int(heap()-before) - sent) / count
	if servers, clients, _, _ := m.Pending(); servers != count || clients != count {
		t.Fatalf("%d server and %d client transactions", servers, clients)
	}
	t.Logf("%d octets a call", got)
	if got > 2048 {
		t.Errorf("%d octets for a server and a client transaction", got)
	}
	runtime.KeepAlive(packets)
}

// TestDialogMemory: a call that stands costs at most 512 octets.
func TestDialogMemory(t *testing.T) {
	const count = 100_000
	before := heap()
	table := newDialogTable(start, OwnCalls{})
	for i := range uint64(count) {
		table.put(dialog{key: i + 1, caller: "alice", callee: "bob", deadline: 3600})
	}
	got := (heap() - before) / count
	t.Logf("%d octets a call", got)
	if got > 512 {
		t.Errorf("%d octets", got)
	}
	runtime.KeepAlive(table)
}

// TestDialogSlots: places are used again, and sweeping goes round.
func TestDialogSlots(t *testing.T) {
	table := newDialogTable(start, OwnCalls{})
	for i := range uint64(3 * sweepStep) {
		table.put(dialog{key: i + 1, deadline: int64(i % 3)})
	}
	for i := range uint64(sweepStep) {
		table.drop(3*i + 1)
	}
	table.put(dialog{key: 1 << 60, deadline: 9})
	if table.len() != 2*sweepStep+1 || len(table.slots) != 3*sweepStep {
		t.Fatalf("%d calls in %d slots", table.len(), len(table.slots))
	}
	for range 4 {
		table.sweep(start.Add(2*time.Second), func(*dialog) {})
	}
	if table.len() != sweepStep+1 {
		t.Errorf("%d calls are left of those that end after 2 s and later", table.len())
	}
	for range 4 {
		table.sweep(start.Add(time.Minute), func(*dialog) {})
	}
	if table.len() != 0 || len(table.free) != len(table.slots) {
		t.Errorf("%d calls, %d of %d slots free", table.len(), len(table.free), len(table.slots))
	}
}
