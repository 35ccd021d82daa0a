package numbers

import (
	"fmt"
	"hash/maphash"
	"strings"
	"sync/atomic"

	"github.com/nyaruka/phonenumbers"

	"hookflash/directory"
)

// Limits of what is read and remembered.
const (
	MaxDialled = 28   // digits: 15 of a number (E.164 §6.1), what is dialled before them, and a plus
	minLocal   = 5    // digits of a number of the own area; what is shorter is an extension
	remembered = 4096 // numbers of late, since reading one takes microseconds
)

// Plan is how people dial in a place. It may be used by any number of goroutines.
type Plan struct {
	country string // "" for nowhere: only what begins with a plus is a number
	area    string
	// national is what is dialled before an area code, such as 0; "" where nothing is.
	national string
	seed     maphash.Seed
	known    [remembered]atomic.Pointer[reading]
}

// reading is what a number was read as. It is never changed.
type reading struct {
	dialled, number string
	local           string // as it is dialled here
	class           directory.Class
	ok              bool
}

// New makes the plan of a country, named by the two letters of ISO 3166 ("" for none), and of an
// area by its code, with or without what is dialled before it ("" where numbers are always dialled
// in full).
func New(country, area string) (*Plan, error) {
	p := &Plan{country: strings.ToUpper(country), area: directory.Digits(area), seed: maphash.MakeSeed()}
	switch {
	case p.country == "" && area != "":
		return nil, fmt.Errorf("area code %q without a country: say which country it is in", area)
	case p.country != "" && !phonenumbers.GetSupportedRegions()[p.country]:
		return nil, fmt.Errorf("%q is no country: write the two letters of ISO 3166, such as DE", country)
	case area != "" && (p.area == "" || len(p.area) > 6 || strings.ContainsAny(p.area, "+*#")):
		return nil, fmt.Errorf("%q is no area code: write digits, such as 30", area)
	}
	if p.country != "" {
		p.national = phonenumbers.GetNddPrefixForRegion(p.country, true)
	}
	if p.national != "" && len(p.area) > len(p.national) {
		p.area = strings.TrimPrefix(p.area, p.national)
	}
	return p, nil
}

// Normalize gives the E.164 form of a number as it was dialled, "+4930123456", and how far it goes;
// ok is false for what is no number, or one that can't be called in this form.
func (p *Plan) Normalize(dialled string) (e164 string, class directory.Class, ok bool) {
	if len(dialled) > 2*MaxDialled {
		return "", "", false
	}
	r := p.reading(dialled)
	return r.number, r.class, r.ok
}

// Local gives the form in which a number in E.164 is dialled here: within the country with what is dialled
// before an area code, "09001234567", and abroad with what is dialled before a country code,
// "0012125551234"; "" for what is no number, and where the place has no country.
func (p *Plan) Local(e164 string) string {
	if p.country == "" || len(e164) > MaxDialled || !strings.HasPrefix(e164, "+") {
		return ""
	}
	return p.reading(e164).local
}

// reading is what a number was read as, now or of late.
func (p *Plan) reading(dialled string) *reading {
	slot := &p.known[maphash.String(p.seed, dialled)%remembered]
	if r := slot.Load(); r != nil && r.dialled == dialled {
		return r
	}
	r := &reading{dialled: strings.Clone(dialled)}
	if digits := directory.Digits(dialled); len(digits) > 1 && len(digits) <= MaxDialled && !strings.ContainsAny(digits, "*#") {
		if r.number, r.class, r.ok = p.read(digits); r.ok {
			r.local = p.local(r.number)
		}
	}
	slot.Store(r)
	return r
}

// local writes a number as it is dialled here.
func (p *Plan) local(e164 string) string {
	number, err := phonenumbers.Parse(e164, p.region())
	switch {
	case err != nil || p.country == "":
		return ""
	case int(number.GetCountryCode()) == phonenumbers.GetCountryCodeForRegion(p.country):
		return p.national + phonenumbers.GetNationalSignificantNumber(number)
	}
	return directory.Digits(phonenumbers.FormatOutOfCountryCallingNumber(number, p.country))
}

// read tries what digits can mean: a number of the own area, or one in full.
func (p *Plan) read(digits string) (e164 string, class directory.Class, ok bool) {
	bare := digits[0] != '+'
	if bare && p.country == "" {
		return "", "", false
	}
	leading := p.national == "" || strings.HasPrefix(digits, p.national) // out of the area
	number, err := phonenumbers.Parse(digits, p.region())
	ok = err == nil && phonenumbers.IsPossibleNumber(number)
	if bare && !leading {
		if len(digits) < minLocal || p.short(digits) {
			return "", "", false
		}
		// What may be no number at all, such as an extension that nobody has, must be a real one.
		ok = ok && phonenumbers.IsValidNumber(number)
	}
	if bare && p.area != "" && (!leading || p.national == "") {
		near, err := phonenumbers.Parse("+"+p.code()+p.area+digits, p.country)
		if err == nil && phonenumbers.IsValidNumber(near) {
			number, ok = near, true
		}
	}
	if !ok {
		return "", "", false
	}
	e164 = phonenumbers.Format(number, phonenumbers.E164)
	if !phonenumbers.IsValidNumber(number) && !p.stable(e164) {
		return "", "", false
	}
	return e164, p.class(number), true
}

// stable tells whether a number is read as itself: one that is none may lose zeros each time.
func (p *Plan) stable(e164 string) bool {
	again, err := phonenumbers.Parse(e164, p.region())
	return err == nil && phonenumbers.Format(again, phonenumbers.E164) == e164
}

// region is where a number without a plus is dialled.
func (p *Plan) region() string {
	if p.country == "" {
		return phonenumbers.UNKNOWN_REGION
	}
	return p.country
}

// code is the country's.
func (p *Plan) code() string { return fmt.Sprint(phonenumbers.GetCountryCodeForRegion(p.country)) }

// short tells whether digits are a short number of the country, which its exchanges read before
// all others.
func (p *Plan) short(digits string) bool {
	as, err := phonenumbers.Parse(digits, p.country)
	return err == nil && phonenumbers.IsValidShortNumberForRegion(as, p.country)
}

// class says how far a number goes. What costs more than a call to its country is premium.
func (p *Plan) class(number *phonenumbers.PhoneNumber) directory.Class {
	switch kind := phonenumbers.GetNumberType(number); {
	case costsExtra(kind):
		return directory.ClassPremium
	case kind == phonenumbers.UNKNOWN:
		if p.home(number) {
			return p.unknown(number)
		}
		return directory.ClassPremium
	case kind != phonenumbers.TOLL_FREE:
		if phonenumbers.GetRegionCodeForNumber(number) == phonenumbers.REGION_CODE_FOR_NON_GEO_ENTITY {
			return directory.ClassPremium // satellites and the like
		}
	}
	if p.home(number) {
		return directory.ClassNational
	}
	return directory.ClassInternational
}

// home tells whether a number is of the own country.
func (p *Plan) home(number *phonenumbers.PhoneNumber) bool {
	if p.country == "" || int(number.GetCountryCode()) != phonenumbers.GetCountryCodeForRegion(p.country) {
		return false
	}
	region := phonenumbers.GetRegionCodeForNumber(number)
	if region == "" { // of no known range: nobody else's, where nobody shares the code
		return len(phonenumbers.GetRegionCodesForCountryCode(int(number.GetCountryCode()))) == 1
	}
	return region == p.country
}
