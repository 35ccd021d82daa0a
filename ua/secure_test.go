package ua_test

import (
	"strings"
	"testing"

	"hookflash/sdp"
	"hookflash/ua"
)

const secureOffer = "v=0\r\no=far 1 1 IN IP4 192.0.2.2\r\ns=-\r\nc=IN IP4 192.0.2.2\r\nt=0 0\r\nm=audio 4000 RTP/SAVP 0\r\n" +
	"a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwd\r\n"

// TestSecure: SRTP by SDES (RFC 4568) as the settings wish.
func TestSecure(t *testing.T) {
	for _, test := range []struct {
		reason string
		policy sdp.Policy
		offer  string
		label  string
		suite  string
	}{
		{"plain, none wished", sdp.None, offer, "180 INVITE", ""},
		{"secure, none wished", sdp.None, secureOffer, "488 INVITE", ""},
		{"plain, wished", sdp.Optional, offer, "180 INVITE", ""},
		{"secure, wished", sdp.Optional, secureOffer, "180 INVITE", "AES_CM_128_HMAC_SHA1_80"},
		{"plain, required", sdp.Required, offer, "488 INVITE", ""},
		{"secure, required", sdp.Required, secureOffer, "180 INVITE", "AES_CM_128_HMAC_SHA1_80"},
	} {
		b := newBench(t, func(s *ua.Settings) { s.Secure = test.policy }).handle(ua.Handlers{})
		b.receive(b.far().request("INVITE", test.offer))
		b.next(test.reason, test.label)
		b.want("no port is taken before the answer", len(b.open), 0)
		if test.label != "180 INVITE" {
			continue
		}
		b.do(func(a *ua.Agent) { b.want(test.reason, a.Calls()[0].Answer(), nil) })
		answer := b.next(test.reason, "200 INVITE")
		b.want(test.reason, strings.Contains(answer.Body(), "a=crypto:"), test.suite != "")
		for _, set := range b.open {
			b.want(test.reason, set.Ours.Suite+" "+set.Theirs.Suite, test.suite+" "+test.suite)
		}
	}
	b := newBench(t, func(s *ua.Settings) { s.Secure = sdp.Required })
	_, _, invite := b.calling(ua.Invitation{})
	b.want("a key for each suite is offered", strings.Count(invite.Body(), "a=crypto:"), 4)
	b.want("over SAVP", strings.Contains(invite.Body(), "RTP/SAVP"), true)
	_, _, other := b.calling(ua.Invitation{})
	key := func(body string) string { _, key, _ := strings.Cut(body, "inline:"); return key[:20] }
	b.want("no key twice", key(invite.Body()) != key(other.Body()), true)
}
