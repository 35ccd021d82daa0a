package order

import (
	"fmt"
	"slices"
	"strings"

	"hookflash/ua"
)

// Lacks says what a telephone knows nothing of: neither Allow nor Supported mention it, and who asks for it is refused.
// The zero value lacks nothing.
type Lacks struct {
	Replaces bool // RFC 3891
	Refer    bool // RFC 3515
	Join     bool // RFC 3911
}

var lacked = []string{"replaces", "refer", "join"}

// ParseLacks reads what a telephone lacks: "replaces,refer,join" or some of it, "" for nothing.
func ParseLacks(text string) (l Lacks, err error) {
	for word := range strings.SplitSeq(text, ",") {
		switch strings.ToLower(strings.TrimSpace(word)) {
		case "replaces":
			l.Replaces = true
		case "refer":
			l.Refer = true
		case "join":
			l.Join = true
		case "":
		default:
			return l, fmt.Errorf("%q is nothing that a telephone may lack; write some of %s", word, strings.Join(lacked, ","))
		}
	}
	return l, nil
}

// Names are the words that ParseLacks reads.
func (l Lacks) Names() []string {
	all := map[string]bool{"replaces": l.Replaces, "refer": l.Refer, "join": l.Join}
	return slices.DeleteFunc(slices.Clone(lacked), func(word string) bool { return !all[word] })
}

// InstallLacking is Install for a telephone that lacks something.
func InstallLacking(a *ua.Agent, h ua.Handlers, l Lacks) {
	Install(a, h)
	h = a.Handlers()
	if l.Replaces {
		h.Replace = nil
	}
	if l.Refer {
		h.Refer = nil
	}
	if l.Join {
		h.Join = nil
	}
	a.Handle(h)
}
