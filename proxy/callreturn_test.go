package proxy

import (
	"testing"

	"hookflash/directory"
)

// TestBack: the address by which a caller is called back.
func TestBack(t *testing.T) {
	of := func(address, number string) directory.Subject {
		return directory.Subject{Address: address, Number: number}
	}
	for _, test := range []struct {
		reason string
		caller Caller
		want   string
	}{
		{"a user", Caller{Subject: of("alice@example.test", "1001")}, "alice@example.test"},
		{"who hides", Caller{Subject: of("alice@example.test", "1001"), Anonymous: true}, ""},
		{"a number, by its trunk", Caller{Subject: of("+4930777@gw.test", "+4930777"), Trunk: "gw"}, "+4930777@example.test"},
		{"a trunk's caller without a number", Caller{Subject: of("desk@gw.test", ""), Trunk: "gw"}, "desk@gw.test"},
		{"a stranger who writes a dear number is called at the stranger's", Caller{Subject: of("0190123456@evil.test", "+49190123456")}, "0190123456@evil.test"},
		{"who shows nothing", Caller{}, ""},
	} {
		if got := test.caller.back("example.test"); got != test.want {
			t.Errorf("%s: %q, want %q", test.reason, got, test.want)
		}
	}
}
