package store

import (
	"net/netip"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"hookflash/machine"
	"hookflash/registrar"
)

// anyAddress draws addresses of every kind: none, IPv4, IPv6, mapped, with a zone.
func anyAddress() *rapid.Generator[netip.Addr] {
	return rapid.Custom(func(t *rapid.T) netip.Addr {
		bytes := rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "bytes")
		switch rapid.IntRange(0, 4).Draw(t, "kind") {
		case 0:
			return netip.Addr{}
		case 1:
			return netip.AddrFrom4([4]byte(bytes))
		case 2:
			return netip.AddrFrom16([16]byte(bytes))
		case 3:
			return netip.AddrFrom16(netip.AddrFrom4([4]byte(bytes)).As16())
		default:
			bytes[0], bytes[1] = 0xFE, 0x80
			return netip.AddrFrom16([16]byte(bytes)).WithZone("eth0")
		}
	})
}

func anyBinding() *rapid.Generator[registrar.Binding] {
	return rapid.Custom(func(t *rapid.T) registrar.Binding {
		seconds := rapid.Int64Range(-62135596800, 253402300799).Draw(t, "seconds")
		return registrar.Binding{
			Contact:    rapid.String().Draw(t, "Contact"),
			Parameters: rapid.String().Draw(t, "Parameters"),
			Q:          rapid.Uint16().Draw(t, "Q"),
			Expires:    time.Unix(seconds, rapid.Int64Range(0, 999_999_999).Draw(t, "nanoseconds")).UTC(),
			CallID:     rapid.String().Draw(t, "CallID"),
			CSeq:       rapid.Uint32().Draw(t, "CSeq"),
			Instance:   rapid.String().Draw(t, "Instance"),
			RegID:      rapid.Uint32().Draw(t, "RegID"),
			Path:       rapid.SliceOfN(rapid.String(), 0, 5).Draw(t, "Path"),
			Flow: machine.Flow{
				Remote:    netip.AddrPortFrom(anyAddress().Draw(t, "address"), rapid.Uint16().Draw(t, "port")),
				Listener:  rapid.Uint16().Draw(t, "Listener"),
				Transport: machine.Transport(rapid.Byte().Draw(t, "Transport")),
			},
			FlowBound:          rapid.Bool().Draw(t, "FlowBound"),
			UserAgent:          rapid.String().Draw(t, "UserAgent"),
			FirstTemporaryGRUU: rapid.Uint32().Draw(t, "FirstTemporaryGRUU"),
		}
	})
}

func anyRecord() *rapid.Generator[*registrar.Record] {
	return rapid.Custom(func(t *rapid.T) *registrar.Record {
		return &registrar.Record{
			AddressOfRecord: rapid.String().Draw(t, "AddressOfRecord"),
			TemporaryGRUUs:  rapid.Uint32().Draw(t, "TemporaryGRUUs"),
			Bindings:        rapid.SliceOfN(anyBinding(), 1, 6).Draw(t, "Bindings"),
		}
	})
}

func TestRecordRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := anyRecord().Draw(t, "record")
		got, ok := decodeRecord(string(appendRecord(nil, want)))
		if !ok {
			t.Fatal("what was encoded does not decode")
		}
		if diff := cmp.Diff(want, got, equal); diff != "" {
			t.Fatalf("a field changed (-want +got):\n%s", diff)
		}
	})
}

func TestConnectionDoesNotSurvive(t *testing.T) {
	record := registration("alice", 1)
	record.Bindings[0].Flow.Transport = machine.TLS
	record.Bindings[0].Flow.Connection = 7
	got, ok := decodeRecord(string(appendRecord(nil, record)))
	if !ok || got.Bindings[0].Flow.Connection != 0 {
		t.Errorf("connection %+v: its number means another connection in the next process", got.Bindings[0].Flow)
	}
}

func TestDecodeRefuses(t *testing.T) {
	good := string(appendRecord(nil, registration("alice", 1)))
	for length := range good {
		if _, ok := decodeRecord(good[:length]); ok {
			t.Fatalf("a record cut at %d of %d bytes was taken for whole", length, len(good))
		}
	}
	for _, test := range []struct{ reason, payload string }{
		{"bytes after the last binding", good + "\x00"},
		{"no bindings", "\x01\x01a\x00\x00"},
		{"more bindings than there are bytes for", "\x01\x01a\x00\xff\xff\xff\x7f"},
		{"a number longer than 64 bits", "\x01\x01a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f"},
		{"another kind", "\x02\x01a"},
		{"a string longer than what is left", "\x01\x7fa"},
	} {
		if _, ok := decodeRecord(test.payload); ok {
			t.Errorf("%s: taken for a record", test.reason)
		}
	}
}

func FuzzDecodeRecord(f *testing.F) {
	f.Add(string(appendRecord(nil, registration("alice", 1))))
	f.Fuzz(func(t *testing.T, payload string) {
		record, ok := decodeRecord(payload)
		if !ok {
			return
		}
		again, ok := decodeRecord(string(appendRecord(nil, record)))
		if !ok || !cmp.Equal(record, again, equal) {
			t.Errorf("%q decodes to %+v and that to %+v", payload, record, again)
		}
	})
}
