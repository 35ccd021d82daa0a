package phone

import (
	"net/netip"

	"hookflash/media"
	"hookflash/sdp"
)

// Engine is a value for Settings.Media: a media engine of the phone's own, bound to its address. Address and Tell
// of the settings are filled in. Workers zero means one here.
func Engine(settings media.Settings) func(address netip.Addr, tell func(event any)) (Media, error) {
	return func(address netip.Addr, tell func(event any)) (Media, error) {
		settings.Address, settings.Tell = address, tell
		if settings.Workers == 0 {
			settings.Workers = 1
		}
		engine, err := media.New(settings)
		if err != nil {
			return nil, err
		}
		return engine, nil
	}
}

// Codecs are all that the media engine speaks, the best first, for Settings.Codecs.
func Codecs() []sdp.Codec {
	return []sdp.Codec{
		{Name: "opus", Payload: 96, Rate: 48000, Channels: 2}, // RFC 7587 §7: always written so
		{Name: "G722", Payload: 9, Rate: 8000, Channels: 1},   // RFC 3551 §4.5.2: of the clock, not of the sound
		{Name: "PCMU", Payload: 0, Rate: 8000, Channels: 1},
		{Name: "PCMA", Payload: 8, Rate: 8000, Channels: 1},
	}
}
