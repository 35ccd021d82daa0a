package ladder

import (
	"slices"
	"strconv"
	"strings"
)

// volatile are the parameters whose values differ from run to run, with the name that
// stands in for the value.
var volatile = map[string]string{
	"tag": "tag", "from-tag": "tag", "to-tag": "tag", "branch": "branch",
	"nonce": "nonce", "cnonce": "cnonce", "response": "response", "opaque": "opaque",
}

// callFields are header fields whose values begin with a Call-ID.
var callFields = []string{"call-id", "i", "replaces", "join", "target-dialog", "in-reply-to"}

// Normalize replaces the values that differ from run to run, the same value by the same
// name wherever it stands: tags (tag-1, tag-2, ...), branches, nonces and Call-IDs, and
// the parameters that the caller names in more. The ladder itself is left alone.
func (l *Ladder) Normalize(more ...string) *Ladder {
	n := normalizer{names: map[string]string{}, counts: map[string]int{}, more: more}
	result := *l
	result.Arrows = slices.Clone(l.Arrows)
	for i := range result.Arrows {
		arrow := &result.Arrows[i]
		arrow.Label = n.parameters(arrow.Label)
		if arrow.CallID != "" {
			arrow.CallID = n.name("call", arrow.CallID)
		}
		arrow.Text = n.message(arrow.Text)
	}
	return &result
}

type normalizer struct {
	names  map[string]string // "tag 8f3a" -> "tag-1"
	counts map[string]int
	more   []string
}

func (n *normalizer) name(kind, value string) string {
	key := kind + " " + value
	if n.names[key] == "" {
		n.counts[kind]++
		n.names[key] = kind + "-" + strconv.Itoa(n.counts[kind])
	}
	return n.names[key]
}

func (n *normalizer) message(text string) string {
	if text == "" {
		return ""
	}
	head, body, found := strings.Cut(text, "\r\n\r\n")
	lines := strings.Split(head, "\r\n")
	for i, line := range lines {
		name, value, isField := strings.Cut(line, ":")
		if isField && slices.Contains(callFields, strings.ToLower(strings.TrimSpace(name))) {
			value = strings.TrimSpace(value)
			end := strings.IndexByte(value, ';')
			if end < 0 {
				end = len(value)
			}
			line = name + ": " + n.name("call", value[:end]) + value[end:]
		}
		lines[i] = n.parameters(line)
	}
	head = strings.Join(lines, "\r\n")
	if found {
		head += "\r\n\r\n" + body
	}
	return head
}

// parameters replaces the values of volatile parameters in one line.
func (n *normalizer) parameters(line string) string {
	var b strings.Builder
	for {
		equals := strings.IndexByte(line, '=')
		if equals < 0 {
			b.WriteString(line)
			return b.String()
		}
		b.WriteString(line[:equals+1])
		key := line[strings.LastIndexAny(line[:equals], "; ,?\t")+1 : equals]
		line = line[equals+1:]
		kind := n.kind(strings.ToLower(key))
		quoted := strings.HasPrefix(line, `"`)
		if quoted {
			line = line[1:]
			b.WriteByte('"')
		}
		end := valueEnd(line, quoted)
		if kind != "" && end > 0 {
			b.WriteString(n.name(kind, line[:end]))
			line = line[end:]
		}
	}
}

func valueEnd(text string, quoted bool) int {
	stops := "; ,>?&|\t"
	if quoted {
		stops = `"`
	}
	if end := strings.IndexAny(text, stops); end >= 0 {
		return end
	}
	return len(text)
}

func (n *normalizer) kind(key string) string {
	if slices.Contains(n.more, key) {
		return key
	}
	return volatile[key]
}

// secretFields are header fields that carry credentials; their values are left out.
var secretFields = []string{"authorization", "proxy-authorization", "authentication-info", "identity"}

// Redact replaces credentials and media keys by "(redacted)", for a bug report. The
// ladder itself is left alone.
func (l *Ladder) Redact() *Ladder {
	result := *l
	result.Arrows = slices.Clone(l.Arrows)
	for i := range result.Arrows {
		lines := strings.Split(result.Arrows[i].Text, "\r\n")
		folded := false // the last field was secret, and its continuation is, too
		for j, line := range lines {
			name, _, isField := strings.Cut(line, ":")
			continued := strings.HasPrefix(line, " ") || strings.HasPrefix(line, "\t")
			folded = isField && slices.Contains(secretFields, strings.ToLower(strings.TrimSpace(name))) || folded && continued
			switch {
			case folded && continued:
				lines[j] = " (redacted)"
			case folded, strings.HasPrefix(line, "a=crypto:"), strings.HasPrefix(line, "a=ice-pwd:"), strings.HasPrefix(line, "k="):
				end := strings.IndexAny(line, ":=")
				if line[0] == 'a' && line[1] == '=' {
					end = strings.IndexByte(line, ':')
				}
				lines[j] = line[:end+1] + " (redacted)"
			}
		}
		result.Arrows[i].Text = strings.Join(lines, "\r\n")
	}
	return &result
}
