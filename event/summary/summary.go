package summary

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"hookflash/sip"
)

// Names of the package.
const (
	Package     = "message-summary"
	ContentType = "application/simple-message-summary"
)

// Limits.
const (
	MaxOctets   = 64 << 10
	MaxClasses  = 32 // summary lines; more are left out
	MaxMessages = 64 // blocks of message header fields; more are left out
	MaxFields   = 32 // lines of a block; more are left out
)

// Voice is the class of voice messages (RFC 3458 §6.2).
const Voice = "Voice-Message"

// Errors of Parse.
var (
	ErrLimit   = errors.New("summary: body beyond the limits")
	ErrSummary = errors.New("summary: not a message summary")
)

// Summary is the state of one mailbox (RFC 3842 §3.5).
type Summary struct {
	Waiting bool
	Account string // URI of the mailbox; "" when not said
	Counts  []Count
	// Messages are the header fields of messages that are new since the last body, a line
	// "Name: value" each. Never in the first body of a subscription.
	Messages [][]string
}

// Count tells of one class how many messages there are.
type Count struct {
	Class                string // message context class, like Voice
	New, Old             uint32
	UrgentNew, UrgentOld uint32
	HasUrgent            bool // urgent ones are told
}

// Count is the count of a class, compared without case; zero without one.
func (s *Summary) Count(class string) Count {
	for _, count := range s.Counts {
		if strings.EqualFold(count.Class, class) {
			return count
		}
	}
	return Count{Class: class}
}

// Equal compares everything but the message header fields.
func (s *Summary) Equal(other *Summary) bool {
	if s.Waiting != other.Waiting || s.Account != other.Account || len(s.Counts) != len(other.Counts) {
		return false
	}
	for i := range s.Counts {
		if s.Counts[i] != other.Counts[i] {
			return false
		}
	}
	return true
}

// Merge joins the summaries that a forked SUBSCRIBE brought for one account (RFC 3842
// §3.10): messages wait if any says so, and counts add up to at most 2^32-1.
func Merge(summaries ...Summary) Summary {
	var merged Summary
	for i := range summaries {
		one := &summaries[i]
		merged.Waiting = merged.Waiting || one.Waiting
		if merged.Account == "" {
			merged.Account = one.Account
		}
		for _, count := range one.Counts {
			merged.add(count)
		}
		merged.Messages = append(merged.Messages, one.Messages...)
	}
	merged.Messages = merged.Messages[:min(len(merged.Messages), MaxMessages)]
	return merged
}

func (s *Summary) add(count Count) {
	for i := range s.Counts {
		sum := &s.Counts[i]
		if strings.EqualFold(sum.Class, count.Class) {
			sum.New, sum.Old = saturate(sum.New, count.New), saturate(sum.Old, count.Old)
			sum.UrgentNew, sum.UrgentOld = saturate(sum.UrgentNew, count.UrgentNew), saturate(sum.UrgentOld, count.UrgentOld)
			sum.HasUrgent = sum.HasUrgent || count.HasUrgent
			return
		}
	}
	if len(s.Counts) < MaxClasses {
		s.Counts = append(s.Counts, count)
	}
}

func saturate(a, b uint32) uint32 { return uint32(min(uint64(a)+uint64(b), math.MaxUint32)) }

// Append prints the summary (RFC 3842 §5.2). A value ends at its first CR, LF or NUL.
func (s *Summary) Append(b []byte) []byte {
	waiting := "no"
	if s.Waiting {
		waiting = "yes"
	}
	b = appendLine(b, "Messages-Waiting: "+waiting)
	if s.Account != "" {
		b = appendLine(b, "Message-Account: "+s.Account)
	}
	for _, count := range s.Counts {
		b = count.append(b)
	}
	for _, message := range s.Messages {
		b = append(b, "\r\n"...)
		for _, line := range message {
			b = appendLine(b, line)
		}
	}
	return b
}

func (c Count) append(b []byte) []byte {
	if !sip.IsToken(c.Class) {
		return b
	}
	b = append(append(b, c.Class...), ": "...)
	b = appendPair(b, c.New, c.Old)
	if c.HasUrgent {
		b = append(appendPair(append(b, " ("...), c.UrgentNew, c.UrgentOld), ')')
	}
	return append(b, "\r\n"...)
}

func appendPair(b []byte, one, two uint32) []byte {
	b = strconv.AppendUint(b, uint64(one), 10)
	return strconv.AppendUint(append(b, '/'), uint64(two), 10)
}

func appendLine(b []byte, line string) []byte {
	if end := strings.IndexAny(line, "\r\n\x00"); end >= 0 {
		line = line[:end]
	}
	return append(append(b, line...), "\r\n"...)
}

// Parse reads a body. Every name is compared without case, lines may end in LF alone, a
// count greater than 2^32-1 is taken as that (RFC 3842 §3.5), and a line that is none of the
// known ones is left out.
func Parse(body string) (Summary, error) {
	if len(body) > MaxOctets {
		return Summary{}, fmt.Errorf("%w: %d octets", ErrLimit, len(body))
	}
	line, rest := cutLine(body)
	name, value, ok := field(line)
	if !ok || !strings.EqualFold(name, "Messages-Waiting") || !strings.EqualFold(value, "yes") && !strings.EqualFold(value, "no") {
		return Summary{}, fmt.Errorf("%w: first line is no Messages-Waiting", ErrSummary)
	}
	summary := Summary{Waiting: strings.EqualFold(value, "yes")}
	for rest != "" {
		if line, rest = cutLine(rest); line == "" {
			break
		}
		if name, value, ok = field(line); !ok {
			continue
		}
		if strings.EqualFold(name, "Message-Account") {
			summary.Account = value
		} else if count, ok := parseCount(name, value); ok && len(summary.Counts) < MaxClasses {
			summary.Counts = append(summary.Counts, count)
		}
	}
	summary.Messages = parseMessages(rest)
	return summary, nil
}

func parseMessages(rest string) [][]string {
	var messages [][]string
	begun := false
	for rest != "" {
		var line string
		if line, rest = cutLine(rest); line == "" {
			begun = false
			continue
		}
		if _, _, ok := field(line); !ok {
			continue
		}
		if !begun {
			if len(messages) == MaxMessages {
				break
			}
			messages, begun = append(messages, nil), true
		}
		if last := len(messages) - 1; len(messages[last]) < MaxFields {
			messages[last] = append(messages[last], line)
		}
	}
	return messages
}

// parseCount: newmsgs SLASH oldmsgs [ LPAREN new SLASH old RPAREN ].
func parseCount(class, value string) (Count, bool) {
	all, urgent, hasUrgent := strings.Cut(value, "(")
	count := Count{Class: class}
	var ok bool
	if count.New, count.Old, ok = parsePair(all); !ok || !sip.IsToken(class) {
		return Count{}, false
	}
	if hasUrgent {
		inside, after, closed := strings.Cut(urgent, ")")
		if count.UrgentNew, count.UrgentOld, ok = parsePair(inside); !ok || !closed || strings.Trim(after, " \t") != "" {
			return Count{}, false
		}
		count.HasUrgent = true
	}
	return count, true
}

func parsePair(text string) (one, two uint32, ok bool) {
	left, right, _ := strings.Cut(text, "/")
	one, ok = parseNumber(left)
	two, fine := parseNumber(right)
	return one, two, ok && fine
}

func parseNumber(text string) (uint32, bool) {
	text = strings.Trim(text, " \t")
	for i := range len(text) {
		if text[i] < '0' || text[i] > '9' {
			return 0, false
		}
	}
	number, err := strconv.ParseUint(text, 10, 32)
	if errors.Is(err, strconv.ErrRange) {
		return math.MaxUint32, true
	}
	return uint32(number), err == nil
}

func field(line string) (name, value string, ok bool) {
	name, value, ok = strings.Cut(line, ":")
	name, value = strings.Trim(name, " \t"), strings.Trim(value, " \t")
	return name, value, ok && sip.IsToken(name)
}

func cutLine(text string) (line, rest string) {
	line, rest, _ = strings.Cut(text, "\n")
	return strings.TrimSuffix(line, "\r"), rest
}
