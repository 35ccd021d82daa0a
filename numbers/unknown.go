package numbers

import (
	"strings"

	"github.com/nyaruka/phonenumbers"

	"hookflash/directory"
)

// Lengths of a significant number that are tried to find the range of one that is none.
const (
	shortestOfRange = 5
	longestOfRange  = 12
)

// unknown is the class of a number at home that is none, since it is too short or too long, or of a
// range that nobody knows. It counts as one of its range, so that what costs extra does so however many
// digits are dialled behind it. Of no range at all, such as a prefix that chooses a carrier, nobody can
// say what it costs.
func (p *Plan) unknown(number *phonenumbers.PhoneNumber) directory.Class {
	digits := phonenumbers.GetNationalSignificantNumber(number)
	found := directory.ClassPremium
	for length := shortestOfRange; length <= longestOfRange; length++ {
		like := digits[:min(len(digits), length)]
		if missing := length - len(like); missing > 0 {
			like += strings.Repeat("2", missing)
		}
		other, err := phonenumbers.Parse("+"+p.code()+like, p.country)
		if err != nil || phonenumbers.GetNationalSignificantNumber(other) != like || !phonenumbers.IsValidNumber(other) {
			continue
		}
		if costsExtra(phonenumbers.GetNumberType(other)) {
			return directory.ClassPremium
		}
		found = directory.ClassNational
	}
	return found
}

// costsExtra tells which numbers cost more than a call to their country.
func costsExtra(kind phonenumbers.PhoneNumberType) bool {
	switch kind {
	case phonenumbers.PREMIUM_RATE, phonenumbers.SHARED_COST, phonenumbers.PERSONAL_NUMBER, phonenumbers.PAGER:
		return true
	default:
		return false
	}
}
