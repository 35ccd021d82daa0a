package flow

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// maxCompared bounds the octets of a name that is compared.
const maxCompared = 64

// Find finds a flow by its name. Its error lists those there are, the nearest first.
func Find(name string) (Flow, error) {
	for _, f := range All {
		if f.Name == name {
			return f, nil
		}
	}
	var names []string
	for _, f := range All {
		names = append(names, f.Name)
	}
	asked := strings.ToLower(name[:min(len(name), maxCompared)])
	slices.SortStableFunc(names, func(a, b string) int { return cmp.Compare(likeness(asked, b), likeness(asked, a)) })
	return Flow{}, fmt.Errorf("there is no flow %q; there are %s", name, strings.Join(names, ", "))
}

// likeness tells how much two names have in common: their longest common subsequence, in hundredths of
// both together; one that has all of the other is above any that has not.
func likeness(a, b string) int {
	if a == "" || b == "" {
		return 0
	}
	if strings.Contains(b, a) {
		return 200 + 200*len(a)/(len(a)+len(b))
	}
	last, row := make([]int, len(b)+1), make([]int, len(b)+1)
	for i := range len(a) {
		for j := range len(b) {
			if a[i] == b[j] {
				row[j+1] = last[j] + 1
			} else {
				row[j+1] = max(last[j+1], row[j])
			}
		}
		last, row = row, last
	}
	return 200 * last[len(b)] / (len(a) + len(b))
}
