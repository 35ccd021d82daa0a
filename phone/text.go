package phone

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"hookflash/service/order"
	"hookflash/sip"
	"hookflash/ua"
)

// textReporter writes for people.
type textReporter struct{ w io.Writer }

// NewText reports in sentences, one event a line.
func NewText(w io.Writer) Reporter { return &textReporter{w} }

// Report implements Reporter.
func (r *textReporter) Report(event any) {
	if text := Describe(event); text != "" {
		fmt.Fprintln(r.w, text)
	}
}

// visible escapes what a terminal could take for a command. Newlines stay.
func visible(text string) string {
	var b strings.Builder
	for _, c := range text {
		if c == '\n' || unicode.IsPrint(c) && c != unicode.ReplacementChar {
			b.WriteRune(c)
			continue
		}
		quoted := strconv.QuoteRune(c)
		b.WriteString(quoted[1 : len(quoted)-1])
	}
	return b.String()
}

// oneLine is for what comes from others: it can't begin a line of its own.
func oneLine(text string) string { return strings.ReplaceAll(text, "\n", `\n`) }

// maxName is how many runes of a name are shown.
const maxName = 64

// who is a person, by name and number. A name is what somebody calls themselves: one that could be taken
// for an address, or is longer than any name, is left out.
func who(name, uri string) string {
	if name == "" || name == Number(uri) || strings.ContainsAny(name, "@()<>") || utf8.RuneCountInString(name) > maxName {
		return address(uri)
	}
	return oneLine(name) + " (" + address(uri) + ")"
}

// address is a URI as people write it.
func address(uri string) string { return oneLine(strings.TrimPrefix(uri, "sip:")) }

// Describe says what a value of Phone.Events tells; "": nothing that a person wants to read. What a terminal
// could take for a command is escaped.
func Describe(event any) string {
	switch e := event.(type) {
	case ua.Event:
		return visible(sentence(e))
	case order.RedialReady:
		return visible(redialReady(e))
	case Outcome:
		return visible(answerText(e))
	}
	return ""
}

// sentence says what happened.
func sentence(e ua.Event) string {
	line, party := fmt.Sprintf("[%d] ", e.Call), who(e.Name, e.From)
	switch e.Kind {
	case ua.Incoming:
		return line + party + " calls: answer, reject, or divert TARGET"
	case ua.Calling:
		return line + "calling " + party
	case ua.Ringing:
		return line + "it rings at " + party
	case ua.Established, ua.Identified:
		return line + "talking with " + party
	case ua.Ended:
		return line + "the call with " + party + " has ended" + why(e)
	case ua.HeldByThem:
		return line + party + " put you on hold"
	case ua.ResumedByThem:
		return line + party + " is back"
	case ua.HeldByUs:
		return line + party + " is on hold"
	case ua.ResumedByUs:
		return line + party + " is off hold"
	case ua.Message:
		return party + " writes: " + oneLine(e.Text)
	case ua.Registered:
		return "registered; others reach you at " + address(e.Text)
	case ua.Unregistered:
		return "not registered" + why(e)
	default:
		return moreSentences(e, line, party)
	}
}

func moreSentences(e ua.Event, line, party string) string {
	switch e.Kind {
	case ua.Transferring:
		return line + party + " transfers you to " + address(e.Text)
	case ua.Transferred:
		if e.Text != "" {
			return line + "parked at " + oneLine(e.Text)
		}
		return line + "the transfer is over" + why(e)
	case ua.Progress:
		return line + "the transfer goes on" + why(e)
	case ua.Replaced:
		return fmt.Sprintf("%stakes the place of line %d", line, e.Other)
	case ua.Joined:
		return fmt.Sprintf("%s%s joins line %d", line, party, e.Other)
	case ua.DigitHeard:
		return line + party + " dials " + oneLine(e.Text)
	case ua.MessagesWaiting:
		return party + ": " + waits(e.Text)
	case ua.Lamp:
		return party + lights(e)
	case ua.Failed:
		return strings.TrimPrefix(line, "[0] ") + "that did not work" + why(e)
	default: // for machines
		return ""
	}
}

// lights says what a Lamp tells.
func lights(e ua.Event) string {
	switch e.Text {
	case lampIdle:
		return " is free"
	case lampRinging:
		if e.Reason != "" {
			return " is called by " + address(e.Reason) + "; pickup takes the call"
		}
		return " is called"
	case lampTalking:
		return " is busy"
	}
	return " is not watched any more" + why(ua.Event{Kind: e.Kind, Code: e.Code})
}

// waits says what a MessagesWaiting tells.
func waits(text string) string {
	switch fresh, old, counted := strings.Cut(text, "/"); {
	case counted:
		return oneLine(fresh) + " new messages, " + oneLine(old) + " old ones"
	case text == "no":
		return "no message waits"
	}
	return "messages wait"
}

// why is the code and the reason, where there are any.
func why(e ua.Event) string {
	reason := e.Reason
	if reason == "" && e.Code != 0 {
		reason = sip.Reason(e.Code)
	}
	text := ""
	if e.Code != 0 {
		text = fmt.Sprintf(": %d", e.Code)
		if reason != "" {
			text += " " + oneLine(reason)
		}
	} else if reason != "" {
		text = ": " + oneLine(reason)
	}
	switch {
	case e.Text != "" && e.Kind == ua.Ended && e.Code >= 400:
		text += "; type why to hear the reason"
	case e.Text != "":
		text += " (" + address(e.Text) + ")"
	}
	return text
}

func answerText(o Outcome) string {
	switch {
	case o.Err != nil:
		return o.Command + ": " + Explain(o.Err)
	case o.Kind == TheHelp:
		return o.Text
	case o.Kind == TheCalls && len(o.Lines) == 0:
		return "no calls"
	case o.Kind == TheCalls:
		var lines []string
		for _, l := range o.Lines {
			lines = append(lines, l.String())
		}
		return strings.Join(lines, "\n")
	case o.Kind == TheHistory && len(o.History) == 0:
		return "no calls yet"
	case o.Kind == TheHistory:
		var lines []string
		for _, p := range o.History {
			lines = append(lines, p.String())
		}
		return strings.Join(lines, "\n")
	}
	return ""
}

// String is the call on one line.
func (l Line) String() string {
	mark := " "
	if l.Current {
		mark = "*"
	}
	doubt := ""
	if l.Incoming && !l.Asserted && l.State != ua.Talking {
		doubt = ", and nobody vouches for that"
	}
	return fmt.Sprintf("%s[%d] %-8s %s%s%s", mark, l.Call, stateName(l.State), who(l.Name, l.URI), l.Holds(), doubt)
}

// Holds says who has put whom on hold.
func (l Line) Holds() string {
	switch {
	case l.Held && l.HeldByThem:
		return ", both on hold"
	case l.Held:
		return ", on hold"
	case l.HeldByThem:
		return ", you are on hold"
	}
	return ""
}

// String is the past call on one line.
func (p Past) String() string {
	kind := "to  "
	if p.Incoming {
		kind = "from"
	}
	result := "not answered" + why(ua.Event{Code: p.Code, Reason: p.Reason})
	switch {
	case !p.Answered.IsZero():
		result = p.Talked().Round(time.Second).String()
	case p.Ended.IsZero():
		result = "now"
	}
	return fmt.Sprintf("%s %s %s  %s", p.Began.Format("15:04:05"), kind, who(p.Name, p.URI), result)
}

// Talked is how long the call was talked in; of one that goes on, nothing yet.
func (p Past) Talked() time.Duration {
	if p.Answered.IsZero() || p.Ended.IsZero() {
		return 0
	}
	return p.Ended.Sub(p.Answered)
}

// Explain says what went wrong, and what to do about it where that is known.
func Explain(err error) string {
	var failure *sip.StatusError
	if !errors.As(err, &failure) {
		return err.Error()
	}
	text := fmt.Sprintf("%d %s", failure.Code, oneLine(phrase(failure)))
	if todo := remedies[failure.Code]; todo != "" {
		text += ": " + todo
	}
	return text
}

func phrase(failure *sip.StatusError) string {
	if failure.Reason != "" {
		return failure.Reason
	}
	return sip.Reason(failure.Code)
}

// remedies are what a person can do about a refusal.
var remedies = map[int]string{
	401: "the password is wrong or missing; give it with --password-file",
	403: "you may not do that; ask who runs the server",
	404: "nobody there has this name; look at how it is written",
	407: "the password is wrong or missing; give it with --password-file",
	408: "nobody answered in time; is the server running, and is --server right?",
	480: "they are not there; try again later",
	481: "the far side does not know the call any more; hang up and call again",
	486: "they are busy; redial calls again",
	488: "the far side takes no such sound; look at the codecs and at --secure",
	491: "both sides changed the call at once; try again",
	503: "nobody could be reached; is the server running, and is --server right?",
	603: "they don't want to",
}

func codeOf(err error) int {
	var failure *sip.StatusError
	if errors.As(err, &failure) {
		return failure.Code
	}
	return 0
}
