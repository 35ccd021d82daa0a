//go:build interop

package attacks

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"hookflash/sip"
)

// sdpBombs are descriptions of about 60,000 bytes, as much as a datagram holds, each wasteful in its own way.
func sdpBombs() map[string]string {
	const size = 60_000
	const head = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
	const audio = "m=audio 40000 RTP/AVP 0\r\n"
	fill := func(before, unit string) string {
		return head + before + strings.Repeat(unit, (size-len(head)-len(before))/len(unit))
	}
	full := head
	for range 32 {
		full += "m=audio 40000 RTP/AVP" + strings.Repeat(" 99", 64) + "\r\n" + strings.Repeat("a=rtpmap:99 x/1\n", 100)
	}
	return map[string]string{
		"streams":              fill("", audio),
		"shortest streams":     fill("", "m=a 1 b 0\n"),
		"formats":              fill("m=audio 40000 RTP/AVP", " 0"),
		"attributes":           fill(audio, "a=rtpmap:0 PCMU/8000\r\n"),
		"session attributes":   fill("", "a=sendrecv\r\n"),
		"keys":                 fill(audio, "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwd\r\n"),
		"one key":              fill("m=audio 40000 RTP/SAVP 0\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:", "A"),
		"one number":           fill("m=audio ", "9"),
		"connections":          fill(audio, "c=IN IP4 127.0.0.1\r\n"),
		"empty lines":          fill(audio, "\r\n"),
		"nothing but NUL":      fill("", "\x00"),
		"full within limits":   full[:min(len(full), size)],
		"half as much, parted": "--b\r\nContent-Type: application/sdp\r\n\r\n" + fill(audio, "a=\r\n"),
	}
}

// TestAttack25 offers the server's agents, phones of users who have the bridge, and the bridge's callers descriptions that are bombs,
// in INVITEs, in re-INVITEs of calls that stand, and in answers.
//
// Anchor: PJSIP 1e77041dd, 14a7bb8f4, f5bbe2a68 (2026), FreeSWITCH#1518: one INVITE took 60 GB. Must: limits on streams, formats
// and attributes, linear time; no port is bound for an offer that isn't taken.
//
// Figure: a final response to each, at most 1 MiB allocated and 5 ms of CPU time for one, with all that is done beside it; the
// sockets of the process are as many afterwards.
func TestAttack25(t *testing.T) {
	s := startServer(t, setup{keys: map[string]string{"carol": "assist: all", "dave": "assist: all"}})
	beside(t, s, func() {
		caller := newPhoneAt(t, s, "carol", trustedAddress(t))
		callee := newPhone(t, s, "dave")
		callee.register(t)
		before, sockets := s.metrics(t), mediaSockets(t, s)
		bombs := 0
		for range sized(2, 30) {
			for name, body := range sdpBombs() {
				for _, target := range []string{"announce", "conference", "dave"} {
					bombs += thrown(t, caller, name, target, body)
				}
				bombs += answered25(t, caller, callee, name, body)
			}
		}
		after := s.metrics(t)
		const allocated, spent = "go_memstats_alloc_bytes_total", "process_cpu_seconds_total"
		bytes := (after[allocated] - before[allocated]) / float64(bombs)
		cpu := (after[spent] - before[spent]) / float64(bombs)
		t.Logf("%d bombs: %.0f KiB and %.2f ms of CPU time for each", bombs, bytes/1024, cpu*1000)
		if after[allocated] == 0 || bytes > 1<<20 || cpu > 0.005 {
			t.Errorf("a bomb takes %.0f bytes and %.2f ms: at most 1 MiB and 5 ms", bytes, cpu*1000)
		}
		if now := mediaSockets(t, s); now > sockets+20 {
			t.Errorf("%d media sockets, and %d before", now, sockets)
		}
	})
}

// mediaSockets counts the sockets in the range of media.
func mediaSockets(t *testing.T, s *server) (count int) {
	for _, fields := range tableOf(t, "udp") {
		if s.mediaPort("udp " + placeOf(t, fields[1])) {
			count++
		}
	}
	return count
}

// thrown is one INVITE with a bomb; it tells how many bombs there were.
func thrown(t *testing.T, caller *phone, name, target, body string) int {
	t.Helper()
	invite := caller.request("INVITE", "sip:"+target+"@"+domain)
	invite.body = body
	if strings.HasPrefix(body, "--b") {
		invite.fields = append(invite.fields, "Content-Type: multipart/mixed;boundary=b")
	}
	c, code := caller.tryCall(invite)
	if c == nil {
		if code < 400 {
			t.Errorf("%s to %s: answered %d", name, target, code)
		}
		return 1
	}
	again := c.request("INVITE")
	again.body = body
	c.invite.cseq++
	_, _ = caller.tryCall(again)
	if err := c.hangUp(); err != nil {
		t.Errorf("%s to %s: %v", name, target, err)
	}
	return 2
}

// answered25 is a call that the callee answers with a bomb.
func answered25(t *testing.T, caller, callee *phone, name, body string) int {
	t.Helper()
	callee.onRequest(func(p *phone, m *sip.Message) {
		if m.Method() != sip.INVITE {
			p.accept(m)
			return
		}
		text := answer(m, "200 OK", "callee"+word(), "Contact: <"+p.contact()+">", "Content-Type: application/sdp")
		text = strings.Replace(text, "Content-Length: 0\r\n\r\n", fmt.Sprintf("Content-Length: %d\r\n\r\n%s", len(body), body), 1)
		p.mutex.Lock()
		p.sent[key(m)] = text
		p.mutex.Unlock()
		p.send(text)
	})
	defer callee.onRequest(nil)
	invite := caller.request("INVITE", "sip:dave@"+domain)
	invite.body = offer(caller.local.Addr())
	c, code := caller.tryCall(invite)
	switch {
	case c != nil:
		if err := c.hangUp(); err != nil {
			t.Errorf("answered with %s: %v", name, err)
		}
	case code < 400:
		t.Errorf("answered with %s: the caller is told %d", name, code)
	}
	time.Sleep(packetTime)
	return 1
}
