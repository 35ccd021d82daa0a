package directory

import (
	"fmt"
	"slices"
	"strings"
)

// Limits of names and numbers.
const (
	MaxName   = 63 // octets of the name of a user, group, calendar, menu or announcement
	MaxNumber = 32 // digits
)

// checkName: the key of a map is the name.
func (k *check) checkName(path, key, name string) {
	if key != name {
		k.wrong(path+".name", fmt.Sprintf("%q is kept under the name %q", name, key), "make both the same")
	}
}

// nameFault says why a text can name nobody; "" when it can.
func nameFault(name string) string {
	switch {
	case name == "":
		return "the name is missing"
	case len(name) > MaxName:
		return fmt.Sprintf("%q is longer than %d characters", name[:MaxName]+"…", MaxName)
	}
	for _, c := range name {
		if !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.ContainsRune("._-+", c)) {
			return fmt.Sprintf("%q holds the character %q", name, c)
		}
	}
	return ""
}

// own checks the name of a user or group, which nobody else and no agent may have.
func (k *check) own(path, name string, taken bool, by string) {
	switch fault := nameFault(name); {
	case fault != "":
		k.wrong(path+".name", fault, "use letters, digits, . _ - +")
	case name == "phones" || Digits(name) != "" && Digits(name) != name:
		k.wrong(path+".name", fmt.Sprintf("%q would be read as something else where calls are sent to it", name), "choose another name: a word, or digits alone")
	case slices.Contains(Reserved, name):
		k.wrong(path+".name", fmt.Sprintf("%q is the address of a service of the server", name), "choose another name; taken are "+strings.Join(Reserved, ", "))
	case taken:
		k.wrong(path+".name", fmt.Sprintf("%q is also the name of a %s", name, by), "give each user and group a name of its own")
	}
}

// printable checks a text that people see: it may be empty, and holds no control character.
func (k *check) printable(path, text string) {
	switch {
	case len(text) > MaxText:
		k.wrong(path, fmt.Sprintf("has %d characters", len(text)), fmt.Sprintf("write at most %d", MaxText))
	case strings.ContainsFunc(text, func(c rune) bool { return c < ' ' || c >= 0x7f && c < 0xa0 || c == '\ufffd' }):
		k.wrong(path, fmt.Sprintf("%q holds a control character", text), "write it without")
	}
}

// numbers checks the numbers of a user or group: written as numbers, and nobody else's.
func (k *check) numbers(path, name string, numbers []string) {
	path += ".numbers"
	if len(numbers) > MaxNumbers {
		k.wrong(path, fmt.Sprintf("has %d entries", len(numbers)), fmt.Sprintf("keep at most %d", MaxNumbers))
		return
	}
	for i, number := range numbers {
		at := fmt.Sprintf("%s[%d]", path, i)
		switch {
		case number == "" || Digits(number) != number || len(number) > MaxNumber:
			k.wrong(at, fmt.Sprintf("%q is no number", number), fmt.Sprintf(`write at most %d digits, such as "1002", or with the country as "+4930123456"`, MaxNumber))
		case strings.ContainsAny(number, "*#"):
			k.wrong(at, fmt.Sprintf("%q could not be told from a dialled code", number), "write digits without * and #")
		case slices.Contains(numbers[:i], number):
			k.wrong(at, fmt.Sprintf("%q stands there twice", number), "remove one of the two")
		case number != name && (k.findUser(number) != nil || k.findGroup(number) != nil):
			k.wrong(at, fmt.Sprintf("%q is the name of another user or group, who would get the calls", number), "remove it, or rename that one")
		default:
			if owner := k.number()(number); owner != "" && owner != name {
				k.wrong(at, fmt.Sprintf("%q is also a number of %s", number, owner), "keep it with one of them")
			}
		}
	}
}

// number finds who has a number; "" for nobody. Of several who have it, it is the first user.
func (k *check) number() func(number string) string {
	if k.Users == nil && k.Groups == nil {
		return k.viewNumber
	}
	if k.owners == nil {
		k.owners = map[string]string{}
		if k.user != nil && k.user.Routing != nil {
			k.claim(k.user.Name, k.user.Routing.Numbers)
		}
		if k.group != nil {
			k.claim(k.group.Name, k.group.Numbers)
		}
		for _, u := range k.Users {
			if u.Routing != nil && (k.user == nil || u.Name != k.user.Name) {
				k.claim(u.Name, u.Routing.Numbers)
			}
		}
		for _, g := range k.Groups {
			if k.group == nil || g.Name != k.group.Name {
				k.claim(g.Name, g.Numbers)
			}
		}
	}
	return func(number string) string { return k.owners[number] }
}

// claim gives numbers to a name: to the first of the alphabet where several want them, and to
// somebody who is there rather than to who is to be put.
func (k *check) claim(name string, numbers []string) {
	for _, number := range numbers {
		first, taken := k.owners[number]
		if !taken || name < first && first != k.putName() || first == k.putName() {
			k.owners[number] = name
		}
	}
}

// putName is the name of what is to be put, "" for nothing.
func (k *check) putName() string {
	switch {
	case k.user != nil:
		return k.user.Name
	case k.group != nil:
		return k.group.Name
	}
	return ""
}

// viewNumber asks the view, but for who is to be put.
func (k *check) viewNumber(number string) string {
	if k.View != nil {
		if name := k.View.Number(number); name != "" && name != k.putName() {
			return name
		}
	}
	if k.user != nil && k.user.Routing != nil && slices.Contains(k.user.Routing.Numbers, number) {
		return k.user.Name
	}
	if k.group != nil && slices.Contains(k.group.Numbers, number) {
		return k.group.Name
	}
	return ""
}
