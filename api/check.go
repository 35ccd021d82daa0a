package api

import (
	"maps"
	"net/http"
	"slices"
	"strings"

	"hookflash/directory"
)

// maxNameLength is how long a name may be, in bytes.
const maxNameLength = 63

// nameFault says why a text can't be a name; "" when it can.
func nameFault(name string) string {
	switch {
	case name == "":
		return "a name is missing"
	case len(name) > maxNameLength:
		return "the name is too long: at most 63 letters, digits, . _ - +"
	case strings.ContainsFunc(name, func(c rune) bool {
		return !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.ContainsRune("._-+", c))
	}):
		return "a name has letters, digits, . _ - + and nothing else"
	}
	return ""
}

// named says whether what is put has the name of its path.
func named(path, body string) []Fault {
	if body != "" && body != path {
		return []Fault{{Location: "body.name", Message: "the path says " + path, Remedy: "leave the name out; nothing can be renamed"}}
	}
	return nil
}

// catalogue is what a change of one user, group or calendar is compared with.
func (a *administration) catalogue() *directory.Catalogue {
	c := a.Config()
	one := &directory.Catalogue{
		Domain: c.Domain, View: a.Store.Directory(), Menus: map[string][]directory.Target{}, Announcements: a.Announcements,
		Trunks: len(c.Trunks) > 0, NoVoicemail: c.Voicemail.Off, Music: c.Music.Names(), Normalize: a.Normalize,
	}
	if c.Numbers.Country == "" { // only what begins with a plus is a number, and its country is nobody's
		one.Normalize = nil
	}
	for _, menu := range c.Menus {
		targets := slices.Collect(maps.Values(menu.Choices))
		if !menu.NoChoice.IsZero() {
			targets = append(targets, menu.NoChoice)
		}
		one.Menus[menu.Name] = targets
	}
	return one
}

// whole is everything at once.
func (a *administration) whole() *directory.Catalogue {
	all := a.catalogue()
	all.Users, all.Groups, all.Calendars = map[string]*directory.User{}, map[string]*directory.Group{}, map[string]*directory.Calendar{}
	for _, entry := range a.Store.Users().All() {
		all.Users[entry.User.Name] = &entry.User
	}
	for _, entry := range a.Store.Groups().All() {
		all.Groups[entry.Value.Name] = &entry.Value
	}
	for _, entry := range a.Store.Calendars().All() {
		all.Calendars[entry.Value.Name] = &entry.Value
	}
	return all
}

// userFaults is what is wrong with a user who is to be put. at is where the routing stands in the body.
func (a *administration) userFaults(user *directory.User, at string) []Fault {
	all := a.catalogue()
	faults := a.twins(user.Name)
	for i, name := range user.Assistants {
		switch {
		case name == user.Name:
			faults = append(faults, Fault{Location: item("body.assistants", i), Message: name + " is the user itself", Remedy: "remove it: everybody may do that with their own calls"})
		case all.View.User(name) == nil:
			faults = append(faults, Fault{Location: item("body.assistants", i), Message: name + " is no user", Remedy: "name a user"})
		}
	}
	return append(faults, faultsOf(all.UserProblems(user), "users["+user.Name+"]", at)...)
}

// twins is whose name differs from that of a new user by case alone.
func (a *administration) twins(name string) (faults []Fault) {
	if a.Store.Users().Find(name) != nil {
		return nil
	}
	for _, entry := range a.Store.Users().All() {
		if other := entry.User.Name; strings.EqualFold(other, name) {
			faults = append(faults, Fault{Location: "path.name", Message: other + " differs from it by case alone", Remedy: "choose another name"})
		}
	}
	return faults
}

// faultsOf makes faults of problems; what begins with path stands at a place of the body.
func faultsOf(problems []directory.Problem, path, at string) []Fault {
	faults := make([]Fault, len(problems))
	for i, p := range problems {
		location := p.Path
		if rest, ok := strings.CutPrefix(p.Path, path); ok {
			location = at + rest
			if rest == ".name" {
				location = "path.name"
			}
		}
		faults[i] = Fault{Location: location, Message: p.What, Remedy: p.Remedy}
	}
	return faults
}

// pointing is who would point to nowhere without something: the problems that there were not before.
func (a *administration) pointing(without func(*directory.Catalogue)) []Fault {
	all := a.whole()
	before := map[directory.Problem]bool{}
	for _, p := range all.Problems() {
		before[p] = true
	}
	without(all)
	var faults []Fault
	for _, p := range all.Problems() {
		if !before[p] {
			before[p] = true // once
			faults = append(faults, Fault{Location: p.Path, Message: p.What, Remedy: p.Remedy})
		}
	}
	return faults
}

// needed is the answer to the deletion of what others point to.
func needed(name string, faults []Fault) error {
	if len(faults) == 0 {
		return nil
	}
	return problem(http.StatusConflict, "%s was not deleted: others point to it; change them first", name).with(faults)
}

// filed is the answer to the deletion of what the configuration file has.
func filed(name string) error {
	return problem(http.StatusConflict, "%s comes from the configuration file, which would bring it back: remove it there, and have the file read again (SIGHUP)", name)
}
