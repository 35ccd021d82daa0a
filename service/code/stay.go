package code

import (
	"errors"
	"fmt"
	"time"

	"hookflash/task"
	"hookflash/ua"
)

const (
	// MaxStay is how long a caller hears music or a tone.
	MaxStay = 10 * time.Minute
	// MaxEcho is how long a caller speaks at a time, and EchoRounds how often.
	MaxEcho    = 5 * time.Second
	EchoRounds = 20
)

// sounds plays a source until the caller leaves, or for MaxStay.
func (v *visit) sounds(t *task.Task, source string) {
	events := v.call.Watch()
	defer v.call.Unwatch(events)
	defer v.call.Sound(source)()
	for end := t.After(MaxStay); t.First(end, events) != 0; {
		if e, _ := events.Take(); e.Kind == ua.Ended {
			return
		}
	}
}

// holdMusic plays what those hear who wait for the caller.
func holdMusic(v *visit, t *task.Task) {
	music := "default"
	if v.settings.Music != nil {
		music = v.settings.Music(v.user)
	}
	v.sounds(t, "music:"+music)
}

// milliwatt plays the tone by which lines are measured: 1004 Hz at 0 dBm0.
func milliwatt(v *visit, t *task.Task) { v.sounds(t, "tone:milliwatt") }

// echo plays to the caller what the caller has said, again and again.
//
//	Caller               Codes
//	  |     INVITE F1      |
//	  |------------------->|
//	  |       200 F2       |
//	  |<-------------------|
//	  |       ACK F3       |
//	  |------------------->|
//	  | "Speak", a beep    |
//	  |<===================|
//	  |  up to 5 seconds   |
//	  |===================>|
//	  |     the same       |
//	  |<===================|
//	  |       BYE F4       |
//	  |------------------->|
//	  |       200 F5       |
//	  |<-------------------|
func echo(v *visit, t *task.Task) {
	defer v.forget()
	if v.call.Say(t, v.voice.Prompt("echo")) != nil {
		return
	}
	for range EchoRounds {
		if v.call.Say(t, "tone:beep") != nil {
			return
		}
		if _, err := v.call.Record(t, ua.Recording{Sink: "file:" + v.file(), Limit: MaxEcho, Until: "#*"}); err != nil {
			if !errors.Is(err, ua.ErrOver) {
				_ = v.call.Say(t, v.voice.Prompt("storage-trouble"))
			}
			return
		}
		if v.call.Say(t, "file:"+v.file()) != nil {
			return
		}
	}
	_ = v.call.Say(t, v.voice.Prompt("goodbye"))
}

// file is where what the caller has said is, until the call is over.
func (v *visit) file() string { return fmt.Sprintf("codes/%d.wav", v.call.Number) }

// forget deletes it, by a task of its own: this one may have been stopped.
func (v *visit) forget() {
	if v.settings.Remove == nil {
		return
	}
	a, file, remove := v.call.Agent(), v.file(), v.settings.Remove
	a.Go("forget", func(t *task.Task) { a.Job(t, func() any { return remove(file) }) })
}
