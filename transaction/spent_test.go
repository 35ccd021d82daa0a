package transaction

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"hookflash/machine"
	"hookflash/sip"
)

// TestSpentQueue holds the queue against a list: whatever is added, found and forgotten,
// over the ends of segments.
func TestSpentQueue(t *testing.T) {
	type record struct {
		key      Key
		deadline int64
		payload  string
	}
	rapid.Check(t, func(t *rapid.T) {
		q := newSpentQueue(MaxSpent)
		var list []record
		now := int64(0)
		for range rapid.IntRange(1, 40).Draw(t, "steps") {
			switch rapid.IntRange(0, 1).Draw(t, "step") {
			case 0:
				for range rapid.IntRange(1, 300).Draw(t, "count") {
					r := record{Key{high: rapid.Uint64Range(0, 400).Draw(t, "key")}, now + 1000, strings.Repeat("x", len(list)%7)}
					list = append(list, r)
					q.add(spentOf(r.key, spentAnswer, near), r.deadline, []byte(r.payload))
				}
			case 1:
				now += rapid.Int64Range(0, 1500).Draw(t, "wait")
				q.forget(now)
				for len(list) > 0 && list[0].deadline <= now {
					list = list[1:]
				}
			}
			if q.len() != len(list) {
				t.Fatalf("%d records, want %d", q.len(), len(list))
			}
			latest := map[Key]string{}
			for _, r := range list {
				latest[r.key] = r.payload
			}
			for key := range uint64(401) {
				want, found := latest[Key{high: key}]
				entry, payload := q.find(Key{high: key})
				if found != (entry != nil) || string(payload) != want || found && entry.flow() != near {
					t.Fatalf("key %d: got %v %q, want %v %q", key, entry != nil, payload, found, want)
				}
			}
			if len(q.index) != len(latest) || len(q.segments) > len(list)/segmentSize+2 {
				t.Fatalf("%d keys in the index, want %d; %d segments for %d records", len(q.index), len(latest), len(q.segments), len(list))
			}
		}
	})
}

// TestMaxSpent: in a flood the oldest is forgotten early.
func TestMaxSpent(t *testing.T) {
	const most = 3*segmentSize + 7
	q := newSpentQueue(most)
	for i := range uint64(10 * most) {
		q.add(spentOf(Key{high: i}, spentSilent, near), int64(time.Hour), nil)
	}
	if entry, _ := q.find(Key{high: 9*most - 1}); q.len() != most || len(q.index) != most || entry != nil {
		t.Errorf("%d records", q.len())
	}
	if entry, _ := q.find(Key{high: 9 * most}); entry == nil {
		t.Error("the oldest that is left is found")
	}
	if table := NewTable(newBench(t), [32]byte{1}, start); table.long.most != MaxSpent || table.short.most != MaxSpent {
		t.Error("a table's limit is MaxSpent")
	}
}

// TestFlowsOfRecords: a record gives back the flow it was given.
func TestFlowsOfRecords(t *testing.T) {
	for _, want := range []machine.Flow{
		near, flow(machine.TCP, "[2001:db8::1]:5061"), flow(machine.UDP, "[::ffff:192.0.2.1]:5060"),
		{Transport: machine.Inside},
		{Transport: machine.WSS, Remote: near.Remote, Connection: 1 << 60, Listener: 65535},
	} {
		record := spentOf(Key{}, spentForward, want)
		if got := record.flow(); got.Connection != want.Connection || got.Listener != want.Listener || got.Transport != want.Transport ||
			got.Remote.Addr().Unmap() != want.Remote.Addr().Unmap() && want.Remote.IsValid() {
			t.Errorf("%v came back as %v", want, got)
		}
	}
}

// memory is how many octets of heap something takes that keep holds on to.
func memory(make func() (keep any)) uint64 {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	keep := make()
	runtime.GC()
	runtime.ReadMemStats(&after)
	runtime.KeepAlive(keep)
	return after.HeapAlloc - before.HeapAlloc
}

// TestMemory: a pending transaction costs at most 1 KiB beside its messages, one that
// only absorbs retransmissions at most 200 octets, and none a goroutine.
func TestMemory(t *testing.T) {
	const pending, spent = 10_000, 100_000
	goroutines := runtime.NumGoroutine()
	invite, bye := request(t, "INVITE", "z9hG4bK1", near), request(t, "BYE", "z9hG4bK2", near)
	options := request(t, "OPTIONS", "z9hG4bK3", near)
	data := []byte(invite.Message.Text())
	tied := "Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK1\r\nFrom: <sip:alice@example.test>;tag=a\r\nTo: <sip:bob@example.test>;tag=b\r\nCall-ID: call\r\nCSeq: 1 BYE\r\n"
	response := Response{200, []byte("SIP/2.0 200 OK\r\n" + tied + "Contact: <sip:bob@192.0.2.2:5060>\r\nServer: a phone with a name, version 1.2.3\r\nAllow: INVITE, ACK, BYE, CANCEL, OPTIONS, INFO, UPDATE\r\nContent-Length: 0\r\n\r\n")}
	for _, test := range []struct {
		reason string
		count  int
		most   uint64
		fill   func(table *Table, i int, out *machine.Output)
	}{
		{"a pending server transaction", pending, 1024, func(table *Table, i int, _ *machine.Output) { table.Begin(start, renamed(invite, i)) }},
		{"a pending client transaction", pending, 1024, func(table *Table, _ int, out *machine.Output) {
			table.Send(start, Call{Number: table.NewNumber(), Data: data, Flow: far, Method: sip.INVITE}, out)
		}},
		{"an accepted INVITE", spent, 200, func(table *Table, i int, out *machine.Output) {
			table.Respond(start, table.Begin(start, renamed(invite, i)), Response{200, response.Data}, out)
		}},
		{"an answered BYE", spent, 200, func(table *Table, i int, out *machine.Output) {
			table.Respond(start, table.Begin(start, renamed(bye, i)), response, out)
		}},
		{"an answered OPTIONS with nothing to say", spent, 200, func(table *Table, i int, out *machine.Output) {
			table.Respond(start, table.Begin(start, renamed(options, i)), Response{404, []byte("SIP/2.0 404 Not Found\r\n" + tied + "Content-Length: 0\r\n\r\n")}, out)
		}},
		{"a 2xx that went on", spent, 200, func(table *Table, i int, _ *machine.Output) {
			table.Remember(start, &Client{Number: uint64(i) + 1}, near)
		}},
		{"an acknowledged refusal", spent, 200, func(table *Table, i int, out *machine.Output) {
			table.long.add(spentOf(clientKey(uint64(i)+1), spentAnswer, far), 1, compactACK(nil, invite.Message))
		}},
	} {
		got := memory(func() any {
			table := NewTable(newBench(t), [32]byte{1}, start)
			var out machine.Output
			for i := range test.count {
				test.fill(table, i, &out)
				out.Reset()
			}
			return table
		}) / uint64(test.count)
		// What renamed makes is the shared message, but for its text.
		if strings.Contains(test.reason, "pending server") {
			got -= min(got, messageSize(invite))
		}
		t.Logf("%s: %d octets", test.reason, got)
		if got > test.most {
			t.Errorf("%s: %d octets, at most %d", test.reason, got, test.most)
		}
	}
	if got := runtime.NumGoroutine(); got > goroutines {
		t.Errorf("%d goroutines more", got-goroutines)
	}
}

// renamed is the same request with another branch.
func renamed(p machine.Packet, i int) machine.Packet {
	text := strings.Replace(p.Message.Text(), "branch=z9hG4bK", fmt.Sprintf("branch=z9hG4bK%07d", i), 1)
	p.Message, _ = sip.Parse(text)
	return p
}

func messageSize(p machine.Packet) uint64 {
	const count = 1000
	return memory(func() any {
		all := make([]machine.Packet, count)
		for i := range all {
			all[i] = renamed(p, i)
		}
		return all
	}) / count
}

// TestCompact: a response that was let go of all but what its request lacks comes back
// with the same content.
func TestCompact(t *testing.T) {
	fields := []string{
		"Allow: INVITE", "Contact: <sip:bob@192.0.2.2>", "X-Folded: one\r\n two\r\n\tthree", "X-Server : s", "k: timer", "Record-Route: <sip:a;lr>,\r\n <sip:b;lr>", "Empty:",
	}
	rapid.Check(t, func(t *rapid.T) {
		text := request0()
		tagged := rapid.Bool().Draw(t, "tagged")
		if tagged {
			text = strings.Replace(text, "test>\r\nCall", "test>;tag=b\r\nCall", 1)
		}
		m, err := sip.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		code := rapid.SampledFrom([]int{200, 202, 404, 481, 500, 603}).Draw(t, "code")
		reason := rapid.SampledFrom([]string{sip.Reason(code), "", "Something Else"}).Draw(t, "reason")
		response := fmt.Sprintf("SIP/2.0 %d %s\r\n", code, reason)
		tied := strings.Split(text[strings.Index(text, "Via"):strings.Index(text, "Content-Length")], "\r\n")
		for _, line := range tied[:len(tied)-1] {
			if strings.HasPrefix(line, "To") && !tagged {
				line += rapid.SampledFrom([]string{";tag=b", "\r\n ;tag=b", ";x=y;tag=b"}).Draw(t, "to")
			}
			if !strings.HasPrefix(line, "Max-Forwards") {
				response += line + "\r\n"
			}
			if rapid.Bool().Draw(t, "between") {
				response += rapid.SampledFrom(fields).Draw(t, "field") + "\r\n"
			}
		}
		if body := rapid.SampledFrom([]string{"", "body\r\n\r\nand more\x00"}).Draw(t, "body"); body != "" || rapid.Bool().Draw(t, "length") {
			response += fmt.Sprintf("Content-Length: %d\r\n\r\n%s", len(body), body)
		} else {
			response += "\r\n"
		}
		want, err := sip.Parse(response)
		if err != nil {
			t.Fatalf("%v in\n%s", err, response)
		}
		got, err := sip.Parse(string(again(machine.Packet{Message: m}, compact(nil, m, Response{code, []byte(response)}))))
		if err != nil {
			t.Fatal(err)
		}
		if content(got, sip.Reason(code)) != content(want, sip.Reason(code)) {
			t.Fatalf("got\n%s\nfor\n%s", got.Text(), want.Text())
		}
	})
}

func request0() string {
	return "OPTIONS sip:bob@192.0.2.2 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK1\r\nVia: SIP/2.0/UDP x;branch=z9hG4bK2\r\nMax-Forwards: 70\r\n" +
		"From: <sip:alice@example.test>;tag=a\r\nTo: <sip:bob@example.test>\r\nCall-ID: call\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n"
}

// content is what a response says, in an order of its own.
func content(m *sip.Message, reason string) string {
	var tied, others []string
	for name, value := range m.Fields() {
		switch sip.HeaderByName(name) {
		case sip.HeaderTo:
			tied = append(tied, "To: "+m.ToTag())
		case sip.HeaderVia, sip.HeaderFrom, sip.HeaderCallID, sip.HeaderCSeq:
			tied = append(tied, name+": "+value)
		case sip.HeaderContentLength:
		default:
			others = append(others, name+": "+value)
		}
	}
	phrase := m.Reason()
	if phrase == "" {
		phrase = reason
	}
	return fmt.Sprint(m.StatusCode(), phrase, tied, others, m.Body())
}
