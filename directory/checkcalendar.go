package directory

import (
	"fmt"
	"time"
)

// checkCalendar checks a calendar: it can be open, and its days are days.
func (k *check) checkCalendar(c *Calendar) {
	path := "calendars[" + c.Name + "]"
	if fault := nameFault(c.Name); fault != "" {
		k.wrong(path+".name", fault, "use letters, digits, . _ - +")
	}
	k.hours(path+".open", c.Open)
	if len(c.Dates) > MaxHours {
		k.wrong(path+".dates", fmt.Sprintf("has %d entries", len(c.Dates)), fmt.Sprintf("keep at most %d", MaxHours))
		return
	}
	open := len(c.Open) > 0
	for i := range c.Dates {
		d := &c.Dates[i]
		at := fmt.Sprintf("%s.dates[%d]", path, i)
		switch {
		case !d.First.real() || !d.Last.real():
			k.wrong(at, fmt.Sprintf("%q is no day of the calendar", d), "write 12-25, or 2026-12-24..2026-12-26")
		case (d.First.Year == 0) != (d.Last.Year == 0) || d.First.Year != 0 && d.Last.before(d.First):
			k.wrong(at, fmt.Sprintf("%q ends before it begins", d), "write the earlier day first")
		case d.From != d.To && d.From > d.To || d.To > minutesOfDay:
			k.wrong(at, fmt.Sprintf("%q has no such hours", d), "write 09:00-12:00")
		}
		open = open || d.From != d.To
	}
	if !open {
		k.wrong(path+".open", "the calendar is never open", `write hours such as ["mon-fri 09:00-17:00"]`)
	}
}

// hours checks parts of a week.
func (k *check) hours(path string, hours []Hours) {
	if len(hours) > MaxHours {
		k.wrong(path, fmt.Sprintf("has %d entries", len(hours)), fmt.Sprintf("keep at most %d", MaxHours))
		return
	}
	for i, h := range hours {
		if h.Days == 0 || h.Days > 0x7f || h.From >= minutesOfDay || h.To > minutesOfDay || h.From == h.To && h.From != 0 {
			k.wrong(fmt.Sprintf("%s[%d]", path, i), fmt.Sprintf("%q are no hours: they never come", h), "write mon-fri 09:00-17:00")
		}
	}
}

// when checks a condition of time.
func (k *check) when(path string, w *When) {
	switch {
	case w.Calendar != "" && k.findCalendar(w.Calendar) == nil:
		k.wrong(path+".calendar", fmt.Sprintf("there is no calendar %q", w.Calendar), "name one that is there, or create it first")
	case w.Calendar == "" && w.Closed:
		k.wrong(path+".closed", "it is not said what is closed", "add calendar, or remove it")
	case len(w.Hours) == 0 && !w.Zone.IsZero():
		k.wrong(path+".zone", "is the time zone of no hours", "add hours, or remove it")
	}
	k.hours(path+".hours", w.Hours)
}

// real tells whether a day is one, in its year or in a leap year.
func (d Date) real() bool {
	year := d.Year
	if year == 0 {
		year = 2024
	}
	if year < 1 || year > 9999 || d.Month < 1 || d.Month > 12 || d.Day < 1 || d.Day > 31 {
		return false
	}
	return time.Date(year, time.Month(d.Month), d.Day, 0, 0, 0, 0, time.UTC).Day() == d.Day
}
