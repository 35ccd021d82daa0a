package directory

import (
	"fmt"
	"time"
)

// Zone is a time zone by its name of the IANA database.
type Zone struct{ location *time.Location }

// zones are the time zones that were read, by name: a domain has many users and few zones. Whoever
// has taken the map from the channel owns it, until it is put back.
var zones = func() chan map[string]*time.Location {
	c := make(chan map[string]*time.Location, 1)
	c <- map[string]*time.Location{}
	return c
}()

// ParseZone finds a time zone.
func ParseZone(name string) (Zone, error) {
	wrong := fmt.Errorf("%q is no time zone: write one of the IANA database, such as Europe/Berlin", name)
	if name == "" || name == "Local" || len(name) > MaxName {
		return Zone{}, wrong
	}
	known := <-zones
	defer func() { zones <- known }()
	if location := known[name]; location != nil {
		return Zone{location}, nil
	}
	location, err := time.LoadLocation(name)
	if err != nil {
		return Zone{}, wrong
	}
	known[name] = location
	return Zone{location}, nil
}

// IsZero tells that none was given.
func (z Zone) IsZero() bool { return z.location == nil }

// Location is UTC where none was given.
func (z Zone) Location() *time.Location {
	if z.location == nil {
		return time.UTC
	}
	return z.location
}

// String is the zone's name.
func (z Zone) String() string {
	if z.location == nil {
		return ""
	}
	return z.location.String()
}

// MarshalText implements encoding.TextMarshaler.
func (z Zone) MarshalText() ([]byte, error) { return []byte(z.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler: no text is no zone.
func (z *Zone) UnmarshalText(text []byte) (err error) {
	if len(text) == 0 {
		*z = Zone{}
		return nil
	}
	*z, err = ParseZone(string(text))
	return err
}
