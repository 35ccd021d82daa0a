package pin

import (
	"strings"
	"testing"
)

func TestHash(t *testing.T) {
	hash := Hash("493817")
	if !strings.HasPrefix(hash, "$argon2id$v=19$m=19456,t=2,p=1$") || !IsHash(hash) {
		t.Fatalf("a PHC string of argon2id: %q", hash)
	}
	if Hash("493817") == hash {
		t.Error("two mailboxes with the same PIN have different hashes")
	}
	if salt := [16]byte{1}; HashWith("493817", salt) != HashWith("493817", salt) {
		t.Error("the same salt gives the same hash")
	}
	if !Check(hash, "493817") {
		t.Error("the PIN has its hash")
	}
	for _, test := range []struct{ reason, hash, pin string }{
		{"another PIN", hash, "493818"},
		{"the beginning of the PIN", hash, "49381"},
		{"no PIN", hash, ""},
		{"an endless PIN", hash, strings.Repeat("4", MaxDigits+1)},
		{"no hash", "", "493817"},
		{"no hash and no PIN", "", ""},
		{"a PIN that was never hashed", "493817", "493817"},
		{"a hash cut short", hash[:len(hash)-20], "493817"},
		{"another algorithm", strings.Replace(hash, "argon2id", "argon2i", 1), "493817"},
		{"a hash that would take all memory", strings.Replace(hash, "m=19456", "m=4194304", 1), "493817"},
		{"a hash that would take for ever", strings.Replace(hash, "t=2", "t=100000", 1), "493817"},
		{"a hash without a lane", strings.Replace(hash, "p=1", "p=0", 1), "493817"},
		{"a hash with something behind its cost", strings.Replace(hash, "p=1", "p=1x", 1), "493817"},
		{"a hash that is too long", hash + strings.Repeat("A", maxHash), "493817"},
	} {
		if Check(test.hash, test.pin) {
			t.Errorf("%s: let in", test.reason)
		}
	}
}

func TestProblem(t *testing.T) {
	numbers := []string{"1002", "+49 30 1234987650"}
	tests := []struct{ reason, pin, want string }{
		{"six digits", "493817", ""},
		{"the most digits", "49381750264938175026493817502649", ""},
		{"five digits", "49381", "fewer than 6"},
		{"none", "", "fewer than 6"},
		{"too many", strings.Repeat("493817", 6), "more than 32"},
		{"letters", "49381a", "something else than digits"},
		{"a star", "*49381", "something else than digits"},
		{"the same digit", "777777", "one or two different"},
		{"two digits", "121221", "one or two different"},
		{"up", "123456", "run"},
		{"down", "987654", "run"},
		{"over zero", "789012", "run"},
		{"every second", "135791", "run"},
		{"each twice", "112233", "run"},
		{"three digits twice", "493493", "repeats"},
		{"the own number inside", "491002", "own number"},
		{"a part of the own number", "498765", "own number"},
		{"a short number in a long PIN", "4910028317", ""},
	}
	for _, test := range tests {
		got := Problem(test.pin, numbers)
		if (got == "") != (test.want == "") || !strings.Contains(got, test.want) {
			t.Errorf("%s: %q, want %q", test.reason, got, test.want)
		}
		if test.pin != "" && strings.Contains(got, test.pin) {
			t.Errorf("%s: the PIN is shown: %s", test.reason, got)
		}
	}
	if got := Problem("493817", []string{"", "7"}); got != "" {
		t.Errorf("no number, and one of a digit, forbid nothing: %s", got)
	}
}
