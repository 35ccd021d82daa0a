package directory

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Calendar tells when something is open: hours of the week, but for dates.
type Calendar struct {
	Name  string  `json:"name"`
	Zone  Zone    `json:"zone,omitzero"`   // zero: UTC
	Open  []Hours `json:"open,omitempty"`  // of every week
	Dates []Dates `json:"dates,omitempty"` // before Open; the first that fits decides
}

// When is a condition of time; the zero value always holds.
type When struct {
	Calendar string  `json:"calendar,omitempty"` // the calendar is open
	Closed   bool    `json:"closed,omitempty"`   // … or closed
	Hours    []Hours `json:"hours,omitempty"`    // any of these, in Zone
	Zone     Zone    `json:"zone,omitzero"`
}

// IsZero tells that there is no condition.
func (w When) IsZero() bool {
	return w.Calendar == "" && !w.Closed && len(w.Hours) == 0 && w.Zone.IsZero()
}

// Hours is a part of a week: "mon-fri 09:00-17:00", "sat 22:00-02:00" (until Sunday), "sun".
type Hours struct {
	Days     uint8  // a bit per day, 1 for Sunday
	From, To uint16 // minutes of the day, To up to 1440; both 0: the whole day
}

// Dates is a range of days of the year or of one year: "2026-12-24..2026-12-26", "12-25" (every
// year), with what holds on them: "2026-12-31 09:00-12:00"; without hours it is closed.
type Dates struct {
	First, Last Date
	From, To    uint16 // minutes of the day when it is open; both 0: closed
}

// Date is a day; Year 0: of every year.
type Date struct {
	Year       int
	Month, Day int
}

// minutesOfDay is the end of a day.
const minutesOfDay = 24 * 60

// OpenAt tells whether the calendar is open.
func (c *Calendar) OpenAt(now time.Time) bool {
	local := now.In(c.Zone.Location())
	at := momentOf(local)
	if len(c.Dates) > 0 {
		year, month, day := local.Date()
		today := Date{year, int(month), day}
		for i := range c.Dates {
			if d := &c.Dates[i]; d.on(today) {
				return d.From != d.To && d.From <= at.minute && at.minute < d.To
			}
		}
	}
	return anyHours(c.Open, at)
}

// moment is a time of the week.
type moment struct {
	day    uint8  // 0 is Sunday
	minute uint16 // of the day
}

// momentOf asks for the zone once, which is most of the work.
func momentOf(local time.Time) moment {
	_, offset := local.Zone()
	const day = 24 * 60 * 60
	seconds := local.Unix() + int64(offset)
	days := seconds / day
	if seconds -= days * day; seconds < 0 {
		days, seconds = days-1, seconds+day
	}
	return moment{uint8(((days+4)%7 + 7) % 7), uint16(seconds / 60)} // 1 January 1970 was a Thursday
}

// Holds tells whether a condition holds. A calendar that is not there is never open, nor closed.
func (w *When) Holds(now time.Time, view View) bool {
	if w.Calendar != "" {
		calendar := view.Calendar(w.Calendar)
		if calendar == nil || calendar.OpenAt(now) == w.Closed {
			return false
		}
	}
	return len(w.Hours) == 0 || anyHours(w.Hours, momentOf(now.In(w.Zone.Location())))
}

func anyHours(hours []Hours, at moment) bool {
	for _, h := range hours {
		if h.holds(at) {
			return true
		}
	}
	return false
}

func (h Hours) holds(at moment) bool {
	today := h.Days&(1<<at.day) != 0
	yesterday := h.Days&(1<<((at.day+6)%7)) != 0
	switch {
	case h.From == h.To:
		return today
	case h.From < h.To:
		return today && h.From <= at.minute && at.minute < h.To
	}
	return today && at.minute >= h.From || yesterday && at.minute < h.To
}

func (d *Dates) on(day Date) bool {
	if d.First.Year == 0 {
		day.Year = 0
		if d.Last.before(d.First) { // over the turn of the year
			return !day.before(d.First) || !d.Last.before(day)
		}
	}
	return !day.before(d.First) && !d.Last.before(day)
}

func (d Date) before(other Date) bool {
	if d.Year != other.Year {
		return d.Year < other.Year
	}
	if d.Month != other.Month {
		return d.Month < other.Month
	}
	return d.Day < other.Day
}

var dayNames = [...]string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}

// ParseHours reads a part of a week.
func ParseHours(text string) (h Hours, err error) {
	wrong := fmt.Errorf("%q are no hours: write mon-fri 09:00-17:00, sat,sun or 22:00-06:00", text)
	fields := strings.Fields(strings.ToLower(text))
	if len(fields) == 0 || len(fields) > 2 || len(text) > MaxText {
		return h, wrong
	}
	if !strings.ContainsRune(fields[0], ':') {
		if h.Days = parseDays(fields[0]); h.Days == 0 {
			return h, wrong
		}
		fields = fields[1:]
	} else {
		h.Days = 0x7f
	}
	if len(fields) == 0 {
		return h, nil
	}
	if len(fields) != 1 {
		return h, wrong
	}
	var ok bool
	if h.From, h.To, ok = parseSpan(fields[0]); !ok {
		return h, wrong
	}
	if h.From == h.To {
		return h, fmt.Errorf("%q is empty: it begins when it ends", text)
	}
	return h, nil
}

func parseDays(text string) (days uint8) {
	for part := range strings.SplitSeq(text, ",") {
		first, last, ranged := strings.Cut(part, "-")
		from := dayNumber(first)
		to := from
		if ranged {
			to = dayNumber(last)
		}
		if from < 0 || to < 0 {
			return 0
		}
		for day := from; ; day = (day + 1) % 7 {
			days |= 1 << day
			if day == to {
				break
			}
		}
	}
	return days
}

func dayNumber(name string) int {
	for i, day := range dayNames {
		if name == day {
			return i
		}
	}
	return -1
}

func parseSpan(text string) (from, to uint16, ok bool) {
	first, last, divided := strings.Cut(text, "-")
	from, okFrom := parseClock(first)
	to, okTo := parseClock(last)
	return from, to, divided && okFrom && okTo
}

func parseClock(text string) (minute uint16, ok bool) {
	hours, minutes, divided := strings.Cut(text, ":")
	h, err := strconv.ParseUint(hours, 10, 8)
	m, err2 := strconv.ParseUint(minutes, 10, 8)
	minute = uint16(h*60 + m)
	return minute, divided && err == nil && err2 == nil && m < 60 && len(hours) <= 2 && len(minutes) == 2 && minute <= minutesOfDay
}

func clock(minute uint16) string { return fmt.Sprintf("%02d:%02d", minute/60, minute%60) }

// String is the text form.
func (h Hours) String() string {
	var days []string
	for day := range dayNames {
		if at := (day + 1) % 7; h.Days&(1<<at) != 0 {
			days = append(days, dayNames[at])
		}
	}
	text := strings.Join(days, ",")
	if h.From != h.To {
		text += " " + clock(h.From) + "-" + clock(h.To)
	}
	return text
}

// ParseDates reads a range of days.
func ParseDates(text string) (d Dates, err error) {
	wrong := fmt.Errorf("%q are no dates: write 2026-12-24..2026-12-26, 12-25 for every year, or 2026-12-31 09:00-12:00 for when it is open", text)
	days, span, timed := strings.Cut(strings.TrimSpace(text), " ")
	first, last, ranged := strings.Cut(days, "..")
	var ok bool
	if d.First, ok = parseDate(first); !ok || len(text) > MaxText {
		return d, wrong
	}
	if d.Last = d.First; ranged {
		if d.Last, ok = parseDate(last); !ok || (d.First.Year == 0) != (d.Last.Year == 0) {
			return d, wrong
		}
	}
	if d.First.Year != 0 && d.Last.before(d.First) {
		return d, fmt.Errorf("%q ends before it begins: write the earlier day first", text)
	}
	if timed {
		if d.From, d.To, ok = parseSpan(strings.TrimSpace(span)); !ok || d.From >= d.To {
			return d, wrong
		}
	}
	return d, nil
}

func parseDate(text string) (d Date, ok bool) {
	layout := "2006-01-02"
	if len(text) == len("01-02") {
		text = "2024-" + text // a leap year, so that 02-29 is a day
		at, err := time.Parse(layout, text)
		return Date{0, int(at.Month()), at.Day()}, err == nil
	}
	at, err := time.Parse(layout, text)
	return Date{at.Year(), int(at.Month()), at.Day()}, err == nil && at.Year() > 0
}

// String is the text form.
func (d Dates) String() string {
	text := d.First.String()
	if d.Last != d.First {
		text += ".." + d.Last.String()
	}
	if d.From != d.To {
		text += " " + clock(d.From) + "-" + clock(d.To)
	}
	return text
}

// String is the text form.
func (d Date) String() string {
	if d.Year == 0 {
		return fmt.Sprintf("%02d-%02d", d.Month, d.Day)
	}
	return fmt.Sprintf("%04d-%02d-%02d", d.Year, d.Month, d.Day)
}

// MarshalText implements encoding.TextMarshaler.
func (h Hours) MarshalText() ([]byte, error) { return []byte(h.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (h *Hours) UnmarshalText(text []byte) (err error) {
	*h, err = ParseHours(string(text))
	return err
}

// MarshalText implements encoding.TextMarshaler.
func (d Dates) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (d *Dates) UnmarshalText(text []byte) (err error) {
	*d, err = ParseDates(string(text))
	return err
}
