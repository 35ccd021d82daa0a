package config

import (
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
		keys := r.mapping(item, []string{"name", "prompt", "choices", "dial", "timeout", "tries", "no-choice"})
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
		r.config.Menus = append(r.config.Menus, menu)
	}
}
