package dtmf

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// The media types of SIP INFO bodies with a digit. They have no RFC; RFC 6086 calls them legacy.
const (
	TypeRelay = "application/dtmf-relay" // Signal=5, Duration=160
	TypePlain = "application/dtmf"       // 5
)

// Errors of INFO bodies; errors.Is finds them.
var (
	ErrInfo     = errors.New("dtmf: malformed body")             // 400
	ErrInfoType = errors.New("dtmf: not a media type of digits") // 415
)

// maxInfo is the longest body that is read; more is malformed.
const maxInfo = 512

// infoPress is how long a press lasted when nothing was said.
const infoPress = 250 * time.Millisecond

// ParseInfo reads the body of an INFO: ErrInfo, ErrInfoType.
func ParseInfo(mediaType, body string) (Press, error) {
	mediaType, _, _ = strings.Cut(mediaType, ";")
	mediaType = strings.TrimSpace(mediaType)
	relay := strings.EqualFold(mediaType, TypeRelay)
	if !relay && !strings.EqualFold(mediaType, TypePlain) {
		return Press{}, fmt.Errorf("%w: %.80q", ErrInfoType, mediaType)
	}
	if len(body) > maxInfo {
		return Press{}, fmt.Errorf("%w: %d bytes, at most %d", ErrInfo, len(body), maxInfo)
	}
	if !relay && !strings.Contains(body, "=") { // some send the relay's lines as plain
		return signal(strings.TrimSpace(body), Press{Lasted: infoPress})
	}
	return parseRelay(body)
}

func parseRelay(body string) (Press, error) {
	press := Press{Lasted: infoPress}
	for line := range strings.Lines(body) {
		name, value, found := strings.Cut(line, "=")
		name, value = strings.TrimSpace(name), strings.TrimSpace(value)
		if !found && name == "" {
			continue
		}
		var err error
		switch {
		case strings.EqualFold(name, "Signal"):
			press, err = signal(value, press)
		case strings.EqualFold(name, "Duration"):
			press, err = lasting(value, press)
		}
		if err != nil {
			return Press{}, err
		}
	}
	if press.Digit == 0 {
		return Press{}, fmt.Errorf("%w: no Signal", ErrInfo)
	}
	return press, nil
}

// signal reads a digit; some write * and # and the letters as their event codes.
func signal(text string, press Press) (Press, error) {
	if len(text) == 1 {
		if code, ok := Code(text[0]); ok {
			press.Digit = Digits[code]
			return press, nil
		}
	}
	if number, err := strconv.ParseUint(text, 10, 8); err == nil && number >= 10 && int(number) < len(Digits) {
		press.Digit = Digits[number]
		return press, nil
	}
	return Press{}, fmt.Errorf("%w: signal %.20q", ErrInfo, text)
}

// lasting reads milliseconds; longer than MaxPress is MaxPress.
func lasting(text string, press Press) (Press, error) {
	number, err := strconv.ParseUint(text, 10, 32)
	if err != nil {
		return Press{}, fmt.Errorf("%w: duration %.20q", ErrInfo, text)
	}
	if number > 0 {
		press.Lasted = min(time.Duration(number)*time.Millisecond, MaxPress)
	}
	return press, nil
}

// AppendRelay writes the body of TypeRelay for a press.
func AppendRelay(dst []byte, press Press) []byte {
	dst = append(dst, "Signal="...)
	dst = append(dst, press.Digit)
	dst = append(dst, "\r\nDuration="...)
	dst = strconv.AppendInt(dst, press.Lasted.Milliseconds(), 10)
	return append(dst, "\r\n"...)
}
