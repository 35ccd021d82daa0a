package config

import "strings"

// nearest is the known key that the unknown one was probably meant to be; empty when none
// is near: at most two slips of the finger, and fewer than half of the letters.
func nearest(unknown string, known []string) string {
	best, distance := "", 3
	for _, candidate := range known {
		if d := slips(strings.ToLower(unknown), candidate); d < distance && 2*d < len(candidate) {
			best, distance = candidate, d
		}
	}
	return best
}

// maxCompared bounds the bytes of a key that is compared; a longer one is like nothing.
const maxCompared = 64

// slips counts the letters to insert, delete, replace or swap with their neighbour
// (Damerau and Levenshtein) to make b of a.
func slips(a, b string) int {
	if len(a) > maxCompared {
		return maxCompared
	}
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}
