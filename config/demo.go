package config

import (
	"net/netip"

	"hookflash/digest"
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
// port 5060, HTTP on 8080.
func Demo() *Config {
	config := defaults()
	config.Demonstration = true
	config.Domain = "example.test"
	address := netip.MustParseAddrPort("127.0.0.1:5060")
	config.Listen.SIP = []Listener{{machine.UDP, address}, {machine.TCP, address}}
	for _, user := range DemoUsers() {
		config.Users = append(config.Users, User{Name: user.Name, HA1: secrets(config.Digest, user.Name, config.Domain, user.Password)})
	}
	return config
}

// secrets are the HA1 of a password for each of the algorithms.
func secrets(algorithms []digest.Algorithm, name, realm, password string) map[digest.Algorithm]digest.HA1 {
	made := make(map[digest.Algorithm]digest.HA1, len(algorithms))
	for _, algorithm := range algorithms {
		made[algorithm] = digest.NewHA1(algorithm, name, realm, password)
	}
	return made
}
