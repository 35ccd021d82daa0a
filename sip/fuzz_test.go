package sip

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// addTorture makes every torture message a seed.
func addTorture(f *testing.F, add func(text string)) {
	f.Helper()
	for _, pattern := range []string{"testdata/rfc4475/*.dat", "testdata/rfc5118/*/*"} {
		paths, _ := filepath.Glob(pattern)
		for _, path := range paths {
			text, err := os.ReadFile(path)
			if err != nil {
				f.Fatal(err)
			}
			add(string(text))
		}
	}
	add(benchInvite)
}

// addValues makes the values of some header fields of the torture messages seeds.
func addValues(f *testing.F, wanted ...Header) {
	f.Helper()
	addTorture(f, func(text string) {
		m, _ := Parse(text)
		if m == nil {
			return
		}
		for _, h := range wanted {
			for value := range m.Values(h) {
				f.Add(value)
			}
		}
	})
}

func sameIndex(t *testing.T, one, other *Message) {
	t.Helper()
	if one.Method() != other.Method() || one.CallID() != other.CallID() || one.FromTag() != other.FromTag() || one.ToTag() != other.ToTag() ||
		one.CSeq() != other.CSeq() || one.Branch() != other.Branch() || one.Body() != other.Body() || one.StatusCode() != other.StatusCode() {
		t.Fatalf("reads otherwise:\n%q\n%q", one.Text(), other.Text())
	}
}

func FuzzParse(f *testing.F) {
	addTorture(f, func(text string) { f.Add(text) })
	for _, c := range hostile {
		f.Add(c.make(1024))
	}
	f.Fuzz(func(t *testing.T, text string) {
		m, err := Parse(text)
		if m == nil {
			if err == nil {
				t.Fatal("neither message nor error")
			}
			return
		}
		consume(text)
		if err != nil {
			response := string(NewResponse(m, testSource, Answer{Code: 400, ToTag: "x"}).Empty())
			if strings.Count(response, "\r\n\r\n") != 1 || !strings.HasSuffix(response, "\r\n\r\n") {
				t.Fatalf("an answer of two parts: %q", response)
			}
			return
		}
		if !strings.Contains(text, m.Text()) {
			t.Fatal("the text is not what arrived")
		}
		var e Edit
		e.Reset(m)
		same := string(e.Bytes())
		if same != m.Text() {
			t.Fatal("an edit without operations changes the text")
		}
		again, err := Parse(same)
		if err != nil {
			t.Fatalf("does not parse again: %v", err)
		}
		sameIndex(t, m, again)
		checkSlowPath(t, m)
		if len(m.fields) == MaxFields {
			return
		}
		e.Prepend(HeaderVia, []byte("SIP/2.0/TCP p;branch=z9hG4bKp"))
		if e.Size() > MaxMessage {
			return
		}
		behind, err := Parse(string(e.Bytes()))
		if err != nil {
			t.Fatalf("with a Via in front does not parse: %v\n%q", err, e.Bytes())
		}
		if behind.Branch() != "z9hG4bKp" || len(behind.Text()) != e.Size() || len(behind.fields) != len(m.fields)+1 {
			t.Fatalf("with a Via in front: %q", e.Bytes())
		}
		e.Reset(behind)
		e.RemoveTopValues(HeaderVia, 1)
		if string(e.Bytes()) != m.Text() {
			t.Fatalf("the Via in front does not come off again: %q", e.Bytes())
		}
	})
}

// checkSlowPath: a field spelled so that it takes the long way reads as on the short one.
func checkSlowPath(t *testing.T, m *Message) {
	t.Helper()
	var b strings.Builder
	b.WriteString(m.text[:m.headerStart])
	for i := range m.fields {
		f := &m.fields[i]
		b.WriteString(m.text[f.start:f.nameEnd] + " :\t" + m.text[f.valueStart:f.valueEnd] + " \r\n")
	}
	b.WriteString("\r\n" + m.Body())
	if b.Len() > MaxMessage {
		return
	}
	slow, err := Parse(b.String())
	if err != nil {
		t.Fatalf("on the long way: %v\n%q", err, b.String())
	}
	sameIndex(t, m, slow)
	for i := range m.fields {
		if m.fields[i].header != slow.fields[i].header || m.value(i) != slow.value(i) {
			t.Fatalf("field %d on the long way: %q, not %q", i, slow.value(i), m.value(i))
		}
	}
}

func FuzzURI(f *testing.F) {
	for _, seed := range []string{
		"sip:alice:secretword@atlanta.com:5060;transport=tcp?subject=project%20x&priority=urgent", "tel:+1-201-555-0123;ext=5", "sips:[2001:db8::1]:5061;lr",
		"sip:a?b;c@[2001:db8:::192.0.2.1]", "urn:service:sos", "sip:%61lice%3b@h;a=%62", "sip:h?x=a@b", "sip:a:@h", "SIP:h:05060", "tel:*21#;phone-context=+1",
	} {
		f.Add(seed, seed)
	}
	f.Fuzz(func(t *testing.T, one, other string) {
		u, err := ParseURI(one)
		if err != nil {
			return
		}
		if strings.ContainsAny(one, " \r\n\t\x00<>\"") {
			t.Fatalf("%q parses", one)
		}
		printed := u.String()
		if len(printed) > len(one) || u.Port == 0 && printed != one {
			t.Fatalf("%q prints %q", one, printed)
		}
		again, err := ParseURI(printed)
		if err != nil || !again.Equal(u) || !u.Equal(u) || again.String() != printed {
			t.Fatalf("%q prints %q, which is another: %v", one, printed, err)
		}
		if escaped := EscapeUser(Unescape(u.User)); Unescape(escaped) != Unescape(u.User) {
			t.Fatalf("user part %q escapes to %q", u.User, escaped)
		}
		HostAddress(u.Host)
		u.AddressOfRecord()
		u.Header("replaces")
		if v, err := ParseURI(other); err == nil && u.Equal(v) != v.Equal(u) {
			t.Fatalf("%q and %q are equal one way only", one, other)
		}
	})
}

func FuzzAddress(f *testing.F) {
	addValues(f, HeaderFrom, HeaderTo, HeaderContact, HeaderRoute, HeaderRecordRoute)
	f.Add("\"a\\\"b\" <sip:a@h;x=y>;tag=1;q=\"a;b\"")
	f.Add("*")
	f.Fuzz(func(t *testing.T, text string) {
		ParseContact(text)
		ParseHistoryInfo(text)
		ParseDiversion(text)
		ParseRoute(text)
		a, err := ParseAddress(text)
		if err != nil {
			return
		}
		again, err := ParseAddress(string(append(a.appendBracketed(nil), a.Params...)))
		if err != nil || again.Text != a.Text || again.Params != a.Params || again.Name() != a.Name() {
			t.Fatalf("%q: %+v reads as %+v, %v", text, a, again, err)
		}
		// A comma list of it is two of it, however it is looked at.
		end, err := checkAddresses(text+","+text, 0, classSpace)
		if err != nil || end != 2*len(text)+1 {
			t.Fatalf("%q twice is no list: %v", text, err)
		}
		if before, rest, found, ok := cut(text+","+text, ','); !found || !ok || before != text || rest != text {
			t.Fatalf("%q twice is cut into %q and %q", text, before, rest)
		}
	})
}

func FuzzVia(f *testing.F) {
	addValues(f, HeaderVia)
	f.Add("SIP / 2.0 / UDP [2001:db8::1] : 5060 ; rport ;received=::1; branch = z9hG4bK1 ")
	f.Fuzz(func(t *testing.T, text string) {
		v, err := ParseVia(text)
		if err != nil {
			return
		}
		stamped := string(appendStamped(nil, text[:strings.LastIndex(text, string(v.Params))], v, testSource))
		again, err := ParseVia(stamped)
		if err != nil || again.Branch() != v.Branch() || again.Host != v.Host || again.Port != v.Port || again.Transport != v.Transport {
			t.Fatalf("%q is stamped %q, %v", text, stamped, err)
		}
		if HostAddress(v.Host); v.Params.Has("rport") {
			if port, _ := again.Params.Get("rport"); port != "1024" {
				t.Fatalf("%q is stamped %q", text, stamped)
			}
		}
		if before, _, found, ok := cut(text+","+text, ','); !found || !ok || before != text {
			t.Fatalf("%q twice is cut after %q", text, before)
		}
	})
}

func FuzzMultipart(f *testing.F) {
	addTorture(f, func(text string) {
		if m, _ := Parse(text); m != nil && m.Has(HeaderContentType) {
			f.Add(m.Header(HeaderContentType), m.Body())
		}
	})
	f.Add("multipart/mixed;boundary=b", "--b\r\nContent-Type: multipart/mixed;boundary=c\r\n\r\n--c\r\n\r\nx\r\n--c--\r\n--b--")
	f.Add("multipart/mixed;boundary=\"b\"", "--b\r\n--b--")
	f.Fuzz(func(t *testing.T, contentType, body string) {
		kind, err := ParseContentType(contentType)
		if err != nil {
			return
		}
		parts, err := ParseBody(kind, body)
		if err != nil {
			return
		}
		total := 0
		for _, p := range parts {
			total += len(p.Body) + len(p.Headers)
			if !strings.Contains(body, p.Body) || p.Depth > MaxMultipartDepth {
				t.Fatalf("part %+v is not of %q", p, body)
			}
			p.Field("Content-Disposition")
		}
		if total > len(body) || len(parts) > MaxParts {
			t.Fatalf("%d parts of %d octets from %d", len(parts), total, len(body))
		}
	})
}

func FuzzParams(f *testing.F) {
	addTorture(f, func(text string) {
		if m, _ := Parse(text); m != nil {
			for _, value := range m.Fields() {
				f.Add(value)
			}
		}
	})
	f.Add(";lr ; Transport = tcp;q=\"a;b\\\"c\";empty=\"\";rport")
	f.Fuzz(func(t *testing.T, text string) {
		for _, parse := range []func(string){
			func(s string) { ParseSessionExpires(s) }, func(s string) { ParseReplaces(s) }, func(s string) { ParseEvent(s) },
			func(s string) { ParseSubscriptionState(s) }, func(s string) { ParseRAck(s) }, func(s string) { ParseDate(s) },
			func(s string) { ParseRetryAfter(s) }, func(s string) { ParseWarning(s) }, func(s string) { ParseReason(s) },
			func(s string) { ParsePrivacy(s) }, func(s string) { ParsePreference(s) }, func(s string) { ParseInfo(s) },
			func(s string) { MentionsRealm(s, "h") }, func(s string) { ParseQ(s) }, func(s string) { Unquote(s) },
		} {
			parse(text)
		}
		if got := Unquote(Quote(text)); !strings.ContainsFunc(text, func(c rune) bool { return c < ' ' || c == 127 }) && got != text {
			t.Fatalf("%q is quoted %q", text, Quote(text))
		}
		for name, value := range Params(text).Each {
			if len(name)+len(value) > len(text) {
				t.Fatalf("%q has %q=%q", text, name, value)
			}
		}
		list := paramScan{space: classSpace}
		if list.scan(text, 0) != len(text) {
			return
		}
		// What is well-formed reads the same, parameter by parameter, as it was scanned.
		count := 0
		for name, value := range Params(text).Each {
			count++
			if !IsToken(name) {
				t.Fatalf("%q has a parameter %q", text, name)
			}
			one := paramScan{space: classSpace, wanted: Lower(name)}
			if end := one.scan(text, 0); end == len(text) && (!one.found || text[one.start:one.end] != value) {
				t.Fatalf("%q: %q is %q and %q", text, name, value, text[one.start:one.end])
			}
		}
		if count != list.count {
			t.Fatalf("%q has %d and %d parameters", text, count, list.count)
		}
		without := Params(text).Without("none of them")
		if again := (paramScan{space: classSpace}); again.scan(string(without), 0) != len(without) {
			t.Fatalf("%q less nothing is %q", text, without)
		}
	})
}
