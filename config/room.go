package config

import (
	"crypto/sha256"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/goccy/go-yaml/ast"

	"hookflash/directory"
	"hookflash/pin"
)

const (
	maxRooms     = 1000
	maxRoomUsers = 256 // in a room
	maxRoomDial  = 64  // whom a room calls
	maxRoomTitle = 64  // octets
)

// Rooms are the conference rooms of the server.
type Rooms struct {
	Off bool
	// Number asks for the number of a room; "": none does.
	Number string
	// AdHoc are the numbers of rooms that are made by calling them.
	AdHoc []string
	Named []Room
	common
	// said tells what stands in the file: else whose number is also that of a room keeps it without a word.
	said bool
}

// common is what rooms have that don't say otherwise.
type common struct {
	Limit       int
	Language    string
	Music       string // "": the server's default
	Entry, Exit string // tones, prompt, none
}

// Room is one that is always there.
type Room struct {
	Number, Name, Title string
	PIN, ModeratorPIN   string // hashes
	Moderators, Members []string
	common
	Dial          []string
	Payer         string
	MembersInvite bool
	Locked, Wait  bool
	// path is where the file has it.
	path string
}

// id is what a room is known by.
func (r *Room) id() string {
	if r.Number != "" {
		return r.Number
	}
	return r.Name
}

func defaultRooms() Rooms {
	return Rooms{Number: "3000", AdHoc: spread("3001-3199"), common: common{Limit: 100, Entry: "tones", Exit: "tones"}}
}

// roomPIN is a PIN in plain digits.
type roomPIN struct {
	room      int
	moderator bool
	plain     string
}

// rooms reads false, a list of rooms, or the rooms and what they have in common.
func (r *reader) rooms(f field) {
	rooms := &r.config.Rooms
	if off, said := r.isOff(f); said {
		rooms.Off = off
		return
	}
	if f.node == nil {
		return
	}
	rooms.said = true
	if f.node.Type() == ast.SequenceType {
		r.namedRooms(f)
		return
	}
	keys := r.mapping(f, []string{"number", "ad-hoc", "limit", "language", "music", "entry", "exit", "list"})
	r.setText(keys["number"], &rooms.Number)
	if off, said := r.isOff(keys["ad-hoc"]); said && off {
		rooms.AdHoc = nil
	} else if !said {
		r.slots(keys["ad-hoc"], &rooms.AdHoc)
	}
	r.common(keys, &rooms.common)
	r.namedRooms(keys["list"])
}

func (r *reader) common(keys map[string]field, c *common) {
	r.setInteger(keys["limit"], &c.Limit)
	r.setText(keys["language"], &c.Language)
	r.setText(keys["music"], &c.Music)
	r.setText(keys["entry"], &c.Entry)
	r.setText(keys["exit"], &c.Exit)
}

func (r *reader) namedRooms(f field) {
	for _, item := range r.list(f, maxRooms, `- {number: "3300", title: The team, pin: "482913"} for each room`) {
		room := Room{common: r.config.Rooms.common, path: item.path}
		keys := r.mapping(item, []string{
			"number", "name", "title", "pin", "moderator-pin", "moderators", "members", "limit", "language", "music", "entry", "exit", "dial", "payer",
			"members-invite", "locked", "wait",
		})
		r.setText(keys["number"], &room.Number)
		r.setText(keys["name"], &room.Name)
		r.setText(keys["title"], &room.Title)
		r.roomPIN(keys["pin"], &room.PIN, false)
		r.roomPIN(keys["moderator-pin"], &room.ModeratorPIN, true)
		room.Moderators = r.texts(keys["moderators"], directory.MaxMembers, "[alice, sales]")
		room.Members = r.texts(keys["members"], directory.MaxMembers, "[alice, sales]")
		r.common(keys, &room.common)
		room.Dial = r.texts(keys["dial"], maxRoomDial, `[alice, "+4930123456"]`)
		r.setText(keys["payer"], &room.Payer)
		r.setBool(keys["members-invite"], &room.MembersInvite)
		r.setBool(keys["locked"], &room.Locked)
		r.setBool(keys["wait"], &room.Wait)
		r.config.Rooms.Named = append(r.config.Rooms.Named, room)
	}
}

// roomPIN reads a hash, or takes plain digits out of what is kept.
func (r *reader) roomPIN(f field, hash *string, moderator bool) {
	text, ok := r.text(f)
	if !ok {
		return
	}
	if pin.IsHash(text) {
		*hash = text
		return
	}
	if fault := pin.Problem(text, nil); fault != "" {
		r.wrong(f, fault, pinRemedy)
		return
	}
	if len(r.roomPINs) == maxPINs {
		r.wrong(f, fmt.Sprintf("is one of more than %d PINs of rooms in plain digits: each takes time at every start", maxPINs), "write their hashes")
		return
	}
	*hash = "to be hashed"
	r.roomPINs = append(r.roomPINs, roomPIN{len(r.config.Rooms.Named), moderator, text})
}

// hashRoomPINs puts hashes in the place of the PINs. The salt depends on the room alone, as with users.
func (r *reader) hashRoomPINs() {
	workers := make(chan struct{}, runtime.GOMAXPROCS(0)) // each takes its memory
	var all sync.WaitGroup
	for _, one := range r.roomPINs {
		workers <- struct{}{}
		all.Go(func() {
			room := &r.config.Rooms.Named[one.room]
			place, label := &room.PIN, "pin"
			if one.moderator {
				place, label = &room.ModeratorPIN, "moderator"
			}
			salt := sha256.Sum256([]byte("hookflash room\x00" + r.config.Domain + "\x00" + room.id() + "\x00" + label))
			*place = pin.HashWith(one.plain, [16]byte(salt[:16]))
			<-workers
		})
	}
	all.Wait()
	r.roomPINs = nil
}

func (c *Config) checkRooms(found *findings) {
	rooms := &c.Rooms
	if rooms.Off {
		return
	}
	c.checkCommon(found, "rooms", &rooms.common)
	names := map[string]string{}
	if number := rooms.Number; number != "" {
		c.checkRoomNumber(found, "rooms.number", number)
		names[number] = "rooms.number"
	}
	if !c.Park.Off && rooms.said {
		names[c.Park.Number] = "park.number"
		for i := range c.Park.Orbits {
			for _, slot := range c.Park.Orbits[i].Slots {
				if !c.Park.Orbits[i].Valet {
					names[slot] = "a parking place"
				}
			}
		}
	}
	for i := range rooms.Named {
		c.checkRoom(found, &rooms.Named[i], names)
	}
	for _, number := range rooms.AdHoc {
		if whose := c.whose(number); rooms.said && whose != "" {
			found.warn("rooms.ad-hoc", fmt.Sprintf("%s is %s, so nobody makes a room by it", number, whose), "change one of the two")
		}
	}
}

func (c *Config) checkRoom(found *findings, room *Room, names map[string]string) {
	path := room.path
	if room.id() == "" {
		found.wrong(path+".number", "is missing, and so is a name, so nobody could call the room", `write a number, such as "3300"`)
	}
	if room.Number != "" {
		c.checkRoomNumber(found, path+".number", room.Number)
	}
	if room.Name != "" && nameFault(room.Name) != "" {
		found.wrong(path+".name", nameFault(room.Name), "use letters, digits, . _ -")
	} else if whose := c.whose(room.Name); room.Name != "" && whose != "" {
		found.wrong(path+".name", fmt.Sprintf("%s is %s", quote(room.Name), whose), "choose another name")
	}
	for _, name := range []string{room.Number, strings.ToLower(room.Name)} {
		if name == "" {
			continue
		}
		if other := names[name]; other != "" {
			found.wrong(path, fmt.Sprintf("%s is %s too", quote(name), other), "give each room a number of its own")
		}
		names[name] = path
	}
	if len(room.Title) > maxRoomTitle {
		found.wrong(path+".title", fmt.Sprintf("is longer than %d octets", maxRoomTitle), "shorten it")
	}
	c.checkCommon(found, path, &room.common)
	for list, members := range map[string][]string{"moderators": room.Moderators, "members": room.Members} {
		for i, member := range members {
			if !c.knows(member) {
				found.wrong(fmt.Sprintf("%s.%s[%d]", path, list, i), quote(member)+" is neither a user nor a group", "name users and groups of the domain")
			}
		}
	}
	if room.Payer != "" && !slices.ContainsFunc(c.Users, func(u User) bool { return u.Name == room.Payer }) {
		found.wrong(path+".payer", quote(room.Payer)+" is no user", "name a user of the domain, by whose permissions the list is called")
	}
	if (room.Wait || room.Locked) && len(room.Moderators) == 0 && room.ModeratorPIN == "" {
		found.warn(path, "has no moderators, so nobody opens it", "name moderators, or set a moderator-pin")
	}
}

func (c *Config) checkRoomNumber(found *findings, path, number string) {
	switch {
	case len(number) > maxPlaceDigits || strings.Trim(number, "0123456789") != "":
		found.wrong(path, quote(number)+" can't be dialled", `write digits, such as "3300"`)
	case c.Rooms.said && c.whose(number) != "":
		found.wrong(path, fmt.Sprintf("%s is %s, so nobody could call the room", number, c.whose(number)), "change one of the two")
	}
}

func (c *Config) checkCommon(found *findings, path string, common *common) {
	found.between(path+".limit", common.Limit, 2, maxRoomUsers)
	for key, value := range map[string]string{"entry": common.Entry, "exit": common.Exit} {
		if !slices.Contains([]string{"tones", "prompt", "none"}, value) {
			found.wrong(path+"."+key, quote(value)+" is no way to tell who comes and goes", "write tones, prompt or none")
		}
	}
	if common.Language != "" && !slices.Contains([]string{"en", "zh"}, common.Language) {
		found.wrong(path+".language", quote(common.Language)+" is no language of the prompts", "write en or zh")
	}
	if common.Music != "" && common.Music != "none" && !slices.Contains(c.Music.Names(), common.Music) {
		found.wrong(path+".music", quote(common.Music)+" is no music here", oneOf(common.Music, append(c.Music.Names(), "none")))
	}
}

// knows tells whether a name is that of a user or group.
func (c *Config) knows(name string) bool {
	return slices.ContainsFunc(c.Users, func(u User) bool { return strings.EqualFold(u.Name, name) }) ||
		slices.ContainsFunc(c.Groups, func(g directory.Group) bool { return strings.EqualFold(g.Name, name) })
}
