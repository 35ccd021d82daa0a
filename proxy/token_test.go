package proxy

import (
	"math/rand/v2"
	"net/netip"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"hookflash/machine"
	"hookflash/sip"
)

func testSealer(key byte) sealer { return newSealer([32]byte{key}, rand.NewChaCha8([32]byte{2})) }

func drawEnd(t *rapid.T, name string) end {
	octets := rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, name)
	address, _ := netip.AddrFromSlice(octets)
	if rapid.Bool().Draw(t, name+" is IPv4") {
		address, _ = netip.AddrFromSlice(octets[:4])
	}
	e := end{
		user: rapid.StringN(-1, -1, maxUserInToken).Draw(t, name+"'s user"),
		flow: machine.Flow{
			Remote:     netip.AddrPortFrom(address, rapid.Uint16().Draw(t, name+"'s port")),
			Connection: rapid.Uint64().Draw(t, name+"'s connection"), Listener: uint16(rapid.Uint8().Draw(t, name+"'s listener")),
			Transport: machine.Transport(rapid.IntRange(int(machine.UDP), int(machine.Inside)).Draw(t, name+"'s transport")),
		},
		bound: rapid.Bool().Draw(t, name+" is bound"),
	}
	if rapid.Bool().Draw(t, name+" is behind a trunk") {
		e.user = ""
		e.trunk = rapid.StringN(1, -1, maxUserInToken).Draw(t, name+"'s trunk")
		e.raise = rapid.Uint8().Draw(t, name+"'s count")
	}
	return e
}

// TestTokensReadBack: what is sealed comes back, for its own call and key alone, and any
// change to the text is seen.
func TestTokensReadBack(t *testing.T) {
	s, other := testSealer(1), testSealer(9)
	rapid.Check(t, func(t *rapid.T) {
		want := token{
			caller: drawEnd(t, "caller"), callee: drawEnd(t, "callee"), callerTag: rapid.Uint32().Draw(t, "tag"),
			started: rapid.Uint32().Draw(t, "started"), call: rapid.Bool().Draw(t, "call"),
		}
		text := string(s.seal(nil, &want, "call-1"))
		if len(text) > maxToken {
			t.Fatalf("%d characters", len(text))
		}
		if _, err := sip.ParseURI("sip:" + text + "@192.0.2.10:5060;lr"); err != nil {
			t.Fatalf("it stands in a URI: %v", err)
		}
		got, err := s.open(text, "call-1")
		if err != nil || got != want {
			t.Fatalf("%+v came back as %+v, %v", want, got, err)
		}
		if again := string(s.seal(nil, &want, "call-1")); again == text {
			t.Fatal("two tokens of the same content look the same")
		}
		at := rapid.IntRange(0, len(text)-1).Draw(t, "place")
		for reason, broken := range map[string]string{
			"changed":   text[:at] + rapid.StringMatching(`[0-9a-vA-Z%]`).Filter(func(c string) bool { return c != text[at:at+1] }).Draw(t, "character") + text[at+1:],
			"cut off":   text[:at],
			"longer":    text + "0",
			"cased":     strings.ToUpper(text),
			"too long":  text + strings.Repeat("0", maxToken),
			"elsewhere": "",
		} {
			if _, err := s.open(broken, "call-1"); err == nil && broken != text {
				t.Fatalf("%s: %q is opened", reason, broken)
			}
		}
		if _, err := s.open(text, "call-2"); err == nil {
			t.Fatal("it is good for another call")
		}
		if _, err := other.open(text, "call-1"); err == nil {
			t.Fatal("it is good for another key")
		}
	})
}

// TestLongUsers: who has a name too long for a token is nobody in it.
func TestLongUsers(t *testing.T) {
	s := testSealer(1)
	want := token{caller: end{user: strings.Repeat("x", maxUserInToken+1)}, callee: end{user: "bob"}}
	got, err := s.open(string(s.seal(nil, &want, "call")), "call")
	if err != nil || got.caller.user != "" || got.callee.user != "bob" {
		t.Errorf("got %q and %q, %v", got.caller.user, got.callee.user, err)
	}
}

// TestEarlierTokens: the token of a call that began before tokens told of trunks is still good.
func TestEarlierTokens(t *testing.T) {
	s := testSealer(1)
	const text = "2i80cqrnh4qr1eq94nhnh90c1r9vk6oe8hoq8nf66on6movucvt8l2g638rtrp0c165gni29h51tjf48sgdkh3n9d8iuppd8ckampeed"
	got, err := s.open(text, "call")
	if err != nil || got.caller.user != "alice" || got.callee.user != "bob" || got.callee.flow.Remote.String() != "192.0.2.2:5060" || !got.callee.bound || !got.call {
		t.Errorf("got %+v, %v", got, err)
	}
}

func FuzzToken(f *testing.F) {
	s := testSealer(1)
	f.Add(string(s.seal(nil, &token{}, "call")), "call")
	f.Add("", "")
	f.Fuzz(func(t *testing.T, text, callID string) {
		if _, err := s.open(text, callID); err == nil && callID != "call" {
			t.Errorf("%q is opened for %q", text, callID)
		}
	})
}
