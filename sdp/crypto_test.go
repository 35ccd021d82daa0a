package sdp

import (
	"bytes"
	"encoding/base64"
	"errors"
	"net/netip"
	"strings"
	"testing"
)

func netipAddr(text string) netip.Addr { return netip.MustParseAddr(text) }

var key30 = base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{7}, 30))

func key(octets int, of byte) string {
	return base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{of}, octets))
}

func TestCryptoLines(t *testing.T) {
	for _, test := range []struct {
		reason, value string
		ok            bool
	}{
		{"RFC 4568 §6.2.1: 128 bits of key and 112 of salt", "1 AES_CM_128_HMAC_SHA1_80 inline:" + key(30, 1), true},
		{"RFC 4568 §6.2.2", "2 AES_CM_128_HMAC_SHA1_32 inline:" + key(30, 1), true},
		{"RFC 6188: 256 bits of key and 112 of salt", "3 AES_256_CM_HMAC_SHA1_80 inline:" + key(46, 1), true},
		{"RFC 7714: 128 bits of key and 96 of salt", "4 AEAD_AES_128_GCM inline:" + key(28, 1), true},
		{"RFC 7714: 256 bits of key and 96 of salt", "999999999 AEAD_AES_256_GCM inline:" + key(44, 1), true},
		{"padding that misses", "3 AES_256_CM_HMAC_SHA1_80 inline:" + strings.TrimRight(key(46, 1), "="), true},
		{"RFC 4568 §6.1: a lifetime", "1 AES_CM_128_HMAC_SHA1_80 inline:" + key30 + "|2^31", true},
		{"as a number", "1 AES_CM_128_HMAC_SHA1_80 inline:" + key30 + "|2147483648", true},
		{"the most", "1 AES_CM_128_HMAC_SHA1_80 inline:" + key30 + "|2^48", true},
		{"RFC 4568 §6.1: MUST NOT exceed the maximum of the suite", "1 AES_CM_128_HMAC_SHA1_80 inline:" + key30 + "|2^49", false},
		{"leading zeroes MUST NOT be used", "1 AES_CM_128_HMAC_SHA1_80 inline:" + key30 + "|02147483648", false},
		{"shorter than a call", "1 AES_CM_128_HMAC_SHA1_80 inline:" + key30 + "|1000", false},
		{"an empty lifetime", "1 AES_CM_128_HMAC_SHA1_80 inline:" + key30 + "|", false},
		{"RFC 4568 §7.1.2: parameters must be acceptable; an MKI changes every packet", "1 AES_CM_128_HMAC_SHA1_80 inline:" + key30 + "|1:4", false},
		{"a lifetime and an MKI", "1 AES_CM_128_HMAC_SHA1_80 inline:" + key30 + "|2^20|1:4", false},
		{"several keys need an MKI each", "1 AES_CM_128_HMAC_SHA1_80 inline:" + key30 + "|2^20|1:4;inline:" + key30 + "|2^20|2:4", false},
		{"WSH is a hint", "1 AES_CM_128_HMAC_SHA1_80 inline:" + key30 + " WSH=60", true},
		{"RFC 4568 §6.3.7: a minus lets us pass over it", "1 AES_CM_128_HMAC_SHA1_80 inline:" + key30 + " -FUTURE=1", true},
		{"a parameter we don't know", "1 AES_CM_128_HMAC_SHA1_80 inline:" + key30 + " FUTURE=1", false},
		{"keys derived anew", "1 AES_CM_128_HMAC_SHA1_80 inline:" + key30 + " KDR=1", false},
		{"in the clear", "1 AES_CM_128_HMAC_SHA1_80 inline:" + key30 + " UNENCRYPTED_SRTP", false},
		{"without authentication", "1 AES_CM_128_HMAC_SHA1_80 inline:" + key30 + " UNAUTHENTICATED_SRTP", false},
		{"a suite we don't know", "1 F8_128_HMAC_SHA1_80 inline:" + key30, false},
		{"a key too short", "1 AES_CM_128_HMAC_SHA1_80 inline:" + key(29, 1), false},
		{"a key too long", "1 AES_CM_128_HMAC_SHA1_80 inline:" + key(31, 1), false},
		{"a key of another suite", "1 AEAD_AES_128_GCM inline:" + key30, false},
		{"a key of any length", "1 AES_CM_128_HMAC_SHA1_80 inline:" + strings.Repeat("A", 60000), false},
		{"not base64", "1 AES_CM_128_HMAC_SHA1_80 inline:" + strings.Repeat("*", 40), false},
		{"no key", "1 AES_CM_128_HMAC_SHA1_80", false},
		{"another method", "1 AES_CM_128_HMAC_SHA1_80 uri:" + key30, false},
		{"RFC 4568 §9.1: a tag has one to nine digits", "1234567890 AES_CM_128_HMAC_SHA1_80 inline:" + key30, false},
		{"and no zero in front", "01 AES_CM_128_HMAC_SHA1_80 inline:" + key30, false},
		{"no tag", "AES_CM_128_HMAC_SHA1_80 inline:" + key30, false},
		{"nothing", "", false},
	} {
		var l line
		if ok := l.read(test.value); ok != test.ok {
			t.Errorf("%s: %v, want %v: %.100s", test.reason, ok, test.ok, test.value)
		}
	}
}

// keys are one per suite.
func keys(of byte, names ...string) (all []Crypto) {
	for _, name := range names {
		all = append(all, Crypto{Suite: name, Key: bytes.Repeat([]byte{of}, KeyLength(name))})
	}
	return all
}

const (
	cm80   = "AES_CM_128_HMAC_SHA1_80"
	cm32   = "AES_CM_128_HMAC_SHA1_32"
	gcm    = "AEAD_AES_128_GCM"
	gcm256 = "AEAD_AES_256_GCM"
)

func secured(p Policy, of byte, names ...string) *side {
	l := local(SendReceive)
	l.Secure, l.Crypto = p, keys(of, names...)
	return &side{NewNegotiation(uint64(of), 1), l}
}

// TestPolicies: two of us, all policies against each other.
func TestPolicies(t *testing.T) {
	for _, test := range []struct {
		reason          string
		offerer, answer Policy
		suite           string
		err             error
	}{
		{"nobody wants keys", None, None, "", nil},
		{"keys are optional for one", None, Optional, "", nil},
		{"RFC 4568 §7.1.2: MUST reject without a valid crypto line", None, Required, "", ErrSecurity},
		{"keys with RTP/AVP are passed over by who has none", Optional, None, "", nil},
		{"and taken by who has", Optional, Optional, gcm, nil},
		{"so are keys asked for", Optional, Required, gcm, nil},
		{"RTP/SAVP is refused by who has none", Required, None, "", ErrSecurity},
		{"and taken by who has", Required, Optional, gcm, nil},
		{"both want them", Required, Required, gcm, nil},
	} {
		one, two := secured(test.offerer, 1, gcm256, gcm, cm80), secured(test.answer, 2, cm80, gcm)
		offer := one.Offer(one.local)
		if strings.Contains(offer, "RTP/SAVP") != (test.offerer == Required) || strings.Contains(offer, "a=crypto") != (test.offerer != None) {
			t.Errorf("%s: the offer is\n%s", test.reason, offer)
		}
		answer, theirs, err := two.Answer(offer, two.local)
		if !errors.Is(err, test.err) {
			t.Errorf("%s: %v, want %v", test.reason, err, test.err)
		}
		if err != nil {
			continue
		}
		ours, err := one.Accept(answer)
		if err != nil {
			t.Errorf("%s: %v", test.reason, err)
			continue
		}
		if ours.Ours.Suite != test.suite || theirs.Ours.Suite != test.suite || ours.Theirs.Suite != test.suite {
			t.Errorf("RFC 4568 §5.1.2: %s: the first of the offer that both have: %q %q", test.reason, ours.Ours.Suite, theirs.Ours.Suite)
		}
		if !bytes.Equal(ours.Ours.Key, theirs.Theirs.Key) || !bytes.Equal(ours.Theirs.Key, theirs.Ours.Key) {
			t.Errorf("%s: each side decrypts with the key of the other", test.reason)
		}
		if test.suite != "" && (ours.Ours.Tag != 2 || theirs.Ours.Tag != 2) {
			t.Errorf("RFC 4568 §5.1.2: %s: the tag is that of the accepted line: %d %d", test.reason, ours.Ours.Tag, theirs.Ours.Tag)
		}
	}
}

func TestAnswerCrypto(t *testing.T) {
	two := secured(Required, 2, cm80, gcm)
	for _, test := range []struct {
		reason string
		lines  []string
		tag    int
	}{
		{"the first valid line of the offer", []string{"a=crypto:4 F8_128_HMAC_SHA1_80 inline:" + key30, "a=crypto:9 " + gcm + " inline:" + key(28, 1), "a=crypto:1 " + cm80 + " inline:" + key30}, 9},
		{"an MKI is passed over where there is another line", []string{"a=crypto:1 " + cm80 + " inline:" + key30 + "|2^20|1:4", "a=crypto:2 " + cm80 + " inline:" + key30}, 2},
		{"RFC 4568 §7.1.2: our key MUST differ from theirs", []string{"a=crypto:1 " + cm80 + " inline:" + key(30, 2), "a=crypto:3 " + gcm + " inline:" + key(28, 1)}, 3},
		{"only an MKI", []string{"a=crypto:1 " + cm80 + " inline:" + key30 + "|1:4"}, 0},
		{"a key of a wrong length", []string{"a=crypto:1 " + cm80 + " inline:" + key(28, 1)}, 0},
	} {
		n := NewNegotiation(1, 1)
		_, agreed, err := n.Answer(offered(append([]string{"m=audio 6000 RTP/SAVP 0"}, test.lines...)...), two.local)
		if agreed.Ours.Tag != test.tag || (err == nil) != (test.tag != 0) {
			t.Errorf("%s: tag %d %v, want %d", test.reason, agreed.Ours.Tag, err, test.tag)
		}
	}
}

func TestAcceptCrypto(t *testing.T) {
	theirs := "a=crypto:2 " + gcm + " inline:" + key(28, 9)
	for _, test := range []struct {
		reason string
		policy Policy
		answer []string
		err    error
	}{
		{"tag and suite of a line of ours", Required, []string{"m=audio 6000 RTP/SAVP 0", theirs}, nil},
		{"no line at all", Required, []string{"m=audio 6000 RTP/SAVP 0"}, ErrSecurity},
		{"no line, and RTP/AVP: downgraded", Required, []string{"m=audio 6000 RTP/AVP 0"}, ErrSecurity},
		{"no line where it is optional", Optional, []string{"m=audio 6000 RTP/AVP 0"}, nil},
		{"RTP/SAVP without a line", Optional, []string{"m=audio 6000 RTP/SAVP 0"}, ErrSecurity},
		{"RFC 4568 §5.1.2: exactly one", Required, []string{"m=audio 6000 RTP/SAVP 0", theirs, "a=crypto:1 " + cm80 + " inline:" + key(30, 9)}, ErrSecurity},
		{"RFC 4568 §5.1.3: the tag MUST be one of ours", Required, []string{"m=audio 6000 RTP/SAVP 0", "a=crypto:3 " + gcm + " inline:" + key(28, 9)}, ErrSecurity},
		{"with its suite", Required, []string{"m=audio 6000 RTP/SAVP 0", "a=crypto:1 " + gcm + " inline:" + key(28, 9)}, ErrSecurity},
		{"RFC 4568 §7.1.2: not our own key", Required, []string{"m=audio 6000 RTP/SAVP 0", "a=crypto:2 " + gcm + " inline:" + key(28, 1)}, ErrSecurity},
		{"an MKI that we didn't offer", Required, []string{"m=audio 6000 RTP/SAVP 0", theirs + "|1:4"}, ErrSecurity},
		{"keys that nobody asked for", None, []string{"m=audio 6000 RTP/AVP 0", theirs}, ErrSecurity},
	} {
		one := secured(test.policy, 1, cm80, gcm)
		one.Offer(one.local)
		agreed, err := one.Accept(offered(test.answer...))
		if !errors.Is(err, test.err) || (err == nil) != (test.err == nil) {
			t.Errorf("%s: %v, want %v", test.reason, err, test.err)
		}
		if err != nil && !one.Pending() {
			t.Errorf("%s: after an error the offer still waits", test.reason)
		}
		if err == nil && test.policy == Required && (agreed.Theirs.Key[0] != 9 || agreed.Ours.Key[0] != 1) {
			t.Errorf("%s: keys are the wrong way round", test.reason)
		}
	}
}
