package sip

import (
	"net/netip"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

const editHead = "INVITE sip:a@h SIP/2.0\r\n"

// editable is a message with the header fields named in its tests and what Parse needs.
func editable(t *testing.T, lines string) *Message {
	t.Helper()
	return mustParse(t, editHead+lines+"f: <sip:a@h>;tag=1\r\nt: <sip:b@h>\r\ni: x\r\nCSeq: 1 INVITE\r\n\r\nbody")
}

func edited(m *Message, change func(*Edit)) string {
	var e Edit
	e.Reset(m)
	change(&e)
	return string(e.Bytes())
}

func TestEdit(t *testing.T) {
	const tail = "f: <sip:a@h>;tag=1\r\nt: <sip:b@h>\r\ni: x\r\nCSeq: 1 INVITE\r\n\r\nbody"
	const via = "Via: SIP/2.0/UDP h;branch=1\r\n"
	source := netip.MustParseAddrPort("192.0.2.9:1024")
	value := func(s string) []byte { return []byte(s) }
	for _, c := range []struct {
		why, lines string
		change     func(*Edit)
		want       string
	}{
		{"nothing", via, func(e *Edit) {}, editHead + via + tail},
		{"Request-URI", via, func(e *Edit) { e.SetRequestURI("sip:other@x;lr") }, "INVITE sip:other@x;lr SIP/2.0\r\n" + via + tail},
		{"the later Request-URI stands", via, func(e *Edit) { e.SetRequestURI("sip:one"); e.SetRequestURI("sip:two") }, "INVITE sip:two SIP/2.0\r\n" + via + tail},
		{"prepended in the order made", via, func(e *Edit) { e.Prepend(HeaderVia, value("1")); e.Prepend(HeaderRoute, value("2")) }, editHead + "Via: 1\r\nRoute: 2\r\n" + via + tail},
		{"added behind all others", via, func(e *Edit) { e.Add(HeaderReason, value("x")); e.AddNamed("X-Y", value("z")) }, editHead + via + strings.Replace(tail, "\r\n\r\n", "\r\nReason: x\r\nX-Y: z\r\n\r\n", 1)},
		{"set", via + "Max-Forwards: 70\r\n", func(e *Edit) { e.Set(HeaderMaxForwards, value("69")) }, editHead + via + "Max-Forwards: 69\r\n" + tail},
		{"the later value stands", via + "Max-Forwards: 70\r\n", func(e *Edit) { e.Set(HeaderMaxForwards, value("69")); e.Set(HeaderMaxForwards, value("68")) }, editHead + via + "Max-Forwards: 68\r\n" + tail},
		{"set what is not there", via, func(e *Edit) { e.Set(HeaderMaxForwards, value("69")) }, editHead + via + strings.Replace(tail, "\r\n\r\n", "\r\nMax-Forwards: 69\r\n\r\n", 1)},
		{"set an empty field", via + "Subject:\r\n", func(e *Edit) { e.Set(HeaderSubject, value("x")) }, editHead + via + "Subject:x\r\n" + tail},
		{"set an empty folded field", via + "s :  \r\n \r\n", func(e *Edit) { e.Set(HeaderSubject, value("x")) }, editHead + via + "s :x  \r\n \r\n" + tail},
		{"set a folded field", via + "Subject: a\r\n b\r\n", func(e *Edit) { e.Set(HeaderSubject, value("x")) }, editHead + via + "Subject: x\r\n" + tail},
		{"set drops further fields", via + "Allow: A\r\nX: y\r\nAllow: B\r\n", func(e *Edit) { e.Set(HeaderAllow, value("C")) }, editHead + via + "Allow: C\r\nX: y\r\n" + tail},
		{"remove every field", "Allow: A\r\n" + via + "allow : B\r\n C\r\n", func(e *Edit) { e.Remove(HeaderAllow) }, editHead + via + tail},
		{"remove what is not there", via, func(e *Edit) { e.Remove(HeaderAllow) }, editHead + via + tail},
		{"remove by name", via + "X-Secret: 1\r\nP-Asserted-Identity: x\r\n", func(e *Edit) {
			e.RemoveIf(func(_ Header, name string) bool { return strings.HasPrefix(name, "X-") })
		}, editHead + via + "P-Asserted-Identity: x\r\n" + tail},
		{"remove by value", via + "Proxy-Authorization: a\r\nProxy-Authorization: b\r\n", func(e *Edit) {
			e.RemoveValues(HeaderProxyAuthorization, func(value string) bool { return value == "b" })
		}, editHead + via + "Proxy-Authorization: a\r\n" + tail},
		{"what is prepended survives the removal of the first field", "Route: <sip:r>\r\n" + via, func(e *Edit) { e.Remove(HeaderRoute); e.Prepend(HeaderVia, value("1")) }, editHead + "Via: 1\r\n" + via + tail},
		{"and so in the other order", "Route: <sip:r>\r\n" + via, func(e *Edit) { e.Prepend(HeaderVia, value("1")); e.Remove(HeaderRoute) }, editHead + "Via: 1\r\n" + via + tail},
		{"a value set in a field that goes goes too", via + "Allow: A\r\n", func(e *Edit) { e.Set(HeaderAllow, value("longer than it was")); e.Remove(HeaderAllow) }, editHead + via + tail},
		{"top value of a comma list", "Via: SIP/2.0/UDP a;branch=1, SIP/2.0/UDP b;branch=2\r\n", func(e *Edit) { e.RemoveTopValues(HeaderVia, 1) }, editHead + "Via: SIP/2.0/UDP b;branch=2\r\n" + tail},
		{"a comma inside quotes is none", "Via: SIP/2.0/UDP a;x=\",\" ,\r\n SIP/2.0/UDP b\r\n", func(e *Edit) { e.RemoveTopValues(HeaderVia, 1) }, editHead + "Via: SIP/2.0/UDP b\r\n" + tail},
		{"top value of a folded field", "Via:\r\n SIP/2.0/UDP a\r\n ;branch=1\r\n" + via, func(e *Edit) { e.RemoveTopValues(HeaderVia, 1) }, editHead + via + tail},
		{"more values than one field has", "Route: <sip:1>,<sip:2>\r\n" + via + "Route: <sip:3>, <sip:4>\r\n", func(e *Edit) { e.RemoveTopValues(HeaderRoute, 3) }, editHead + via + "Route: <sip:4>\r\n" + tail},
		{"more values than there are", "Route: <sip:1>\r\n" + via, func(e *Edit) { e.RemoveTopValues(HeaderRoute, 9) }, editHead + via + tail},
		{"an empty value behind the last comma leaves no empty field", "v: SIP/2.0/UDP a ,\r\n" + via, func(e *Edit) { e.RemoveTopValues(HeaderVia, 1) }, editHead + via + tail},
		{"top values of nothing", via, func(e *Edit) { e.RemoveTopValues(HeaderRoute, 1) }, editHead + via + tail},
		{"last value of a list", via + "Route: <sip:1> , <sip:2>\r\n", func(e *Edit) { e.RemoveLastValue(HeaderRoute) }, editHead + via + "Route: <sip:1> \r\n" + tail},
		{"last value alone in its field", via + "Route: <sip:1>\r\nRoute: <sip:2>\r\n", func(e *Edit) { e.RemoveLastValue(HeaderRoute) }, editHead + via + "Route: <sip:1>\r\n" + tail},
		{"added as the last of a list", "Route: <sip:1>\r\n" + via, func(e *Edit) { e.AddLast(HeaderRoute, value("<sip:2>")) }, editHead + "Route: <sip:1>\r\nRoute: <sip:2>\r\n" + via + tail},
		{"stamped top of a comma list", "v: SIP/2.0/UDP a;branch=1 , SIP/2.0/UDP b\r\n", func(e *Edit) { e.StampVia(source) }, editHead + "v: SIP/2.0/UDP a;branch=1;received=192.0.2.9, SIP/2.0/UDP b\r\n" + tail},
		{"stamped folded Via", "Via: SIP/2.0/UDP a\r\n ;rport\r\n ;branch=1\r\n", func(e *Edit) { e.StampVia(source) }, editHead + "Via: SIP/2.0/UDP a;rport=1024;branch=1;received=192.0.2.9\r\n" + tail},
		{"stamped, with one more before it", via, func(e *Edit) { e.StampVia(source); e.Prepend(HeaderVia, value("new")) }, editHead + "Via: new\r\nVia: SIP/2.0/UDP h;branch=1;received=192.0.2.9\r\n" + tail},
		{"no value becomes a second line", via, func(e *Edit) {
			e.Prepend(HeaderSubject, value("a\r\nEvil: x"))
			e.AddNamed("N\r\nEvil", value("b\x00c"))
			e.SetRequestURI("sip:x SIP/2.0\r\nEvil: x")
		}, "INVITE sip:x SIP/2.0\r\nSubject: a\r\n" + via + strings.Replace(tail, "\r\n\r\n", "\r\nN: b\r\n\r\n", 1)},
	} {
		lines := c.lines
		if !strings.Contains(strings.ToLower(lines), "via") && !strings.HasPrefix(lines, "v:") {
			t.Fatalf("%s: no Via", c.why)
		}
		m := editable(t, lines)
		if got := edited(m, c.change); got != c.want {
			t.Errorf("%s:\n got %q\nwant %q", c.why, got, c.want)
		}
		var e Edit
		e.Reset(m)
		c.change(&e)
		if e.Size() != len(c.want) {
			t.Errorf("%s: size %d, want %d", c.why, e.Size(), len(c.want))
		}
	}
}

func TestEditOfResponse(t *testing.T) {
	m := mustParse(t, "SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP a, SIP/2.0/UDP b\r\nf: <sip:a@h>;tag=1\r\nt: <sip:b@h>;tag=2\r\ni: x\r\nCSeq: 1 INVITE\r\n\r\n")
	got := edited(m, func(e *Edit) { e.SetRequestURI("sip:x"); e.RemoveTopValues(HeaderVia, 1) })
	if want := strings.Replace(m.Text(), "SIP/2.0/UDP a, ", "", 1); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestEditAllocatesNothingWhenReused(t *testing.T) {
	m := mustParse(t, benchInvite)
	var e Edit
	var out []byte
	via, forwards := []byte("SIP/2.0/UDP p;branch=z9hG4bK1"), []byte("69")
	source := netip.MustParseAddrPort("192.0.2.9:1024")
	forward := func() {
		e.Reset(m)
		e.StampVia(source)
		e.SetRequestURI("sip:user0001@192.0.2.2:5060")
		e.Prepend(HeaderVia, via)
		e.Set(HeaderMaxForwards, forwards)
		e.Remove(HeaderRoute)
		out = e.Append(out[:0])
	}
	forward()
	if n := testing.AllocsPerRun(100, forward); n != 0 {
		t.Errorf("forwarding allocates %v times", n)
	}
}

// anyMessage draws a well-formed request with odd but legal spelling.
func anyMessage(t *rapid.T) string {
	space := rapid.SampledFrom([]string{"", " ", "  ", "\t", "\r\n ", " \r\n\t"})
	field := func(names []string, value string) string {
		return rapid.SampledFrom(names).Draw(t, "name") + rapid.SampledFrom([]string{":", " :", "\t:"}).Draw(t, "colon") +
			space.Draw(t, "before") + value + rapid.SampledFrom([]string{"", " ", "\t"}).Draw(t, "after") + "\r\n"
	}
	word := rapid.StringMatching(`[a-z0-9]{1,8}`)
	via := func() string {
		return "SIP/2.0/UDP " + word.Draw(t, "host") + space.Draw(t, "lws") + ";" + space.Draw(t, "lws") + "branch=z9hG4bK" + word.Draw(t, "branch")
	}
	fields := []string{
		field([]string{"Via", "v", "VIA"}, via()),
		field([]string{"From", "f"}, "\"a, \\\"b\" <sip:"+word.Draw(t, "user")+"@h>;tag="+word.Draw(t, "tag")),
		field([]string{"To", "t", "tO"}, "<sip:"+word.Draw(t, "user")+"@h>"),
		field([]string{"Call-ID", "i"}, word.Draw(t, "call")),
		field([]string{"CSeq", "cseq"}, "1"+rapid.SampledFrom([]string{" ", "\r\n ", "\t"}).Draw(t, "lws")+"MESSAGE"),
	}
	for range rapid.IntRange(0, 6).Draw(t, "more") {
		switch rapid.IntRange(0, 4).Draw(t, "kind") {
		case 0:
			fields = append(fields, field([]string{"Via", "v"}, via()+space.Draw(t, "lws")+","+space.Draw(t, "lws")+via()))
		case 1:
			fields = append(fields, field([]string{"Route", "route"}, "<sip:"+word.Draw(t, "route")+";lr>, <sip:x;lr>"))
		case 2:
			fields = append(fields, field([]string{"X-Unknown", "p"}, rapid.StringMatching(`[ -~é]{0,20}`).Draw(t, "text")))
		case 3:
			fields = append(fields, field([]string{"Allow"}, "INVITE, ACK"))
		default:
			fields = append(fields, "Organization:\r\n")
			for i, f := range fields[:len(fields)-1] {
				if strings.HasPrefix(f, "Organization") {
					fields = append(fields[:i], fields[i+1:]...)
					break
				}
			}
		}
	}
	head := strings.Join(rapid.Permutation(fields).Draw(t, "order"), "")
	return "MESSAGE sip:" + word.Draw(t, "user") + "@h SIP/2.0\r\n" + head + "\r\n" + rapid.StringMatching(`[ -~\r\n]{0,30}`).Draw(t, "body")
}

func TestEditKeepsWhatItIsNotTold(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := anyMessage(t)
		m, err := Parse(text)
		if err != nil {
			t.Fatalf("%v\n%q", err, text)
		}
		if got := edited(m, func(*Edit) {}); got != text {
			t.Fatalf("got %q, want %q", got, text)
		}
	})
}

// TestEditSays: what was set is what the next hop reads, and all else is as before.
func TestEditSays(t *testing.T) {
	headersOf := func(m *Message, h Header) (values []string) {
		for value := range m.Values(h) {
			values = append(values, value)
		}
		return values
	}
	rapid.Check(t, func(t *rapid.T) {
		m, err := Parse(anyMessage(t))
		if err != nil {
			t.Fatal(err)
		}
		var e Edit
		e.Reset(m)
		want := map[Header][]string{HeaderOrganization: headersOf(m, HeaderOrganization)}
		for _, h := range []Header{HeaderVia, HeaderRoute, HeaderAllow, HeaderFrom, HeaderTo, HeaderCallID, HeaderCSeq} {
			want[h] = headersOf(m, h)
		}
		if rapid.Bool().Draw(t, "strip route") {
			e.RemoveTopValues(HeaderRoute, 1)
			want[HeaderRoute] = want[HeaderRoute][min(1, len(want[HeaderRoute])):]
		}
		if rapid.Bool().Draw(t, "strip via") && len(want[HeaderVia]) > 1 {
			e.RemoveTopValues(HeaderVia, 1)
			want[HeaderVia] = want[HeaderVia][1:]
		}
		if rapid.Bool().Draw(t, "set") {
			e.Set(HeaderAllow, []byte("BYE"))
			want[HeaderAllow] = []string{"BYE"}
		}
		if rapid.Bool().Draw(t, "subject") {
			e.Set(HeaderOrganization, []byte("new"))
			want[HeaderOrganization] = []string{"new"}
		}
		if rapid.Bool().Draw(t, "prepend") {
			e.Prepend(HeaderVia, []byte("SIP/2.0/TCP new;branch=z9hG4bKnew"))
			want[HeaderVia] = append([]string{"SIP/2.0/TCP new;branch=z9hG4bKnew"}, want[HeaderVia]...)
		}
		if rapid.Bool().Draw(t, "push") {
			e.AddLast(HeaderRoute, []byte("<sip:last>"))
			want[HeaderRoute] = append(want[HeaderRoute], "<sip:last>")
		}
		got, err := Parse(string(e.Bytes()))
		if err != nil {
			t.Fatalf("%v\n%q", err, e.Bytes())
		}
		for h, values := range want {
			if have := headersOf(got, h); strings.Join(have, "|") != strings.Join(values, "|") {
				t.Fatalf("%s: got %q, want %q\n%q", h, have, values, e.Bytes())
			}
		}
		if got.Body() != m.Body() || len(e.Bytes()) != e.Size() {
			t.Fatal("body or size differ")
		}
	})
}
