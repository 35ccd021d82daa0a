package config

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"

	"hookflash/directory"
)

const (
	maxOrbits      = 100
	maxPlaces      = 10_000 // of all orbits
	maxPlaceDigits = 8
)

// Park is where calls wait to be taken by somebody else.
type Park struct {
	Off bool
	// Number parks at the first free place; "": no number does.
	Number string
	// Orbits are the places, in groups. The first is what stands beside them in the file, the second the valet places where
	// there are any.
	Orbits []Orbit

	said bool // in the file: else whose number is also that of a place keeps it without a word
}

// Orbit is a group of parking places.
type Orbit struct {
	Name  string
	Slots []string // numbers
	Valet bool     // dialled with a star, and who calls a free one is parked there
	// Music is the name of what they hear; "": the server's default.
	Music   string
	Members []string // users and groups; none: all users
	Timeout time.Duration
	Tries   int
	Then    directory.Target
	Every   time.Duration // how often they are asked for patience; zero: never
	// path is where the file has it.
	path string
}

func defaultPark() Park {
	all := Orbit{Name: "all", Slots: spread("701-720"), Timeout: 2 * time.Minute, Tries: 3, path: "park"}
	valet := all
	valet.Name, valet.Slots, valet.Valet = "valet", spread("5900-5999"), true
	return Park{Number: "700", Orbits: []Orbit{all, valet}}
}

// spread is what a range of numbers means, "701-720", or one alone; nil for what is neither.
func spread(text string) []string {
	first, last, both := strings.Cut(strings.ReplaceAll(text, " ", ""), "-")
	if !both {
		last = first
	}
	from, err := strconv.ParseUint(first, 10, 32)
	to, err2 := strconv.ParseUint(last, 10, 32)
	if err != nil || err2 != nil || len(first) != len(last) || len(first) > maxPlaceDigits || to < from || to-from >= maxPlaces {
		return nil
	}
	places := make([]string, 0, to-from+1)
	for n := from; n <= to; n++ {
		places = append(places, fmt.Sprintf("%0*d", len(first), n))
	}
	return places
}

// park reads false, or the places.
func (r *reader) park(f field) {
	park := &r.config.Park
	if off, said := r.isOff(f); said {
		park.Off = off
		return
	}
	if f.node == nil {
		return
	}
	park.said = true
	keys := r.mapping(f, []string{"number", "slots", "valet", "music", "members", "timeout", "tries", "then", "patience", "orbits"})
	r.setText(keys["number"], &park.Number)
	common := park.Orbits[0]
	r.orbit(keys, &common)
	valet := common
	valet.Name, valet.Valet, valet.Slots, valet.path = "valet", true, park.Orbits[1].Slots, "park.valet"
	if off, said := r.isOff(keys["valet"]); said && off {
		valet.Slots = nil
	} else if !said {
		r.slots(keys["valet"], &valet.Slots)
	}
	park.Orbits = []Orbit{common}
	if len(valet.Slots) > 0 {
		park.Orbits = append(park.Orbits, valet)
	}
	for _, item := range r.list(keys["orbits"], maxOrbits, "- {name: sales, slots: 721-724, members: [sales]} for each orbit") {
		orbit := common
		orbit.Name, orbit.Slots, orbit.path = "", nil, item.path
		inner := r.mapping(item, []string{"name", "slots", "music", "members", "timeout", "tries", "then", "patience"})
		r.setText(inner["name"], &orbit.Name)
		r.orbit(inner, &orbit)
		park.Orbits = append(park.Orbits, orbit)
	}
}

// orbit reads what an orbit can have of its own.
func (r *reader) orbit(keys map[string]field, orbit *Orbit) {
	r.slots(keys["slots"], &orbit.Slots)
	r.setText(keys["music"], &orbit.Music)
	if keys["members"].node != nil {
		orbit.Members = r.texts(keys["members"], directory.MaxMembers, "[sales, alice]")
	}
	r.setDuration(keys["timeout"], &orbit.Timeout)
	r.setInteger(keys["tries"], &orbit.Tries)
	r.target(keys["then"], &orbit.Then)
	r.setDuration(keys["patience"], &orbit.Every)
}

// slots reads a range, or a list of ranges and numbers.
func (r *reader) slots(f field, slots *[]string) {
	if f.node == nil {
		return
	}
	items := []field{f}
	if f.node.Type() == ast.SequenceType {
		items = r.list(f, maxPlaces, "701-720")
	}
	*slots = nil
	for _, item := range items {
		text, ok := r.text(item)
		if !ok {
			continue
		}
		places := spread(text)
		if places == nil {
			r.wrong(item, quote(text)+" are no parking places", "write a range of numbers such as 701-720, or a list of them")
		}
		*slots = append(*slots, places...)
	}
}

// targets are where calls go that nobody took, by their paths, for the directory to check.
func (p *Park) targets() map[string]directory.Target {
	found := map[string]directory.Target{}
	for i := range p.Orbits {
		o := &p.Orbits[i]
		own := o.Then.Kind == directory.TargetVoicemail && o.Then.Value == ""
		said := i == 0 || o.Then != p.Orbits[0].Then
		if !p.Off && said && !o.Then.IsZero() && !own {
			found[o.path+".then"] = o.Then
		}
	}
	return found
}

func (c *Config) checkPark(found *findings) {
	if c.Park.Off {
		return
	}
	names := map[string]bool{}
	places := map[string]string{} // to their paths
	for i := range c.Park.Orbits {
		o := &c.Park.Orbits[i]
		c.checkOrbit(found, o)
		if lower := strings.ToLower(o.Name); names[lower] {
			found.wrong(o.path+".name", quote(o.Name)+" is the name of two orbits", "give each a name of its own")
		} else if names[lower] = true; nameFault(o.Name) != "" {
			found.wrong(o.path+".name", nameFault(o.Name), "use letters, digits, . _ -")
		}
		for _, slot := range o.Slots {
			dialled := slot
			if o.Valet {
				dialled = "*" + slot
			}
			if other, taken := places[slot]; taken {
				found.wrong(slotsPath(o), fmt.Sprintf("%s is a place of %s too", slot, other), "give each orbit places of its own")
				break
			}
			places[slot] = slotsPath(o)
			if whose := c.whose(dialled); whose != "" && c.Park.said {
				found.wrong(slotsPath(o), fmt.Sprintf("%s is %s, so nobody can be parked there", dialled, whose), "change one of the two")
			}
		}
	}
	if len(places) > maxPlaces {
		found.wrong("park", fmt.Sprintf("has %d places, at most %d are supported", len(places), maxPlaces), "shorten the ranges")
	}
	c.checkParkNumber(found, places)
}

func (c *Config) checkParkNumber(found *findings, places map[string]string) {
	number := c.Park.Number
	switch {
	case number == "":
	case len(number) > maxPlaceDigits || strings.Trim(number, "0123456789") != "":
		found.wrong("park.number", quote(number)+" can't be dialled", "write digits, such as 700")
	case places[number] != "" && places[number] != "park.valet":
		found.wrong("park.number", number+" is a place of "+places[number], "take a number beside the places")
	case c.Park.said && c.whose(number) != "":
		found.wrong("park.number", fmt.Sprintf("%s is %s, so nobody can park by it", number, c.whose(number)), "change one of the two")
	}
}

func slotsPath(o *Orbit) string {
	if o.Valet {
		return o.path
	}
	return o.path + ".slots"
}

func (c *Config) checkOrbit(found *findings, o *Orbit) {
	if len(o.Slots) == 0 {
		found.wrong(slotsPath(o), "is missing, so nobody could be parked there", "write a range of numbers, such as 701-720")
	}
	if o.Valet {
		return // the rest is said beside it
	}
	found.within(o.path+".timeout", o.Timeout, 10*time.Second, time.Hour)
	found.between(o.path+".tries", o.Tries, 0, 100)
	if o.Every != 0 {
		found.within(o.path+".patience", o.Every, 10*time.Second, time.Hour)
	}
	for i, member := range o.Members {
		user := slices.ContainsFunc(c.Users, func(u User) bool { return strings.EqualFold(u.Name, member) })
		group := slices.ContainsFunc(c.Groups, func(g directory.Group) bool { return strings.EqualFold(g.Name, member) })
		if !user && !group {
			found.wrong(fmt.Sprintf("%s.members[%d]", o.path, i), quote(member)+" is neither a user nor a group", "name users and groups of the domain")
		}
	}
	if o.Music != "" && !slices.Contains(c.Music.Names(), o.Music) {
		found.wrong(o.path+".music", quote(o.Music)+" is no music here", oneOf(o.Music, c.Music.Names()))
	}
	if o.Then.Kind == directory.TargetVoicemail && c.Voicemail.Off {
		found.wrong(o.path+".then", "this server has no voicemail", "name another target")
	}
}

// whose tells whose number, name or code something dialled is, "" for nobody's.
func (c *Config) whose(dialled string) string {
	for i := range c.Users {
		u := &c.Users[i]
		if u.Name == dialled || u.Routing != nil && slices.Contains(u.Routing.Numbers, dialled) {
			return "a number of " + u.Name
		}
	}
	for i := range c.Groups {
		if g := &c.Groups[i]; g.Name == dialled || slices.Contains(g.Numbers, dialled) {
			return "a number of " + g.Name
		}
	}
	for _, code := range c.Codes {
		if code.Code != "" && (dialled == code.Code || strings.Trim(code.Code[:1], "*#") == "" && strings.HasPrefix(dialled, code.Code)) {
			return "the code " + code.Code
		}
	}
	if slices.Contains(c.Numbers.Emergency, dialled) {
		return "an emergency number"
	}
	return ""
}
