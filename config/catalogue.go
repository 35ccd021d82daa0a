package config

import (
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"

	"hookflash/directory"
	"hookflash/prompts"
)

// checkRouting checks what users, groups, calendars, menus and trunks say about one another, by
// the rules that hold for changes while the server runs too.
func (c *Config) checkRouting(found *findings) {
	names := c.named(found)
	catalogue := c.catalogue(names)
	missing := false
	catalogue.Announcements = func(name string) bool {
		missing = missing || !c.hasAnnouncement(name)
		return true
	}
	wrong := catalogue.Problems()
	for _, problem := range wrong {
		found.wrong(names.place(problem.Path), problem.What, problem.Remedy)
	}
	if missing { // it may be recorded yet: a warning
		known := make(map[directory.Problem]bool, len(wrong))
		for _, problem := range wrong {
			known[problem] = true
		}
		catalogue.Announcements = c.hasAnnouncement
		for _, problem := range catalogue.Problems() {
			if !known[problem] {
				found.warn(names.place(problem.Path), problem.What, problem.Remedy)
			}
		}
	}
	for i := range c.Users {
		if routing := c.Users[i].Routing; routing != nil {
			c.checkUserRouting(found, fmt.Sprintf("users[%d]", i), routing)
		}
	}
}

// places are where the file has what is known by name: "users[bob]" is "users[1]".
type places map[string]string

// named finds the places, and reports names that nobody can have. What has one is not in it.
func (c *Config) named(found *findings) places {
	list := func(count int, name func(i int) string) []string {
		names := make([]string, count)
		for i := range names {
			names[i] = name(i)
		}
		return names
	}
	all := places{}
	add := func(kind string, names []string) {
		seen := map[string]bool{}
		for i, name := range names {
			if lower := strings.ToLower(name); nameFault(name) == "" && !seen[lower] {
				seen[lower] = true
				all[kind+"["+name+"]"] = fmt.Sprintf("%s[%d]", kind, i)
			}
		}
	}
	groups := list(len(c.Groups), func(i int) string { return c.Groups[i].Name })
	calendars := list(len(c.Calendars), func(i int) string { return c.Calendars[i].Name })
	checkNames(found, "groups", groups)
	checkNames(found, "calendars", calendars)
	add("users", list(len(c.Users), func(i int) string { return c.Users[i].Name }))
	add("groups", groups)
	add("calendars", calendars)
	return all
}

// place is the path in the file of what a problem of the catalogue is about.
func (p places) place(path string) string {
	if inner, ok := strings.CutPrefix(path, "menus["); ok {
		return strings.TrimSuffix(inner, "]") // the catalogue knows targets of menus and trunks by their paths
	}
	end := strings.IndexByte(path, ']') + 1
	if place, ok := p[path[:end]]; ok {
		return place + path[end:]
	}
	return path
}

// catalogue is what the directory would be. Targets that are neither a user's nor a group's are
// in it under their paths.
func (c *Config) catalogue(names places) *directory.Catalogue {
	catalogue := &directory.Catalogue{
		Domain: c.Domain, Users: map[string]*directory.User{}, Groups: map[string]*directory.Group{}, Calendars: map[string]*directory.Calendar{},
		Menus: map[string][]directory.Target{}, Trunks: len(c.Trunks) > 0, NoVoicemail: c.Voicemail.Off, Music: c.Music.names,
	}
	if plan, err := c.Plan(); err == nil {
		catalogue.Normalize = plan.Normalize
	}
	for i := range c.Users {
		if user := &c.Users[i]; names["users["+user.Name+"]"] == fmt.Sprintf("users[%d]", i) {
			catalogue.Users[user.Name] = &directory.User{
				Name: user.Name, HA1: user.HA1, Digest: user.Digest, Assistants: user.Assistants, Routing: user.Routing,
			}
		}
	}
	for i := range c.Groups {
		if group := &c.Groups[i]; names["groups["+group.Name+"]"] == fmt.Sprintf("groups[%d]", i) {
			catalogue.Groups[group.Name] = group
		}
	}
	for i := range c.Calendars {
		if calendar := &c.Calendars[i]; names["calendars["+calendar.Name+"]"] == fmt.Sprintf("calendars[%d]", i) {
			catalogue.Calendars[calendar.Name] = calendar
		}
	}
	for i := range c.Menus {
		menu := &c.Menus[i]
		catalogue.Menus[menu.Name] = nil
		for key, target := range menu.Choices {
			catalogue.Menus[fmt.Sprintf("menus[%d].choices.%s", i, key)] = []directory.Target{target}
		}
		if !menu.NoChoice.IsZero() {
			catalogue.Menus[fmt.Sprintf("menus[%d].no-choice", i)] = []directory.Target{menu.NoChoice}
		}
	}
	for i := range c.Trunks {
		if target := c.Trunks[i].Default; !target.IsZero() {
			catalogue.Menus[fmt.Sprintf("trunks[%d].default", i)] = []directory.Target{target}
		}
	}
	for path, target := range c.Park.targets() {
		catalogue.Menus[path] = []directory.Target{target}
	}
	return catalogue
}

// checkUserRouting checks of one user what the catalogue does not know of.
func (c *Config) checkUserRouting(found *findings, path string, routing *directory.Routing) {
	if routing.Mailbox.Mail != "" && len(c.Voicemail.Mail) == 0 && !c.Voicemail.Off {
		found.warn(path+".mailbox.mail", "is where messages go, and nothing sends mails", "name a program at voicemail.mail")
	}
	for i := range routing.Screening {
		checkSources(found, fmt.Sprintf("%s.screening[%d].sources", path, i), routing.Screening[i].Sources)
	}
}

// checkSources checks networks that a rule compares with.
func checkSources(found *findings, list string, prefixes []netip.Prefix) {
	for i, prefix := range prefixes {
		path := fmt.Sprintf("%s[%d]", list, i)
		switch {
		case !prefix.IsValid(): // the catalogue says so
		case prefix.Addr().Is4In6():
			found.wrong(path, prefix.String()+" is an IPv4 network in IPv6 dress, which would match nothing", "write it as IPv4")
		case prefix != prefix.Masked():
			found.wrong(path, fmt.Sprintf("%s has bits set after its length", prefix),
				fmt.Sprintf("write %s for the network or %s for the one address", prefix.Masked(), prefix.Addr()))
		}
	}
}

// hasAnnouncement tells whether the program has a prompt of that name, or the folder of prompts a
// file.
func (c *Config) hasAnnouncement(name string) bool {
	if prompts.Known(name) {
		return true
	}
	if c.Media.Prompts == "" || !filepath.IsLocal(name) {
		return false
	}
	for _, language := range append([]string{""}, languages...) {
		if info, err := os.Stat(filepath.Join(c.Media.Prompts, language, name+".wav")); err == nil && info.Mode().IsRegular() {
			return true
		}
	}
	return false
}
