package config

import "time"

// Redial bounds who waits until somebody is free (RFC 5359 §2.17, RFC 6910).
type Redial struct {
	Off     bool
	Limit   int           // users that one user waits for at a time
	Expires time.Duration // then it is given up
	Jitter  time.Duration // at most how long a user is left alone who has become free
	Retry   int           // calls that may lead nowhere
}

const maxRedials = 64 // of one user

func defaultRedial() Redial {
	return Redial{Limit: 5, Expires: 30 * time.Minute, Jitter: 5 * time.Second, Retry: 3}
}

// redial reads false, or the bounds.
func (r *reader) redial(f field) {
	redial := &r.config.Redial
	if off, said := r.isOff(f); said {
		redial.Off = off
		return
	}
	keys := r.mapping(f, []string{"limit", "expires", "jitter", "retry"})
	r.setInteger(keys["limit"], &redial.Limit)
	r.setDuration(keys["expires"], &redial.Expires)
	r.setDuration(keys["jitter"], &redial.Jitter)
	r.setInteger(keys["retry"], &redial.Retry)
}

func (c *Config) checkRedial(found *findings) {
	redial := &c.Redial
	if redial.Off {
		return
	}
	found.between("redial.limit", redial.Limit, 1, maxRedials)
	found.within("redial.expires", redial.Expires, time.Minute, 24*time.Hour)
	found.within("redial.jitter", redial.Jitter, 0, time.Minute)
	found.between("redial.retry", redial.Retry, 1, 10)
}
