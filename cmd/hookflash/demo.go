package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"hookflash/config"
	"hookflash/digest"
)

// demo is the configuration without a file. Its data has a place of its own, so that it
// never mixes with that of a real domain in the working directory.
func demo() (*config.Config, error) {
	loaded := config.Demo()
	// The phones that come with distributions know MD5 alone and fail at first on a list;
	// with public passwords, registering at once is worth more than the stronger algorithm.
	loaded.Digest = []digest.Algorithm{digest.MD5}
	cache, err := os.UserCacheDir()
	if err != nil {
		return loaded, nil // ./data: there is no home
	}
	loaded.Data = filepath.Join(cache, "hookflash", "demo")
	if err := os.MkdirAll(loaded.Data, 0o700); err != nil {
		return nil, fmt.Errorf("make a folder for the demo's data: %w\nMake %s writable, or name a folder that is: XDG_CACHE_HOME=/tmp hookflash serve", err, cache)
	}
	return loaded, nil
}

// welcome is the first screen of the demo. program is how hookflash was called.
func welcome(loaded *config.Config, program string) string {
	server := loaded.Listen.SIP[0].Address
	users := config.DemoUsers()
	first, second := users[0], users[1]
	var text strings.Builder
	line := func(format string, values ...any) { fmt.Fprintf(&text, format+"\n", values...) }

	line("hookflash serves the demo domain %s, for phones on this machine.", loaded.Domain)
	line("")
	line("  phones   udp and tcp, %s", server)
	line("  http     http://%s   /metrics /healthz /readyz", loaded.Listen.HTTP)
	line("  data     %s   (delete it to begin anew)", loaded.Data)
	line("")
	line("  number   user     password")
	for i, user := range users {
		line("  %-8s %-8s %s", loaded.Users[i].Routing.Numbers[0], user.Name, user.Password)
	}
	for _, group := range loaded.Groups {
		line("  %-8s %-8s rings %s", group.Numbers[0], group.Name, strings.Join(group.Members, " and "))
	}
	line("  %-8s %-8s parks a call that is transferred there; 701 to 720 take it", "700", "")
	line("  %-8s %-8s picks up what rings at a colleague in %s; *66 calls back who was busy", "*8", "", loaded.Groups[0].Name)
	line("")
	line("Two phones, each in a terminal of its own:")
	line("")
	for _, user := range []config.Credential{second, first} {
		line("  %s phone --as %s", program, user.Name)
	}
	line("")
	line("At %s's press c, type %s and Enter; at %s's press a to answer. ? lists the keys.", first.Name, second.Name, second.Name)
	line("To see a service played and drawn:   %s flow run call-hold", program)
	line("All that telephones can dial here:   %s card", program)
	line("")
	line("Connect another phone: user %s, password %s, domain %s, proxy %s.", first.Name, first.Password, loaded.Domain, server)
	line("With baresip (apt-get install baresip), in another terminal:")
	line("")
	for _, user := range []config.Credential{first, second} {
		line("  mkdir -p /tmp/%s", user.Name)
		line("  echo '%s' > /tmp/%s/accounts", account(user, loaded), user.Name)
		line("  baresip -f /tmp/%s", user.Name)
		if user == first {
			line("")
			line("and %s in a third one, to have somebody to call:", second.Name)
			line("")
		}
	}
	line("")
	line("Then type /dial sip:%s@%s at %s's phone; %s's answers to /accept.", second.Name, loaded.Domain, first.Name, second.Name)
	line("To watch the messages of every call: %s trace", program)
	line("To serve your own domain:            %s serve --config FILE", program)
	line("Ctrl-C ends.")
	line("")
	return text.String()
}

// account is a line for the accounts file of baresip.
func account(user config.Credential, loaded *config.Config) string {
	return fmt.Sprintf(`<sip:%s@%s>;auth_pass=%s;outbound="sip:%s"`, user.Name, loaded.Domain, user.Password, loaded.Listen.SIP[0].Address)
}
