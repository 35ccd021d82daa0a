package config

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"hookflash/directory"
)

const (
	maxMenus   = 1000
	maxChoices = 100 // of a menu

	defaultMenuTimeout = 5 * time.Second
	defaultMenuTries   = 3
)

func (r *reader) menus(f field) {
	items := r.list(f, maxMenus, "- {name: main, prompt: menu-main, choices: {\"1\": sales}} for each menu")
	for _, item := range items {
		menu := Menu{Timeout: defaultMenuTimeout, Tries: defaultMenuTries}
		keys := r.mapping(item, []string{"name", "prompt", "choices", "dial", "timeout", "tries", "no-choice", "payer"})
		r.setText(keys["name"], &menu.Name)
		r.announcement(keys["prompt"], &menu.Prompt)
		for _, choice := range r.entries(keys["choices"], maxChoices, `{"1": sales, "2": voicemail:bob}`) {
			var target directory.Target
			r.target(choice.value, &target)
			if menu.Choices == nil {
				menu.Choices = map[string]directory.Target{}
			}
			menu.Choices[choice.key] = target
		}
		r.setBool(keys["dial"], &menu.Dial)
		r.setDuration(keys["timeout"], &menu.Timeout)
		r.setInteger(keys["tries"], &menu.Tries)
		r.target(keys["no-choice"], &menu.NoChoice)
		r.setText(keys["payer"], &menu.Payer)
		r.config.Menus = append(r.config.Menus, menu)
	}
}

// checkMenus checks what does not need the rest of the directory.
func (c *Config) checkMenus(found *findings) {
	names := make([]string, len(c.Menus))
	for i := range c.Menus {
		menu := &c.Menus[i]
		names[i] = menu.Name
		path := fmt.Sprintf("menus[%d]", i)
		if menu.Prompt == "" {
			found.wrong(path+".prompt", "is missing", "name what is said to the caller, such as menu-main")
		}
		if menu.Prompt != "" && !c.hasAnnouncement(menu.Prompt) {
			found.warn(path+".prompt", quote(menu.Prompt)+" is no prompt of the program, nor a file in media.prompts", "add "+menu.Prompt+".wav to the folder of prompts")
		}
		if len(menu.Choices) == 0 && !menu.Dial {
			found.wrong(path+".choices", "is missing, so nobody could choose anything", `write {"1": sales} with targets of yours, or dial: true`)
		}
		for _, key := range slices.Sorted(maps.Keys(menu.Choices)) {
			place := path + ".choices." + key
			if key == "" || len(key) > maxChoice || strings.Trim(key, keypad) != "" {
				found.wrong(place, quote(key)+" can't be pressed", fmt.Sprintf("write 1 to %d digits, * or #, in quotes", maxChoice))
			}
		}
		if menu.Payer != "" && !slices.ContainsFunc(c.Users, func(u User) bool { return u.Name == menu.Payer }) {
			found.wrong(path+".payer", quote(menu.Payer)+" is no user", "name a user of the domain, by whose permissions the choices are called")
		}
		found.within(path+".timeout", menu.Timeout, time.Second, 30*time.Second)
		found.between(path+".tries", menu.Tries, 1, 10)
	}
	checkNames(found, "menus", names)
}

const (
	keypad    = "0123456789*#"
	maxChoice = 8 // digits of a choice
)

// checkNames checks the names of a list that no other check reads.
func checkNames(found *findings, list string, names []string) {
	first := make(map[string]int, len(names))
	for i, name := range names {
		path := fmt.Sprintf("%s[%d].name", list, i)
		lower := strings.ToLower(name)
		if what := nameFault(name); what != "" {
			found.wrong(path, what, "use letters, digits, . _ -")
		} else if other, taken := first[lower]; taken {
			found.wrong(path, fmt.Sprintf("%s is the same as %s[%d], %s", quote(name), list, other, quote(names[other])),
				"give each a name of its own; case alone does not count")
		} else {
			first[lower] = i
		}
	}
}
