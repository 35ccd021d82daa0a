package sdp

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
)

// bombs are descriptions of 64 KiB, each wasteful in its own way.
func bombs() map[string]string {
	const head = "v=0\r\no=- 1 1 IN IP4 192.0.2.2\r\ns=-\r\nc=IN IP4 192.0.2.2\r\nt=0 0\r\n"
	all := map[string]string{}
	add := func(name, before, unit string) {
		all[name] = head + before + strings.Repeat(unit, (MaxSession-len(head)-len(before))/len(unit))
	}
	const audio = "m=audio 6000 RTP/AVP 0\r\n"
	crypto := "a=crypto:1 " + cm80 + " inline:" + key30 + "|2^20|1:4\r\n"
	add("m= lines", "", audio)
	add("shortest m= lines", "", "m=a 1 b 0\n")
	add("formats", "", "m=audio 6000 RTP/AVP"+strings.Repeat(" 96", 1000)+"\r\n")
	add("one m= line of formats", "m=audio 6000 RTP/AVP", " 0")
	add("spaces", "m=audio 6000 RTP/AVP 0", " ")
	add("spaces before", "m=", " ")
	add("attributes", audio, "a=\r\n")
	add("attributes of the session", "", "a=sendrecv\r\n")
	add("shortest lines", "", "a=\n")
	add("rtpmap", audio, "a=rtpmap:0 PCMU/8000\r\n")
	add("crypto", audio, crypto)
	add("one attribute", audio+"a=fmtp:0 ", "x")
	add("one key", "m=audio 6000 RTP/SAVP 0\r\na=crypto:1 "+cm80+" inline:", "A")
	add("one padding", "m=audio 6000 RTP/SAVP 0\r\na=crypto:1 "+cm80+" inline:AAAA", "=")
	add("one number", "m=audio ", "9")
	add("one name", "s=", "x")
	add("one type", "m=", "x")
	add("empty lines", audio, "\r\n")
	add("empty lines and one more", audio+strings.Repeat("\r\n", 30000), "a=x\r\n")
	add("connections", audio, "c=IN IP4 192.0.2.2\r\n")
	add("times", "", "t=0 0\r\n")
	add("bandwidths", audio, "b=AS:64\r\n")
	add("NUL", "", "\x00")
	add("not UTF-8", "s=", "\xff")
	add("slashes", audio+"a=rtpmap:0 ", "/")
	add("ports", "m=audio 1/", "1")
	// what stays within every limit, and is worked through to its end
	formats := "m=audio 6000 RTP/AVP"
	for i := range MaxFormats {
		formats += fmt.Sprint(" ", 64+i)
	}
	section := formats + "\r\n"
	for i := range MaxAttributes / 2 {
		section += fmt.Sprintf("a=rtpmap:%d x/1\r\n", 64+i)
	}
	add("everything unknown", "", section+"a=crypto:1 "+cm80+" inline:"+key30+"\r\n")
	within := head + strings.Repeat("a=x\r\n", MaxAttributes)
	for range MaxMedia {
		within += "m=audio 1 RTP/SAVP" + strings.Repeat(" 99", MaxFormats) + "\r\n" + strings.Repeat("a=rtpmap:99 x/1\n", 112)
	}
	all["full within the limits"] = within[:min(len(within), MaxSession)]
	keys := head + "m=audio 1 RTP/SAVP 0\r\n" + strings.Repeat(crypto, MaxAttributes)
	for range 2 {
		keys += "m=audio 1 RTP/SAVP 0\r\n" + strings.Repeat(crypto, MaxAttributes)
	}
	all["keys within the limits"] = keys
	return all
}

func bombed(text string) {
	l := local(SendReceive)
	l.Secure, l.Crypto = Required, keys(3, cm80, gcm)
	n := NewNegotiation(1, 1)
	n.Offer(l)
	n.Accept(text) //nolint:errcheck // any answer will do
	n = NewNegotiation(1, 1)
	if _, _, err := n.Answer(text, l); err == nil {
		n.Offer(l)
	}
	if s, err := Parse(text); err == nil {
		s.Append(make([]byte, 0, MaxSession))
	}
}

// TestBombs: what 64 KiB can make us allocate over answer, offer and printing.
func TestBombs(t *testing.T) {
	for name, text := range bombs() {
		if len(text) > MaxSession {
			t.Fatalf("%s is no bomb of at most 64 KiB: %d", name, len(text))
		}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		bombed(text)
		runtime.ReadMemStats(&after)
		// three readings of at most 5300 lines of 24 octets, and the text printed once
		if bytes, count := after.TotalAlloc-before.TotalAlloc, after.Mallocs-before.Mallocs; bytes > 1<<20 || count > 400 {
			t.Errorf("%s: %d octets in %d allocations, at most 1 MiB in 400", name, bytes, count)
		}
	}
}

// TestKept: a Negotiation keeps nothing of the text it was given alive but what it names.
func TestKept(t *testing.T) {
	text := offered("m=audio 6000 RTP/AVP 0", "a=fmtp:0 x=1", "m=video 1 RTP/AVP 31", "a="+strings.Repeat("x", 60000))
	n := NewNegotiation(1, 1)
	all := make([]Negotiation, 200)
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	for i := range all {
		all[i] = n
		if _, _, err := all[i].Answer(strings.Clone(text), local(SendReceive)); err != nil {
			t.Fatal(err)
		}
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	if each := (int64(after.HeapAlloc) - int64(before.HeapAlloc)) / int64(len(all)); each > 2048 {
		t.Errorf("a call keeps %d octets, at most 2 KiB", each)
	}
	runtime.KeepAlive(all)
}

func BenchmarkBombs(b *testing.B) {
	for name, text := range bombs() {
		b.Run(strings.ReplaceAll(name, " ", "_"), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				n := NewNegotiation(1, 1)
				n.Answer(text, local(SendReceive)) //nolint:errcheck // any answer will do
			}
		})
	}
}
