package order_test

import (
	"slices"
	"strings"
	"testing"

	"hookflash/service/order"
)

func TestLacks(t *testing.T) {
	for _, test := range []struct {
		reason, text string
		names        []string
		wrong        string
	}{
		{"nothing", "", nil, ""},
		{"all, in any order and case", "join, REFER,Replaces", []string{"replaces", "refer", "join"}, ""},
		{"one", "refer", []string{"refer"}, ""},
		{"something else", "replaces,hold", nil, `"hold" is nothing`},
	} {
		l, err := order.ParseLacks(test.text)
		if test.wrong != "" {
			if err == nil || !strings.Contains(err.Error(), test.wrong) {
				t.Errorf("%s: %v", test.reason, err)
			}
			continue
		}
		if err != nil || !slices.Equal(l.Names(), test.names) {
			t.Errorf("%s: %v, %v", test.reason, l.Names(), err)
		}
	}
}
