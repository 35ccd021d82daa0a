package card

import (
	"slices"

	"hookflash/config"
	"hookflash/directory"
)

// parking are the numbers of the places that the user may use.
func (m *maker) parking() (rows []Row) {
	park := &m.config.Park
	if park.Off {
		return nil
	}
	if park.Number != "" {
		rows = append(rows, Row{Keys: []string{park.Number}, Does: "park", Text: m.say("park")})
	}
	places, valet := Row{Does: "park-place", Text: m.say("park-place")}, Row{Does: "park-valet", Text: m.say("park-valet")}
	for i := range park.Orbits {
		o := &park.Orbits[i]
		if !m.member(o) {
			continue
		}
		if o.Valet {
			valet.Keys = append(valet.Keys, ranges(o.Slots, "*")...)
		} else {
			places.Keys = append(places.Keys, ranges(o.Slots, "")...)
		}
	}
	for _, row := range []Row{places, valet} {
		if len(row.Keys) > 0 {
			rows = append(rows, row)
		}
	}
	if len(rows) == 0 {
		return nil
	}
	return append(rows, Row{Keys: []string{"#72"}, Does: "park-oldest", Text: m.say("park-oldest")})
}

// member tells whether the user may use an orbit; everybody may on a card of nobody's.
func (m *maker) member(o *config.Orbit) bool {
	return m.user == nil || len(o.Members) == 0 || m.among(o.Members)
}

// among tells whether the user is one of some, or in one of the groups among them.
func (m *maker) among(names []string) bool {
	return slices.Contains(names, m.user.Name) || slices.ContainsFunc(m.config.Groups, func(g directory.Group) bool {
		return slices.Contains(names, g.Name) && slices.Contains(g.Members, m.user.Name)
	})
}

// ranges are numbers, those that follow one another as first–last, with what is dialled before each.
func ranges(numbers []string, before string) (found []string) {
	for i := 0; i < len(numbers); {
		last := i
		for last+1 < len(numbers) && numbers[last+1] == next(numbers[last]) {
			last++
		}
		text := before + numbers[i]
		if last > i {
			text += "–" + before + numbers[last]
		}
		found = append(found, text)
		i = last + 1
	}
	return found
}

// next is the number after one, of as many digits.
func next(number string) string {
	digits := []byte(number)
	for i := len(digits) - 1; i >= 0; i-- {
		if digits[i] != '9' {
			digits[i]++
			return string(digits)
		}
		digits[i] = '0'
	}
	return ""
}
