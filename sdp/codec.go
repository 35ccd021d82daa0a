package sdp

import "strings"

// Codec is a format of an audio stream.
type Codec struct {
	Name     string // encoding name: "PCMU", "opus"; letter case doesn't count
	Payload  uint8  // RTP payload number, 0 to 127
	Rate     uint32 // clock, in Hz; 8000 for G722 (RFC 3551 §4.5.2)
	Channels uint8  // 0 and 1 mean one
	Format   string // value of a=fmtp after the number; "" for none
}

// eventName is the encoding name of telephone events (RFC 4733 §7.1.1).
const eventName = "telephone-event"

// Is tells whether two codecs are the same encoding, whatever their numbers and formats.
func (c Codec) Is(other Codec) bool {
	return c.Rate == other.Rate && max(c.Channels, 1) == max(other.Channels, 1) && strings.EqualFold(c.Name, other.Name)
}

// static is the number that RFC 3551 §6 gives an encoding for ever.
func static(payload uint8) (Codec, bool) {
	for i := range statics {
		if statics[i].Payload == payload {
			return statics[i], true
		}
	}
	return Codec{}, false
}

var statics = [...]Codec{
	{Name: "PCMU", Payload: 0, Rate: 8000},
	{Name: "GSM", Payload: 3, Rate: 8000},
	{Name: "G723", Payload: 4, Rate: 8000},
	{Name: "DVI4", Payload: 5, Rate: 8000},
	{Name: "DVI4", Payload: 6, Rate: 16000},
	{Name: "LPC", Payload: 7, Rate: 8000},
	{Name: "PCMA", Payload: 8, Rate: 8000},
	{Name: "G722", Payload: 9, Rate: 8000},
	{Name: "L16", Payload: 10, Rate: 44100, Channels: 2},
	{Name: "L16", Payload: 11, Rate: 44100},
	{Name: "QCELP", Payload: 12, Rate: 8000},
	{Name: "CN", Payload: 13, Rate: 8000},
	{Name: "MPA", Payload: 14, Rate: 90000},
	{Name: "G728", Payload: 15, Rate: 8000},
	{Name: "DVI4", Payload: 16, Rate: 11025},
	{Name: "DVI4", Payload: 17, Rate: 22050},
	{Name: "G729", Payload: 18, Rate: 8000},
}

// encoding reads what a=rtpmap says after the number: "opus/48000/2".
func encoding(text string) (c Codec, ok bool) {
	text, _ = field(text)
	name, rest, _ := strings.Cut(text, "/")
	rate, channels, several := strings.Cut(rest, "/")
	hertz, ok := decimal(rate, 32)
	if name == "" || len(name) > MaxToken || !ok || hertz == 0 {
		return Codec{}, false
	}
	c = Codec{Name: name, Rate: uint32(hertz)}
	if several {
		count, ok := decimal(channels, 8)
		if !ok {
			return Codec{}, false
		}
		c.Channels = uint8(count)
	}
	if c.Rate == 16000 && strings.EqualFold(name, "G722") {
		c.Rate = 8000 // RFC 3551 §4.5.2: the clock is 8000 by mistake, and some write what it should be
	}
	return c, true
}
