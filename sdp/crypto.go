package sdp

import (
	"encoding/base64"
	"strconv"
	"strings"
)

// Policy says whether media is secured by SRTP with keys of RFC 4568.
type Policy uint8

// The policies.
const (
	None     Policy = iota // no SRTP: RTP/SAVP is refused
	Optional               // keys are offered with RTP/AVP, and used when both sides have them
	Required               // RTP/SAVP is offered; a stream without keys is refused
)

// Crypto is one a=crypto line (RFC 4568 §9.1) with a key for one direction.
type Crypto struct {
	Tag   int    // 1 to 999999999; in Local, 0 means the place in the list, from 1
	Suite string // "AES_CM_128_HMAC_SHA1_80"; "" for none
	Key   []byte // master key, then master salt
}

// suites are the crypto suites with the octets of key and salt together.
var suites = [...]struct {
	name   string
	octets int
}{
	{"AES_CM_128_HMAC_SHA1_80", 30}, // RFC 4568 §6.2.1
	{"AES_CM_128_HMAC_SHA1_32", 30}, // RFC 4568 §6.2.2
	{"AES_256_CM_HMAC_SHA1_80", 46}, // RFC 6188
	{"AEAD_AES_128_GCM", 28},        // RFC 7714
	{"AEAD_AES_256_GCM", 44},        // RFC 7714
}

const longestKey = 46

// KeyLength is how many octets key and salt of a suite have together, 0 when the suite is
// not known here.
func KeyLength(suite string) int {
	for i := range suites {
		if suites[i].name == suite {
			return suites[i].octets
		}
	}
	return 0
}

// Lifetimes in packets, as powers of 2: the most that RFC 4568 §6.1 allows, and the least
// that a call can do with, since keys are not renewed by counting: 2^20 packets are five
// hours.
const (
	longestLife  = 48
	shortestLife = 20
)

// line is an a=crypto line as read.
type line struct {
	tag    int
	suite  string
	key    [longestKey + 2]byte // base64 decodes in whole groups
	octets int
}

// read reads the value of a=crypto. ok is false when the line is not valid or asks for
// what we don't do: an MKI, several keys, session parameters that may not be ignored.
func (l *line) read(value string) (ok bool) {
	tag, rest := field(value)
	suite, rest := field(rest)
	key, parameters := field(rest)
	number, ok := decimal(tag, 31)
	if !ok || number == 0 || len(tag) > 9 || tag[0] == '0' {
		return false
	}
	l.tag, l.suite, l.octets = int(number), suite, KeyLength(suite)
	key, inline := strings.CutPrefix(key, "inline:")
	if l.octets == 0 || !inline || strings.IndexByte(key, ';') >= 0 {
		return false // RFC 4568 §6.1: more than one key need an MKI each
	}
	key, life, limited := strings.Cut(key, "|")
	if limited && !lives(life) {
		return false
	}
	return l.decode(key) && ignorable(parameters)
}

// decode checks that key and salt have the length of the suite. The padding may miss.
func (l *line) decode(text string) bool {
	text = strings.TrimRight(text, "=")
	if base64.RawStdEncoding.DecodedLen(len(text)) != l.octets {
		return false
	}
	n, err := base64.RawStdEncoding.Strict().Decode(l.key[:], []byte(text))
	return err == nil && n == l.octets
}

// lives checks a lifetime: "2^31" or a decimal. A field with a colon is an MKI.
func lives(text string) bool {
	if exponent, power := strings.CutPrefix(text, "2^"); power {
		value, ok := decimal(exponent, 8)
		return ok && exponent[0] != '0' && value >= shortestLife && value <= longestLife
	}
	value, ok := decimal(text, 64)
	return ok && text[0] != '0' && value >= 1<<shortestLife && value <= 1<<longestLife
}

// ignorable tells whether all session parameters may be passed over: WSH is a hint (RFC
// 4568 §6.3.6), a minus says so (§6.3.7). The others change packets, or leave them open.
func ignorable(parameters string) bool {
	for word, rest := field(parameters); word != ""; word, rest = field(rest) {
		if !strings.HasPrefix(word, "WSH=") && !strings.HasPrefix(word, "-") {
			return false
		}
	}
	return true
}

// taken is the crypto as a value of its own.
func (l *line) taken(suite string) Crypto {
	key := make([]byte, l.octets)
	copy(key, l.key[:])
	return Crypto{Tag: l.tag, Suite: suite, Key: key}
}

// tag is the tag of the i-th crypto of a Local.
func tag(all []Crypto, i int) int {
	if all[i].Tag != 0 {
		return all[i].Tag
	}
	return i + 1
}

// choose is the answerer's choice: the first line that is valid and known (RFC 4568
// §5.1.2), with a key that differs from ours (§7.1.2).
func (d *description) choose(local []Crypto) (ours, theirs Crypto, ok bool) {
	var l line
	for i := range d.media.Lines {
		name, value, _ := d.media.Lines[i].Attribute()
		if name != "crypto" || !l.read(value) {
			continue
		}
		for _, c := range local {
			if c.Suite == l.suite && string(c.Key) != string(l.key[:l.octets]) {
				return Crypto{l.tag, c.Suite, c.Key}, l.taken(c.Suite), true
			}
		}
	}
	return Crypto{}, Crypto{}, false
}

// chosen is what an answer chose of our lines: exactly one, with the tag and the suite of
// one that was offered (RFC 4568 §5.1.3).
func (d *description) chosen(local []Crypto) (ours, theirs Crypto, ok bool) {
	if d.crypto != 1 {
		return Crypto{}, Crypto{}, false
	}
	var l line
	for i := range d.media.Lines {
		if name, value, _ := d.media.Lines[i].Attribute(); name == "crypto" && !l.read(value) {
			return Crypto{}, Crypto{}, false
		}
	}
	for i, c := range local {
		if tag(local, i) == l.tag && c.Suite == l.suite && string(c.Key) != string(l.key[:l.octets]) {
			return Crypto{l.tag, c.Suite, c.Key}, l.taken(c.Suite), true
		}
	}
	return Crypto{}, Crypto{}, false
}

// appendCrypto prints a line (RFC 4568 §9.1).
func appendCrypto(b []byte, tag int, c Crypto) []byte {
	b = append(b, "a=crypto:"...)
	b = strconv.AppendInt(b, int64(tag), 10)
	b = append(b, ' ')
	b = append(b, c.Suite...)
	b = append(b, " inline:"...)
	b = base64.StdEncoding.AppendEncode(b, c.Key)
	return append(b, "\r\n"...)
}
