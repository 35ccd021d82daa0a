package config

import (
	"net/netip"
	"time"

	"hookflash/directory"
)

// Media is where the server's own agents speak: announcements, voicemail, menus.
type Media struct {
	Address     netip.Addr // RTP is bound to it and SDP names it; zero: that of the first SIP listener
	First, Last uint16     // ports of RTP and RTCP
	Prompts     string     // folder of WAV files that replace the prompts of the program or add to them; "": none
	Language    string     // of prompts where a user has not said: "en" or "zh"
}

// Voicemail bounds mailboxes.
type Voicemail struct {
	Off         bool
	Longest     time.Duration // a message is cut off there
	Briefest    time.Duration // a shorter one is not kept
	MaxMessages int           // of one mailbox
	Keep        time.Duration // messages are deleted after it; zero: never
	// Mail is a command that gets each message of a mailbox with an address as a mail (RFC 5322)
	// on standard input: [/usr/sbin/sendmail, -t, -i]. Empty: none is sent.
	Mail []string
	From string // sender of these mails
}

// Menu is one menu of the menu agent.
type Menu struct {
	Name   string
	Prompt string // name of a prompt
	// Choices are targets by what is pressed: "0" to "9", "*", "#", or several digits.
	Choices map[string]directory.Target
	// Dial lets callers dial the numbers of users and groups.
	Dial     bool
	Timeout  time.Duration    // for a digit
	Tries    int              // of a choice that is none
	NoChoice directory.Target // after the last try; zero: hang up
	// Payer is the user by whose permissions choices are called; "": by the caller's, so that
	// strangers reach the domain alone.
	Payer string
}

// Numbers say how people dial here.
type Numbers struct {
	Country string // of two letters, ISO 3166: "DE"; "": only what begins with a plus is a number
	Area    string // code that numbers without one get
	// Emergency numbers are never screened and never blocked.
	Emergency []string
}

// Trunk leads to the telephone network: a gateway, or a provider.
type Trunk struct {
	Name     string
	Hops     []string            // sip: or sips: URIs without user part, tried in this order
	Prefixes []directory.Pattern // of the E.164 numbers it takes; none: all
	Sources  []netip.Prefix      // where its calls come from, beside hops that are addresses
	// Username and Password answer challenges of Realm ("": the host of the first hop), and of no other.
	Username, Password, Realm string
	Register                  bool // with the first hop
	Limit                     int  // calls at a time; 0: no limit
	Trusted                   bool // keeps secret who calls (RFC 3325 §7)
	Emergency                 bool // reaches those who help
	Number                    string
	Strip                     int
	Prepend                   string
	Default                   directory.Target // for numbers that nobody has
}

// Code is one dialled code.
type Code struct {
	Code string // "*72"; what is dialled behind it is its argument
	Does string // name of what it does: see package service/code
}

func defaultMedia() Media { return Media{First: 20000, Last: 29999, Language: "en"} }

func defaultVoicemail() Voicemail {
	return Voicemail{Longest: 3 * time.Minute, Briefest: time.Second, MaxMessages: 100}
}

func defaultNumbers() Numbers { return Numbers{Emergency: []string{"112", "911"}} }
