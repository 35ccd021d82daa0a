package config

import (
	"net/netip"
	"strconv"
	"strings"
	"time"

	"hookflash/digest"
	"hookflash/directory"
	"hookflash/machine"
)

// Credential is a name and a password that may be shown.
type Credential struct{ Name, Password string }

// DemoUsers are the users of the demonstration. Their passwords are public: that is why
// Validate refuses to serve them beyond loopback.
func DemoUsers() []Credential {
	return []Credential{
		{"alice", "wonderland"},
		{"bob", "builder"},
		{"bill", "buffalo"},
		{"carol", "christmas"},
	}
}

// Demo is what is served without a file: the domain example.test on loopback, UDP and TCP
// port 5060, HTTP on 8080. Its users have the numbers from 1000 in their order, and mailboxes that
// calls go to when nobody answers; 2000 rings sales, which is open in office hours. The server stands in the calls of
// telephones that lack something, so that the codes work in them.
func Demo() *Config {
	config := defaults()
	config.Demonstration, config.Assist = true, directory.AssistLacking
	config.Domain = "example.test"
	address := netip.MustParseAddrPort("127.0.0.1:5060")
	config.Listen.SIP = []Listener{{machine.UDP, address}, {machine.TCP, address}}
	for i, user := range DemoUsers() {
		config.Users = append(config.Users, User{
			Name: user.Name, HA1: secrets(config.Digest, user.Name, config.Domain, user.Password),
			Routing: &directory.Routing{
				Display: strings.ToUpper(user.Name[:1]) + user.Name[1:], Numbers: []string{strconv.Itoa(firstDemoNumber + i)},
				Forward: directory.Forward{NoAnswer: directory.NoAnswer{To: directory.Target{Kind: directory.TargetVoicemail}, After: demoRing}},
			},
		})
	}
	config.demoServices()
	return config
}

const (
	firstDemoNumber = 1000
	demoRing        = directory.Duration(20 * time.Second)
)

// demoServices are a group, a calendar and a menu to try.
func (c *Config) demoServices() {
	c.Groups = []directory.Group{{
		Name: "sales", Display: "Sales", Numbers: []string{"2000"}, Members: []string{"alice", "bob"}, Ring: demoRing,
		NoAnswer: directory.Target{Kind: directory.TargetVoicemail, Value: "alice"}, Pickup: true,
	}}
	const monday, friday = 1 << 1, 1 << 5
	c.Calendars = []directory.Calendar{{
		Name: "office", Open: []directory.Hours{{Days: friday*2 - monday, From: 9 * 60, To: 17 * 60}},
	}}
	name := func(of string) directory.Target { return directory.Target{Kind: directory.TargetName, Value: of} }
	c.Menus = []Menu{{
		Name: "main", Prompt: "menu-main", Dial: true, Timeout: defaultMenuTimeout, Tries: defaultMenuTries,
		Choices: map[string]directory.Target{"0": name("carol"), "1": name("sales")}, NoChoice: name("sales"),
	}}
}

// secrets are the HA1 of a password for each of the algorithms.
func secrets(algorithms []digest.Algorithm, name, realm, password string) map[digest.Algorithm]digest.HA1 {
	made := make(map[digest.Algorithm]digest.HA1, len(algorithms))
	for _, algorithm := range algorithms {
		made[algorithm] = digest.NewHA1(algorithm, name, realm, password)
	}
	return made
}
