package sip

import (
	"strings"
	"testing"
)

func TestParams(t *testing.T) {
	p := Params(`;lr ; Transport = tcp;q="a;b\"c";empty="";rport`)
	for _, c := range []struct {
		why, name, want string
		ok              bool
	}{
		{"without a value", "lr", "", true},
		{"names without case, white space round the equals sign", "transport", "tcp", true},
		{"a quoted value with separators and escapes", "q", `a;b"c`, true},
		{"an empty quoted value", "empty", "", true},
		{"the last one", "rport", "", true},
		{"part of a name", "rpor", "", false},
		{"what stands inside quotes is no parameter", `b\"c"`, "", false},
	} {
		if got, ok := p.Get(c.name); got != c.want || ok != c.ok || p.Has(c.name) != c.ok {
			t.Errorf("%s: got %q, %v, want %q, %v", c.why, got, ok, c.want, c.ok)
		}
	}
	if got, want := string(p.Without("LR", "transport")), `;q="a;b\"c";empty="";rport`; got != want {
		t.Errorf("Without: got %q, want %q", got, want)
	}
	count := 0
	for range p.Each {
		if count++; count == 2 {
			break
		}
	}
	if count != 2 {
		t.Error("Each does not stop when asked to")
	}
	for _, hostile := range []string{";", ";;;", ";=", `;a="`, `;a="\`, "a", ";a=b=c", `;a="x"y;b`} {
		for name, value := range Params(hostile).Each {
			_ = name + value
		}
		Params(hostile).Get("b")
	}
}

func TestParamsAllocateNothing(t *testing.T) {
	p := Params(`;branch=z9hG4bK-1;rport;received=192.0.2.1;x="quoted"`)
	if n := testing.AllocsPerRun(100, func() { p.Get("received"); p.Get("x"); p.Has("absent") }); n != 0 {
		t.Errorf("reading parameters allocates %v times", n)
	}
}

func TestQuote(t *testing.T) {
	for _, c := range []struct{ why, text, want string }{
		{"plain", "Bob", `"Bob"`},
		{"quotes and backslashes", `a"b\c`, `"a\"b\\c"`},
		{"line ends can't leave the string", "a\r\nEvil: x", `"a  Evil: x"`},
		{"NUL and DEL", "a\x00b\x7f", `"a b "`},
		{"UTF-8", "ä", `"ä"`},
	} {
		if got := Quote(c.text); got != c.want {
			t.Errorf("%s: got %q, want %q", c.why, got, c.want)
		}
	}
	for _, c := range []struct{ why, text, want string }{
		{"no quotes", "abc", "abc"}, {"empty", `""`, ""}, {"escapes", `"\"\\\a"`, `"\a`}, {"one quote only", `"`, `"`}, {"a backslash at the end", `"a\"`, "a\\"},
	} {
		if got := Unquote(c.text); got != c.want {
			t.Errorf("%s: got %q, want %q", c.why, got, c.want)
		}
	}
	if text := "plain \"and\" \\ more"; Unquote(Quote(text)) != text {
		t.Error("Unquote does not undo Quote")
	}
	if got := Quote(strings.Repeat("x", 1000)); len(got) != 1002 {
		t.Error("a long name is cut")
	}
}
