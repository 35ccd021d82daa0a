package codec

// lags are periods to try, in samples.
type lags struct{ least, most, step int }

// findPitch looks for the period of the source: how far back its last 20 ms are most like what
// was there, at 4000 samples/s first, then exactly. Noise has the longest period.
func (c *concealment) findPitch() {
	least, most, coarse := c.rate/shortestPeriod, c.rate/longestPeriod, c.rate/4000
	c.pitch = c.alike(lags{least, most, coarse})
	c.pitch = c.alike(lags{max(least, c.pitch-coarse+1), min(most, c.pitch+coarse-1), 1})
}

// alike gives the lag of the largest normalized correlation.
func (c *concealment) alike(try lags) int {
	window := c.rate / 50
	recent := c.source[c.held-window : c.held]
	best, lag := 0.0, try.most
	for candidate := try.least; candidate <= try.most; candidate += try.step {
		earlier := c.source[c.held-window-candidate:][:window]
		var product, energy int64
		for i := 0; i < window; i += try.step {
			product += int64(recent[i]) * int64(earlier[i])
			energy += int64(earlier[i]) * int64(earlier[i])
		}
		if product <= 0 {
			continue
		}
		if score := float64(product) * float64(product) / float64(energy); score > best {
			best, lag = score, candidate
		}
	}
	return lag
}
