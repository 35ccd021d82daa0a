package sip

import "testing"

func TestTerse(t *testing.T) {
	const whole = "SIP/2.0 483 Too Many Hops\r\nVia: SIP/2.0/UDP h;branch=z9hG4bKx\r\nContent-Length: 0\r\n\r\n"
	const brief = "SIP/2.0 483 \r\nVia: SIP/2.0/UDP h;branch=z9hG4bKx\r\n\r\n"
	const withBody = "SIP/2.0 483 Too Many Hops\r\nVia: SIP/2.0/UDP h;branch=z9hG4bKx\r\nContent-Length: 4\r\n\r\nbody"
	for _, row := range []struct {
		reason, response string
		most             int
		want             string
	}{
		{"short enough as it is", whole, len(whole), whole},
		{"one octet too long", whole, len(whole) - 1, brief},
		{"as short as it gets", whole, len(brief), brief},
		{"silence rather than more", whole, len(brief) - 1, ""},
		{"a body keeps its length", withBody, len(withBody) - 1, "SIP/2.0 483 \r\nVia: SIP/2.0/UDP h;branch=z9hG4bKx\r\nContent-Length: 4\r\n\r\nbody"},
		{"nothing to begin with", "SIP", 1, ""},
	} {
		if got := string(Terse([]byte(row.response), row.most)); got != row.want {
			t.Errorf("%s: got %q, want %q", row.reason, got, row.want)
		}
	}
	if _, err := Parse(brief[:len(brief)-2] + "f: <sip:a@b>;tag=1\r\nt: <sip:a@b>\r\ni: x\r\nCSeq: 1 OPTIONS\r\n\r\n"); err != nil {
		t.Errorf("a response without reason phrase is one: %v", err)
	}
}
