package ua

// MaxCount is the largest number that Voice.Count says.
const MaxCount = 999

// Voice is the language of prompts, "en" or "zh"; "" is that of the server.
type Voice string

// Prompt is the source of a prompt, for Say, Ask and graph.Play.
func (v Voice) Prompt(name string) string {
	if v == "" {
		return "prompt:" + name
	}
	return "prompt:" + string(v) + "/" + name
}

// Prompts are the sources of prompts.
func (v Voice) Prompts(names ...string) []string {
	sources := make([]string, len(names))
	for i, name := range names {
		sources[i] = v.Prompt(name)
	}
	return sources
}

var (
	ones = [...]string{
		"zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
		"thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
	}
	tens = [...]string{2: "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"}
)

// Count says a number of 0 to MaxCount; others are said as the nearest of these.
func (v Voice) Count(n int) []string {
	n = min(max(n, 0), MaxCount)
	var names []string
	if n >= 100 {
		names = append(names, ones[n/100], "hundred")
		if n %= 100; n == 0 {
			return v.Prompts(names...)
		}
		if n < 10 && v == "zh" {
			names = append(names, "zero") // 一百零一
		}
	}
	if n >= 20 {
		names = append(names, tens[n/10])
		if n %= 10; n == 0 {
			return v.Prompts(names...)
		}
	}
	return v.Prompts(append(names, ones[n])...)
}

// Spell says the digits of a number as it is dialled, one by one; what is no digit is left out.
func (v Voice) Spell(number string) []string {
	var names []string
	for _, c := range number {
		switch {
		case c >= '0' && c <= '9':
			names = append(names, ones[c-'0'])
		case c == '*':
			names = append(names, "star")
		case c == '#':
			names = append(names, "hash")
		case c == '+':
			names = append(names, "plus")
		}
	}
	return v.Prompts(names...)
}
