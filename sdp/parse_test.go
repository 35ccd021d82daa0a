package sdp

import (
	"errors"
	"strings"
	"testing"
)

// example is RFC 8866 §5, the example of the grammar.
const example = "v=0\r\n" +
	"o=jdoe 3724394400 3724394405 IN IP4 198.51.100.1\r\n" +
	"s=Call to John Smith\r\n" +
	"i=SDP Offer #1\r\n" +
	"u=http://www.jdoe.example.com/home.html\r\n" +
	"e=Jane Doe <jane@jdoe.example.com>\r\n" +
	"p=+1 617 555-6011\r\n" +
	"c=IN IP4 198.51.100.1\r\n" +
	"t=0 0\r\n" +
	"m=audio 49170 RTP/AVP 0\r\n" +
	"m=audio 49180 RTP/AVP 0\r\n" +
	"m=video 51372/2 RTP/AVP 99\r\n" +
	"c=IN IP6 2001:db8::2\r\n" +
	"a=rtpmap:99 h263-1998/90000\r\n"

func TestParse(t *testing.T) {
	s, err := Parse(example)
	if err != nil {
		t.Fatal(err)
	}
	if got := string(s.Append(nil)); got != example {
		t.Errorf("what is read is printed as it came:\n%s", got)
	}
	if s.Origin != (Origin{"jdoe", "3724394400", "3724394405", "IN IP4 198.51.100.1"}) {
		t.Errorf("o= is %+v", s.Origin)
	}
	if len(s.Media) != 3 || s.Media[2].Ports != 2 || s.Media[2].Port != 51372 || s.Media[2].Formats != "99" {
		t.Errorf("m= lines are %+v", s.Media)
	}
	first, _ := s.Connection(&s.Media[0])
	third, _ := s.Connection(&s.Media[2])
	if first.Address.String() != "198.51.100.1" || third.Address.String() != "2001:db8::2" {
		t.Errorf("RFC 8866 §5.7: the c= of the media overrides that of the session: %v %v", first, third)
	}
	name, value, ok := s.Media[2].Lines[1].Attribute()
	if !ok || name != "rtpmap" || value != "99 h263-1998/90000" {
		t.Errorf("attribute is %q %q %v", name, value, ok)
	}
}

func TestParseStrictness(t *testing.T) {
	const (
		head = "v=0\r\no=- 1 1 IN IP4 192.0.2.2\r\n"
		rest = "s=-\r\nc=IN IP4 192.0.2.2\r\nt=0 0\r\nm=audio 6000 RTP/AVP 0\r\n"
	)
	for _, test := range []struct {
		reason, text string
		err          error
	}{
		{"RFC 8866 §5: parsers SHOULD accept LF alone", strings.ReplaceAll(head+rest, "\r\n", "\n"), nil},
		{"the last line may lack its end", strings.TrimSuffix(head+rest, "\r\n"), nil},
		{"empty lines at the end are left by some senders", head + rest + "\r\n\r\n", nil},
		{"s= and t= may miss: nothing depends on them", head + "c=IN IP4 192.0.2.2\r\nm=audio 6000 RTP/AVP 0\r\n", nil},
		{"an m= line may end in a space", head + "m=audio 6000 RTP/AVP 0 8 \r\n", nil},
		{"a rejected m= line may have no format", head + "m=video 0 RTP/AVP\r\n", nil},
		{"no m= line: RFC 3264 §5 allows an offer of zero streams", head + "s=-\r\n", nil},
		{"empty text", "", ErrMalformed},
		{"an empty line first", "\r\n" + head + rest, ErrMalformed},
		{"an empty line within", head + "\r\n" + rest, ErrMalformed},
		{"RFC 8866 §5.1: the version is 0", strings.Replace(head+rest, "v=0", "v=1", 1), ErrMalformed},
		{"v= comes first", "s=-\r\n" + head, ErrMalformed},
		{"o= must be there", "v=0\r\n" + rest, ErrMalformed},
		{"RFC 8866 §5.2: o= has six fields", "v=0\r\no=- 1 1 IN IP4\r\n" + rest, ErrMalformed},
		{"seven fields", "v=0\r\no=- 1 1 IN IP4 192.0.2.2 x\r\n" + rest, ErrMalformed},
		{"sess-id is numeric", "v=0\r\no=- x 1 IN IP4 192.0.2.2\r\n" + rest, ErrMalformed},
		{"a second o=", head + "o=- 2 1 IN IP4 192.0.2.2\r\n" + rest, ErrMalformed},
		{"a second v=", head + "v=0\r\n" + rest, ErrMalformed},
		{"a second s=", head + "s=-\r\n" + rest, ErrMalformed},
		{"RFC 8866 §5.7: several c= are for multicast", head + "c=IN IP4 192.0.2.3\r\n" + rest, ErrMalformed},
		{"the same below m=", head + rest + "c=IN IP4 192.0.2.3\r\nc=IN IP4 192.0.2.4\r\n", ErrMalformed},
		{"RFC 8866 §5: an unknown type letter spoils the description", head + rest + "y=1\r\n", ErrMalformed},
		{"a session line below m=", head + rest + "t=0 0\r\n", ErrMalformed},
		{"no equals sign", head + "hello\r\n", ErrMalformed},
		{"a space before the equals sign", head + "s =-\r\n", ErrMalformed},
		{"RFC 8866 §9: NUL is not part of a byte-string", head + "s=a\x00b\r\n", ErrMalformed},
		{"CR within a line", head + "s=a\rb\r\n", ErrMalformed},
		{"m= without a profile", head + "m=audio 6000\r\n", ErrMalformed},
		{"m= without a format", head + "m=audio 6000 RTP/AVP\r\n", ErrMalformed},
		{"a port beyond 16 bits", head + "m=audio 65536 RTP/AVP 0\r\n", ErrMalformed},
		{"a negative port", head + "m=audio -1 RTP/AVP 0\r\n", ErrMalformed},
		{"zero ports", head + "m=audio 6000/0 RTP/AVP 0\r\n", ErrMalformed},
		{"ports that are no number", head + "m=audio 6000/x RTP/AVP 0\r\n", ErrMalformed},
		{"c= without an address", head + "c=IN IP4\r\n", ErrMalformed},
		{"a media type too long", head + "m=" + strings.Repeat("a", MaxToken+1) + " 1 RTP/AVP 0\r\n", ErrLimit},
		{"a format too long", head + "m=audio 1 RTP/AVP " + strings.Repeat("1", MaxToken+1) + "\r\n", ErrLimit},
	} {
		s, err := Parse(test.text)
		if !errors.Is(err, test.err) || (err == nil) != (test.err == nil) || (s == nil) != (err != nil) {
			t.Errorf("%s: %v, want %v", test.reason, err, test.err)
		}
	}
}

func TestLimits(t *testing.T) {
	const head = "v=0\r\no=- 1 1 IN IP4 192.0.2.2\r\ns=-\r\nc=IN IP4 192.0.2.2\r\nt=0 0\r\n"
	formats := func(count int) string { return "m=audio 6000 RTP/AVP" + strings.Repeat(" 0", count) + "\r\n" }
	media := func(count int) string { return strings.Repeat(formats(1), count) }
	attributes := func(count int) string { return strings.Repeat("a=x\r\n", count) }
	for _, test := range []struct {
		reason, text string
		err          error
	}{
		{"32 m= lines", head + media(MaxMedia), nil},
		{"33 m= lines", head + media(MaxMedia+1), ErrLimit},
		{"64 formats", head + formats(MaxFormats), nil},
		{"65 formats", head + formats(MaxFormats+1), ErrLimit},
		{"128 attributes of the session and of each m= line", head + attributes(MaxAttributes) + formats(1) + attributes(MaxAttributes) + formats(1) + attributes(MaxAttributes), nil},
		{"129 attributes of the session", head + attributes(MaxAttributes+1), ErrLimit},
		{"129 attributes of an m= line", head + formats(1) + attributes(MaxAttributes+1), ErrLimit},
		{"32 other lines of an m= line", head + formats(1) + strings.Repeat("b=AS:1\r\n", MaxLines), nil},
		{"33 other lines of an m= line", head + formats(1) + strings.Repeat("b=AS:1\r\n", MaxLines+1), ErrLimit},
		{"64 KiB", head + "a=" + strings.Repeat("x", MaxSession-len(head)-2), nil},
		{"64 KiB and one octet", head + "a=" + strings.Repeat("x", MaxSession-len(head)-1), ErrLimit},
		{"as many lines as fit into 64 KiB", head + strings.Repeat("\n", MaxSession-len(head)), ErrLimit},
	} {
		if _, err := Parse(test.text); !errors.Is(err, test.err) || (err == nil) != (test.err == nil) {
			t.Errorf("%s: %v, want %v", test.reason, err, test.err)
		}
	}
}
