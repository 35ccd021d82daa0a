package pin

import (
	"fmt"
	"strings"
)

// How many digits a PIN has.
const (
	MinDigits = 6
	MaxDigits = 32
)

// leftToGuess is how many digits a PIN needs beside a number that stands in it.
const leftToGuess = 4

// Problem says why a PIN can't be used by somebody with these numbers, such as "is a run of
// digits"; "" when it can. It never shows the PIN.
func Problem(pin string, numbers []string) string {
	switch {
	case strings.Trim(pin, "0123456789") != "":
		return "has something else than digits"
	case len(pin) < MinDigits:
		return fmt.Sprintf("has fewer than %d digits", MinDigits)
	case len(pin) > MaxDigits:
		return fmt.Sprintf("has more than %d digits", MaxDigits)
	case distinct(pin) < 3:
		return "has only one or two different digits"
	case isRun(pin):
		return "is a run of digits"
	case repeats(pin):
		return "repeats itself"
	}
	for _, number := range numbers {
		number = onlyDigits(number)
		if strings.Contains(number, pin) || number != "" && strings.Contains(pin, number) && len(pin)-len(number) < leftToGuess {
			return "is part of the own number, or holds it"
		}
	}
	return ""
}

func distinct(pin string) int {
	var seen [256]bool
	count := 0
	for i := range len(pin) {
		if !seen[pin[i]] {
			seen[pin[i]] = true
			count++
		}
	}
	return count
}

// isRun tells whether each digit follows the one before in even steps, up or down, over 9 to 0
// too; digits that are doubled count once: 123456, 864208, 112233.
func isRun(pin string) bool {
	var single []byte
	for i := range len(pin) {
		if i == 0 || pin[i] != pin[i-1] {
			single = append(single, pin[i])
		}
	}
	for i := 2; i < len(single); i++ {
		if (single[i]+10-single[i-1])%10 != (single[1]+10-single[0])%10 {
			return false
		}
	}
	return true
}

// repeats tells whether a PIN is a shorter one again and again.
func repeats(pin string) bool {
	for period := 1; period <= len(pin)/2; period++ {
		if len(pin)%period == 0 && strings.Repeat(pin[:period], len(pin)/period) == pin {
			return true
		}
	}
	return false
}

func onlyDigits(number string) string {
	return strings.Map(func(c rune) rune {
		if c < '0' || c > '9' {
			return -1
		}
		return c
	}, number)
}
