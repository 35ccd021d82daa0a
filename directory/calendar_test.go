package directory

import (
	"testing"
	"time"
)

// calendars is a view of calendars alone.
type calendars map[string]*Calendar

func (calendars) User(string) *User                { return nil }
func (calendars) Group(string) *Group              { return nil }
func (calendars) Number(string) string             { return "" }
func (c calendars) Calendar(name string) *Calendar { return c[name] }

func at(t *testing.T, zoneName, text string) time.Time {
	t.Helper()
	when, err := time.ParseInLocation("2006-01-02 15:04", text, zone(t, zoneName).Location())
	if err != nil {
		t.Fatal(err)
	}
	return when
}

// office is open on weekdays, and on some dates otherwise.
func office(t *testing.T) *Calendar {
	return &Calendar{
		Name: "office", Zone: zone(t, "Europe/Berlin"),
		Open:  []Hours{hours(t, "mon-fri 09:00-12:30"), hours(t, "mon-thu 13:30-17:05"), hours(t, "fri 22:00-02:00")},
		Dates: []Dates{dates(t, "2026-12-31 09:00-12:00"), dates(t, "12-24..01-02"), dates(t, "2026-03-07 10:00-11:00")},
	}
}

// TestOpenAt: hours of the week, but for dates.
func TestOpenAt(t *testing.T) {
	for _, test := range []struct {
		reason, at string
		want       bool
	}{
		{"Tuesday morning", "2026-03-03 09:00", true},
		{"a minute before", "2026-03-03 08:59", false},
		{"the last minute before noon", "2026-03-03 12:29", true},
		{"noon", "2026-03-03 12:30", false},
		{"Friday afternoon", "2026-03-06 14:00", false},
		{"Friday night", "2026-03-06 23:00", true},
		{"Saturday, as Friday goes on", "2026-03-07 01:59", false}, // the date decides alone
		{"Saturday of another week, as Friday goes on", "2026-03-14 01:59", true},
		{"Saturday, when Friday is over", "2026-03-14 02:00", false},
		{"a date that is open", "2026-03-07 10:30", true},
		{"Christmas, a Thursday", "2026-12-24 10:00", false},
		{"New Year, of every year", "2027-01-01 10:00", false},
		{"over the turn of the year", "2029-01-02 10:00", false},
		{"the day after", "2029-01-03 10:00", true},
		{"the first date that fits decides", "2026-12-31 10:00", true},
		{"… and closes", "2026-12-31 12:00", false},
	} {
		if got := office(t).OpenAt(at(t, "Europe/Berlin", test.at)); got != test.want {
			t.Errorf("%s (%s): got %v", test.reason, test.at, got)
		}
	}
}

// TestNextOpen: when it opens next, to the minute.
func TestNextOpen(t *testing.T) {
	for _, test := range []struct{ reason, zone, at, want string }{
		{"it is open", "Europe/Berlin", "2026-03-03 10:00", ""},
		{"before it opens", "Europe/Berlin", "2026-03-03 08:10", "2026-03-03 09:00"},
		{"at noon", "Europe/Berlin", "2026-03-03 12:30", "2026-03-03 13:30"},
		{"in the evening", "Europe/Berlin", "2026-03-03 17:05", "2026-03-04 09:00"},
		{"on Saturday, to the date", "Europe/Berlin", "2026-03-07 03:00", "2026-03-07 10:00"},
		{"on Sunday", "Europe/Berlin", "2026-03-08 11:00", "2026-03-09 09:00"},
		{"at Christmas, to the date", "Europe/Berlin", "2026-12-24 11:00", "2026-12-31 09:00"},
		{"after it, to the year", "Europe/Berlin", "2026-12-31 13:00", "2027-01-04 09:00"},
		{"asked elsewhere", "Asia/Shanghai", "2026-03-03 15:10", "2026-03-03 16:00"},
		{"as summer time begins", "Europe/Berlin", "2026-03-29 01:00", "2026-03-30 09:00"},
		{"as summer time ends", "Europe/Berlin", "2026-10-25 02:30", "2026-10-26 09:00"},
	} {
		next, ok := office(t).NextOpen(at(t, test.zone, test.at))
		if ok != (test.want != "") || ok && !next.Equal(at(t, test.zone, test.want)) {
			t.Errorf("%s: got %v %v, want %q", test.reason, next, ok, test.want)
		}
	}
	never := &Calendar{Name: "never", Dates: []Dates{dates(t, "2026-12-24")}}
	if next, ok := never.NextOpen(at(t, "UTC", "2026-03-03 10:00")); ok {
		t.Errorf("a calendar that never opens: got %v", next)
	}
}

// TestNextOpenTwice: an hour that comes twice ends the search no sooner than it is over.
func TestNextOpenTwice(t *testing.T) {
	calendar := &Calendar{Zone: zone(t, "Europe/Berlin"), Open: []Hours{hours(t, "sun 02:45-03:00")}}
	second := time.Date(2026, 10, 25, 1, 50, 0, 0, time.UTC) // 02:50 for the second time
	if !calendar.OpenAt(second) || !calendar.OpenAt(second.Add(-time.Hour)) {
		t.Fatal("it is open twice")
	}
	for minute := range 24 * 60 {
		now := second.Add(time.Duration(minute-720) * time.Minute)
		next, ok := calendar.NextOpen(now)
		if ok && (!next.After(now) || !calendar.OpenAt(next)) {
			t.Errorf("at %v: it opens at %v", now, next)
		}
	}
}

// TestEnds: how long a condition goes on to hold.
func TestEnds(t *testing.T) {
	view := calendars{"office": office(t)}
	berlin := zone(t, "Europe/Berlin")
	for _, test := range []struct {
		reason string
		when   When
		want   string
	}{
		{"no condition", When{}, ""},
		{"closed, until it opens", When{Calendar: "office", Closed: true}, "2026-03-04 09:00"},
		{"open, and it is not", When{Calendar: "office"}, ""},
		{"hours, until they end", When{Hours: []Hours{hours(t, "18:00-19:45")}, Zone: berlin}, "2026-03-03 19:45"},
		{"hours over midnight", When{Hours: []Hours{hours(t, "18:00-06:00")}, Zone: berlin}, "2026-03-04 06:00"},
		{"hours of somewhere else", When{Hours: []Hours{hours(t, "00:00-03:00")}, Zone: zone(t, "Asia/Shanghai")}, "2026-03-03 20:00"},
		{"the first of two ends it", When{Calendar: "office", Closed: true, Hours: []Hours{hours(t, "tue 10:00-24:00")}, Zone: berlin}, "2026-03-04 00:00"},
		{"all days", When{Hours: []Hours{hours(t, "mon-sun")}}, ""},
	} {
		end, ok := test.when.Ends(at(t, "Europe/Berlin", "2026-03-03 18:30"), view)
		if ok != (test.want != "") || ok && !end.Equal(at(t, "Europe/Berlin", test.want)) {
			t.Errorf("%s: got %v %v, want %q", test.reason, end, ok, test.want)
		}
	}
}

// TestMoment: the clock on the wall, in every zone and before 1970.
func TestMoment(t *testing.T) {
	for _, name := range []string{"UTC", "Europe/Berlin", "Asia/Kathmandu", "America/St_Johns", "Pacific/Apia"} {
		for _, base := range []int64{-100_000_000, 0, 1_000_000_000, 1_790_000_000} {
			for step := range int64(500) {
				local := time.Unix(base+step*4321, 0).In(zone(t, name).Location())
				want := moment{uint8(local.Weekday()), uint16(local.Hour()*60 + local.Minute())}
				if got := momentOf(local); got != want {
					t.Fatalf("%v: got %v, want %v", local, got, want)
				}
			}
		}
	}
}

// TestWithin: which numbers may be called by whom.
func TestWithin(t *testing.T) {
	order := []Class{ClassInternal, ClassNational, ClassInternational, ClassPremium}
	for i, allowed := range order {
		for j, class := range order {
			if class.Within(allowed) != (j <= i) {
				t.Errorf("%s numbers with class %s: got %v", class, allowed, j > i)
			}
		}
	}
	if !ClassNational.Within(ClassDefault) || ClassInternational.Within(ClassDefault) || ClassInternal.Within("all") || Class("moon").Within(ClassInternational) {
		t.Error("the default is national, and what is unknown allows nothing and is farthest")
	}
}
