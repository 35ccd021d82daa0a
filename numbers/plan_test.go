package numbers

import (
	"strings"
	"testing"

	"hookflash/directory"
)

const (
	national      = directory.ClassNational
	international = directory.ClassInternational
	premium       = directory.ClassPremium
)

// TestNormalize: what people dial where, the number it is, and how far it goes.
func TestNormalize(t *testing.T) {
	for _, test := range []struct {
		reason, country, area, dialled, want string
		class                                directory.Class
	}{
		{"Berlin, within the area", "DE", "30", "23125000", "+493023125000", national},
		{"Berlin, with the area", "DE", "030", "03023125000", "+493023125000", national},
		{"marks are no digits", "DE", "030", "(030) 23125-000", "+493023125000", national},
		{"another area", "DE", "30", "08912345678", "+498912345678", national},
		{"a mobile phone", "DE", "30", "015123456789", "+4915123456789", national},
		{"the own country in full", "DE", "30", "+493023125000", "+493023125000", national},
		{"the own country by 00", "DE", "30", "004923125000123", "+4923125000123", national},
		{"free of charge", "DE", "30", "08001234567", "+498001234567", national},
		{"0900 costs extra", "DE", "30", "09001234567", "+499001234567", premium},
		{"0180 costs extra", "DE", "30", "01801234567", "+491801234567", premium},
		{"abroad by 00", "DE", "30", "0012125551234", "+12125551234", international},
		{"abroad by a plus", "DE", "30", "+442079460123", "+442079460123", international},
		{"premium abroad", "DE", "30", "+19005551234", "+19005551234", premium},
		{"free abroad", "DE", "30", "+18005551234", "+18005551234", international},
		{"a satellite", "DE", "30", "+870773111632", "+870773111632", premium},
		{"international premium rate", "DE", "30", "+979123456789", "+979123456789", premium},
		{"a range abroad that nobody knows", "DE", "30", "+2250012345678", "+2250012345678", premium},
		{"a short mobile number, at home", "DE", "30", "+49171555", "+49171555", national},
		{"0137 costs extra, with digits missing", "DE", "30", "0137123456", "+49137123456", premium},
		{"0700 costs extra, with digits missing", "DE", "30", "0700123456", "+49700123456", premium},
		{"0900 costs extra, with digits that nobody needs", "DE", "30", "090012345678901", "+4990012345678901", premium},
		{"a carrier is chosen, for a number abroad", "DE", "30", "010130019005551", "+4910130019005551", premium},
		{"a range at home that nobody knows", "DE", "30", "0190123456", "+49190123456", premium},
		{"directory enquiries behind a zero", "DE", "30", "011833", "+4911833", premium},

		{"seven digits in New York", "US", "212", "5551234", "+12125551234", national},
		{"ten digits", "US", "212", "4155551234", "+14155551234", national},
		{"eleven digits", "US", "212", "14155551234", "+14155551234", national},
		{"abroad by 011", "US", "212", "011493023125000", "+493023125000", international},
		{"900 costs extra", "US", "212", "19005551234", "+19005551234", premium},
		{"Jamaica shares the code, and is abroad", "US", "212", "18765551234", "+18765551234", international},
		{"Canada too", "US", "212", "14165551234", "+14165551234", international},

		{"Beijing, within the area", "CN", "10", "62345678", "+861062345678", national},
		{"Beijing, with the area", "CN", "10", "01062345678", "+861062345678", national},
		{"Shanghai", "CN", "10", "02162345678", "+862162345678", national},
		{"a mobile phone, without a prefix", "CN", "10", "13812345678", "+8613812345678", national},
		{"abroad by 00", "CN", "10", "00493023125000", "+493023125000", international},
		{"the own country in full", "CN", "", "+861062345678", "+861062345678", national},

		{"London, within the area", "GB", "20", "79460123", "+442079460123", national},
		{"London, with the area", "GB", "020", "02079460123", "+442079460123", national},
		{"a mobile phone", "GB", "20", "07400123456", "+447400123456", national},
		{"09 costs extra", "GB", "20", "09012345678", "+449012345678", premium},
		{"personal numbers cost extra", "GB", "20", "07012345678", "+447012345678", premium},
		{"Jersey shares the code, and is abroad", "GB", "20", "01534456789", "+441534456789", international},

		{"nowhere, in full", "", "", "+493023125000", "+493023125000", international},
		{"nowhere, premium all the same", "", "", "+499001234567", "+499001234567", premium},
		{"nowhere, without a plus", "", "", "03023125000", "", ""},
		{"help is no number", "DE", "30", "112", "", ""},
		{"help is no number, and no area code before it", "US", "212", "911", "", ""},
		{"an extension", "DE", "", "1001", "", ""},
		{"an extension, and no area code before it", "DE", "30", "1001", "", ""},
		{"a short number, and no area code before it", "DE", "30", "116117", "", ""},
		{"ten digits, no area said", "US", "", "4155551234", "+14155551234", national},
		{"seven digits, no area said", "US", "", "5551234", "", ""},
		{"a name", "DE", "30", "alice", "", ""},
		{"a code", "DE", "30", "*7203023125000", "", ""},
		{"nothing", "DE", "30", "", "", ""},
		{"a plus", "DE", "30", "+", "", ""},
		{"a country that is none", "DE", "30", "+9991234567", "", ""},
		{"too long", "DE", "30", "+4930" + strings.Repeat("1", 20), "", ""},
		{"far too long", "DE", "30", strings.Repeat("1", 100_000), "", ""},
	} {
		plan, err := New(test.country, test.area)
		if err != nil {
			t.Fatal(err)
		}
		for range 2 { // read, and remembered
			got, class, ok := plan.Normalize(test.dialled)
			if got != test.want || class != test.class || ok != (test.want != "") {
				t.Errorf("%s: %.40q in %s: got %q %q %v, want %q %q", test.reason, test.dialled, test.country, got, class, ok, test.want, test.class)
			}
		}
	}
}

// TestLocal: how numbers are dialled in a place, so that rules can be written that way.
func TestLocal(t *testing.T) {
	for _, test := range []struct{ reason, country, number, want string }{
		{"at home", "DE", "+499001234567", "09001234567"},
		{"abroad", "DE", "+12125551234", "0012125551234"},
		{"at home, in the United States", "US", "+19005551234", "19005551234"},
		{"abroad from there", "US", "+493023125000", "011493023125000"},
		{"nowhere", "", "+493023125000", ""},
		{"not in full", "DE", "030123", ""},
		{"no number", "DE", "+9991234567", ""},
	} {
		plan, err := New(test.country, "")
		if err != nil {
			t.Fatal(err)
		}
		if got := plan.Local(test.number); got != test.want {
			t.Errorf("%s: %s is dialled %q in %s, want %q", test.reason, test.number, got, test.country, test.want)
		}
	}
}

// TestNew: a place that is none is refused, in words.
func TestNew(t *testing.T) {
	for _, test := range []struct{ reason, country, area, want string }{
		{"small letters", "de", "", ""},
		{"no country", "", "", ""},
		{"a country that is none", "XX", "", "no country"},
		{"an area of nowhere", "", "30", "without a country"},
		{"an area that is none", "DE", "Berlin", "no area code"},
		{"an area that is too long", "DE", "1234567", "no area code"},
	} {
		_, err := New(test.country, test.area)
		if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %q", test.reason, err, test.want)
		}
	}
}

// TestRemembered: a number of late costs no allocation.
func TestRemembered(t *testing.T) {
	plan, _ := New("DE", "30")
	plan.Normalize("03023125000")
	if n := testing.AllocsPerRun(100, func() { plan.Normalize("03023125000") }); n > 0 {
		t.Errorf("%v allocations", n)
	}
}

// FuzzNormalize: what is a number is one in full, and means the same once more.
func FuzzNormalize(f *testing.F) {
	for _, seed := range []string{"000000", "03023125000", "+1", "0012125551234", "*72", "((((", "+49-30"} {
		f.Add(seed)
	}
	plan, _ := New("DE", "30")
	f.Fuzz(func(t *testing.T, dialled string) {
		number, class, ok := plan.Normalize(dialled)
		if !ok {
			return
		}
		again, classAgain, ok := plan.Normalize(number)
		if number[0] != '+' || directory.Digits(number) != number || again != number || class != classAgain || !ok {
			t.Errorf("%q is %q %q, and that %q %q %v", dialled, number, class, again, classAgain, ok)
		}
	})
}

func BenchmarkNormalize(b *testing.B) {
	b.Run("read", func(b *testing.B) {
		plan, _ := New("DE", "30")
		for b.Loop() {
			plan.read("03023125000")
		}
	})
	b.Run("remembered", func(b *testing.B) {
		plan, _ := New("DE", "30")
		for b.Loop() {
			plan.Normalize("03023125000")
		}
	})
}
