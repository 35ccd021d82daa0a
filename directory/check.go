package directory

import (
	"maps"
	"slices"
)

// MaxProblems is how many problems are told at once; further ones are left out.
const MaxProblems = 1000

// Catalogue is everything that a domain knows, to be checked before it is believed. It is read,
// never changed.
type Catalogue struct {
	Domain    string // lower case
	Users     map[string]*User
	Groups    map[string]*Group
	Calendars map[string]*Calendar
	// View finds what is in a nil map above: enough to check one user, group or calendar.
	View View
	// Menus are all targets of each menu.
	Menus map[string][]Target
	// Announcements tells whether there is an announcement. nil: there are all.
	Announcements func(name string) bool
	// Trunks tells that numbers of the telephone network can be called.
	Trunks bool
	// Music are the names of all music, in lower case, sorted. nil: there are all.
	Music []string
	// NoVoicemail tells that there are no mailboxes.
	NoVoicemail bool
	// Normalize is as proxy.Settings has it; nil: numbers are compared as they are written, and
	// it is not checked how far they go.
	Normalize func(dialled string) (number string, class Class, ok bool)
}

// Problem is one thing that cannot be as it is.
type Problem struct {
	Path   string // such as users[bob].forward.busy
	What   string // is wrong, and why
	Remedy string // what to do
}

// String is "path: what; remedy".
func (p Problem) String() string { return p.Path + ": " + p.What + "; " + p.Remedy }

// Reserved are the user parts of the server's own agents: nobody can have them as a name.
var Reserved = []string{"announce", "ask", "bridge", "callpark", "click", "codes", "conference", "lamps", "menu", "music", "park", "redial", "voicemail"}

// Problems finds everything that is wrong, in the order of users, groups, calendars and menus, and
// of their names. It reads what Users, Groups, Calendars and Menus hold.
func (c *Catalogue) Problems() []Problem {
	k := c.check()
	k.number()
	for _, name := range slices.Sorted(maps.Keys(c.Users)) {
		k.checkName("users["+name+"]", name, c.Users[name].Name)
		k.checkUser(c.Users[name])
	}
	for _, name := range slices.Sorted(maps.Keys(c.Groups)) {
		k.checkName("groups["+name+"]", name, c.Groups[name].Name)
		k.checkGroup(c.Groups[name])
	}
	for _, name := range slices.Sorted(maps.Keys(c.Calendars)) {
		k.checkName("calendars["+name+"]", name, c.Calendars[name].Name)
		k.checkCalendar(c.Calendars[name])
	}
	for _, name := range slices.Sorted(maps.Keys(c.Menus)) {
		for _, target := range c.Menus[name] {
			k.target("menus["+name+"]", target, nil)
		}
	}
	k.circles()
	return k.problems
}

// UserProblems finds what is wrong with a user who is to be put, in the place of whoever has the
// name.
func (c *Catalogue) UserProblems(u *User) []Problem {
	k := c.check()
	k.user = u
	k.checkUser(u)
	k.circle(u.Name)
	return k.problems
}

// GroupProblems finds what is wrong with a group that is to be put.
func (c *Catalogue) GroupProblems(g *Group) []Problem {
	k := c.check()
	k.group = g
	k.checkGroup(g)
	k.circle(g.Name)
	return k.problems
}

// CalendarProblems finds what is wrong with a calendar that is to be put.
func (c *Catalogue) CalendarProblems(calendar *Calendar) []Problem {
	k := c.check()
	k.calendar = calendar
	k.checkCalendar(calendar)
	return k.problems
}

// check is one search for problems.
type check struct {
	*Catalogue
	// What is to be put hides what is there under its name.
	user     *User
	group    *Group
	calendar *Calendar
	// owners are who has each number, where the maps tell; nil before they were asked.
	owners   map[string]string
	problems []Problem
}

func (c *Catalogue) check() *check { return &check{Catalogue: c} }

// wrong takes note of a problem.
func (k *check) wrong(path, what, remedy string) {
	if len(k.problems) < MaxProblems {
		k.problems = append(k.problems, Problem{path, what, remedy})
	}
}

func (k *check) findUser(name string) *User {
	switch {
	case k.user != nil && k.user.Name == name:
		return k.user
	case k.Users != nil:
		return k.Users[name]
	case k.View != nil:
		return k.View.User(name)
	}
	return nil
}

func (k *check) findGroup(name string) *Group {
	switch {
	case k.group != nil && k.group.Name == name:
		return k.group
	case k.Groups != nil:
		return k.Groups[name]
	case k.View != nil:
		return k.View.Group(name)
	}
	return nil
}

func (k *check) findCalendar(name string) *Calendar {
	switch {
	case k.calendar != nil && k.calendar.Name == name:
		return k.calendar
	case k.Calendars != nil:
		return k.Calendars[name]
	case k.View != nil:
		return k.View.Calendar(name)
	}
	return nil
}
