package main

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml"

	"hookflash/config"
	"hookflash/flow"
)

// maxAccounts is how large a file of accounts may be, in octets.
const maxAccounts = 1 << 20

// other is somebody else's server; nil: a server of our own is started.
func (o *flowOptions) other(ctx context.Context) (*flow.Against, error) {
	if o.against == "" {
		return nil, nil
	}
	against := &flow.Against{Domain: o.domain, Passwords: map[string]string{}}
	var err error
	if against.Server, err = flowServer(ctx, o.against); err != nil {
		return nil, err
	}
	if o.accounts == "" {
		for _, user := range config.DemoUsers() {
			against.Passwords[user.Name] = user.Password
		}
	} else if against.Passwords, err = readAccounts(o.accounts); err != nil {
		return nil, err
	}
	for _, f := range o.flows {
		for _, person := range f.People() {
			if _, there := against.Passwords[person]; !there {
				return nil, fmt.Errorf("%s has no account %s, who is in %s\nAdd a line %s:PASSWORD", cmp.Or(o.accounts, "the demo"), person, f.Name, person)
			}
		}
	}
	return against, nil
}

// flowServer looks a server up.
func flowServer(ctx context.Context, text string) (netip.AddrPort, error) {
	host, port, err := net.SplitHostPort(text)
	if err != nil {
		host, port = strings.Trim(text, "[]"), "5060"
	}
	number, err := strconv.ParseUint(port, 10, 16)
	if err != nil || number == 0 {
		return netip.AddrPort{}, fmt.Errorf("--against %s: the port is a number from 1 to 65535, as in 192.0.2.1:5060", text)
	}
	addresses, err := net.DefaultResolver.LookupNetIP(ctx, "ip", host)
	if err != nil || len(addresses) == 0 {
		return netip.AddrPort{}, fmt.Errorf("--against %s: %w\nCheck the name, or write the server's address", text, err)
	}
	return netip.AddrPortFrom(addresses[0].Unmap(), uint16(number)), nil
}

// readAccounts reads names and passwords.
func readAccounts(file string) (map[string]string, error) {
	info, err := os.Stat(file)
	if err != nil {
		return nil, unreadable(file, err)
	}
	if info.Size() > maxAccounts {
		return nil, fmt.Errorf("--accounts %s has more than %d octets; it wants lines NAME:PASSWORD", file, maxAccounts)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, unreadable(file, err)
	}
	accounts, err := parseAccounts(string(text))
	if err != nil {
		return nil, fmt.Errorf("--accounts %s: %w", file, err)
	}
	return accounts, nil
}

// parseAccounts reads lines NAME:PASSWORD, a mapping of YAML, or a configuration with its users.
func parseAccounts(text string) (map[string]string, error) {
	var whole struct {
		Users []struct{ Name, Password string }
	}
	if yaml.Unmarshal([]byte(text), &whole) == nil && len(whole.Users) > 0 {
		accounts := map[string]string{}
		for _, user := range whole.Users {
			accounts[user.Name] = user.Password
		}
		return accounts, nil
	}
	var mapping map[string]string
	if yaml.Unmarshal([]byte(text), &mapping) == nil && len(mapping) > 0 {
		return mapping, nil
	}
	accounts := map[string]string{}
	lines := bufio.NewScanner(strings.NewReader(text))
	for number := 1; lines.Scan(); number++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		name, password, ok := strings.Cut(line, ":")
		if !ok || name == "" {
			return nil, fmt.Errorf("line %d is not NAME:PASSWORD", number) // and is not shown: it may be a password
		}
		accounts[strings.TrimSpace(name)] = password
	}
	if len(accounts) == 0 {
		return nil, errors.New("there is no account in it; it wants lines NAME:PASSWORD")
	}
	return accounts, lines.Err()
}
