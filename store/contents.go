package store

import (
	"slices"
	"sync"

	"hookflash/directory"
)

// contents is all entries in memory. It implements directory.View, and Users and Entries read it.
type contents struct {
	users     *table[UserEntry]
	groups    *table[Entry[directory.Group]]
	calendars *table[Entry[directory.Calendar]]
	tokens    *table[Entry[Token]]
	numbers   *numbers
}

func newContents() *contents {
	return &contents{
		users: newTable[UserEntry](), groups: newTable[Entry[directory.Group]](),
		calendars: newTable[Entry[directory.Calendar]](), tokens: newTable[Entry[Token]](),
		numbers: &numbers{claims: newTable[claim]()},
	}
}

// User implements directory.View.
func (c *contents) User(name string) *directory.User {
	if entry := c.users.get(name); entry != nil {
		return &entry.User
	}
	return nil
}

// Group implements directory.View.
func (c *contents) Group(name string) *directory.Group {
	if entry := c.groups.get(name); entry != nil {
		return &entry.Value
	}
	return nil
}

// Calendar implements directory.View.
func (c *contents) Calendar(name string) *directory.Calendar {
	if entry := c.calendars.get(name); entry != nil {
		return &entry.Value
	}
	return nil
}

// Number implements directory.View.
func (c *contents) Number(number string) string {
	if claim := c.numbers.claims.get(number); claim != nil {
		return claim.first
	}
	return ""
}

// userChanged brings the numbers up to date; either may be nil.
func (c *contents) userChanged(name string, previous, entry *UserEntry) {
	c.numbers.move(name, numbersOfUser(previous), numbersOfUser(entry))
}

// groupChanged is userChanged of a group.
func (c *contents) groupChanged(name string, previous, entry *Entry[directory.Group]) {
	c.numbers.move(name, numbersOfGroup(previous), numbersOfGroup(entry))
}

func numbersOfUser(entry *UserEntry) []string {
	if entry == nil || entry.User.Routing == nil {
		return nil
	}
	return entry.User.Routing.Numbers
}

func numbersOfGroup(entry *Entry[directory.Group]) []string {
	if entry == nil {
		return nil
	}
	return entry.Value.Numbers
}

// numbers says whose each number is. Readers read claims; who changes them holds the mutex.
type numbers struct {
	mutex  sync.Mutex
	claims *table[claim]
}

// claim is who has a number. It is never changed, but replaced.
type claim struct {
	first  string   // by name: whose it is
	others []string // who have it too, sorted; a name stands here as often as it says so
}

// move gives a user or group new numbers for those it had.
func (n *numbers) move(name string, previous, now []string) {
	if len(previous) == 0 && len(now) == 0 {
		return
	}
	n.mutex.Lock()
	defer n.mutex.Unlock()
	for _, number := range now { // first, so that a number kept is never missing
		n.claims.swap(number, n.claims.get(number).with(name))
	}
	for _, number := range previous {
		n.claims.swap(number, n.claims.get(number).without(name))
	}
}

// with is the claim, nil for none, of one more.
func (c *claim) with(name string) *claim {
	if c == nil {
		return &claim{first: name}
	}
	return claimOf(append(c.names(), name))
}

// without is the claim of one less, nil for none.
func (c *claim) without(name string) *claim {
	if c == nil {
		return nil
	}
	names := c.names()
	if at := slices.Index(names, name); at >= 0 {
		names = slices.Delete(names, at, at+1)
	}
	return claimOf(names)
}

func (c *claim) names() []string { return append([]string{c.first}, c.others...) }

func claimOf(names []string) *claim {
	if len(names) == 0 {
		return nil
	}
	slices.Sort(names)
	return &claim{first: names[0], others: names[1:]}
}
