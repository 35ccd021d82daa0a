package tone

import "time"

// on is a step of frequencies at the usual level.
func on(milliseconds int, hertz ...float64) Step {
	step := Step{Lasts: time.Duration(milliseconds) * time.Millisecond}
	for _, frequency := range hertz {
		step.Partials = append(step.Partials, Partial{Hertz: frequency, Level: usual - 3*float64(len(hertz)-1)})
	}
	return step
}

func off(milliseconds int) Step { return on(milliseconds) }

// usual is -13 dBm0 in dBFS; two frequencies have 3 dB less each.
const usual = -16

// table are the tones by name. Those without a country are the ones ITU-T E.180 recommends and
// most of Europe has; the others are as in the lists of national tones beside it.
var table = []Tone{
	{Name: "dial", Repeat: true, Steps: []Step{on(0, 425)}},
	{Name: "ringback", Repeat: true, Steps: []Step{on(1000, 425), off(4000)}},
	{Name: "busy", Repeat: true, Steps: []Step{on(500, 425), off(500)}},
	{Name: "congestion", Repeat: true, Steps: []Step{on(250, 425), off(250)}},
	{Name: "waiting", Repeat: true, Steps: []Step{on(200, 425), off(600), on(200, 425), off(3000)}},
	{Name: "information", Repeat: true, Steps: []Step{on(330, 950), on(330, 1400), on(330, 1800), off(1000)}},
	{Name: "beep", Steps: []Step{on(400, 1000)}},
	{Name: "consent", Repeat: true, Steps: []Step{on(200, 1400), off(14800)}},
	{Name: "milliwatt", Repeat: true, Steps: []Step{{Partials: []Partial{{Hertz: 1004, Level: -3}}}}},
	{Name: "silence", Repeat: true, Steps: []Step{off(1000)}},

	{Name: "dial-us", Repeat: true, Steps: []Step{on(0, 350, 440)}},
	{Name: "ringback-us", Repeat: true, Steps: []Step{on(2000, 440, 480), off(4000)}},
	{Name: "busy-us", Repeat: true, Steps: []Step{on(500, 480, 620), off(500)}},
	{Name: "congestion-us", Repeat: true, Steps: []Step{on(250, 480, 620), off(250)}},
	{Name: "waiting-us", Repeat: true, Steps: []Step{on(300, 440), off(9700)}},

	{Name: "dial-uk", Repeat: true, Steps: []Step{on(0, 350, 440)}},
	{Name: "ringback-uk", Repeat: true, Steps: []Step{on(400, 400, 450), off(200), on(400, 400, 450), off(2000)}},
	{Name: "busy-uk", Repeat: true, Steps: []Step{on(375, 400), off(375)}},
	{Name: "congestion-uk", Repeat: true, Steps: []Step{on(400, 400), off(350), on(225, 400), off(525)}},
	{Name: "waiting-uk", Repeat: true, Steps: []Step{on(100, 400), off(2000)}},

	{Name: "dial-cn", Repeat: true, Steps: []Step{on(0, 450)}},
	{Name: "ringback-cn", Repeat: true, Steps: []Step{on(1000, 450), off(4000)}},
	{Name: "busy-cn", Repeat: true, Steps: []Step{on(350, 450), off(350)}},
	{Name: "congestion-cn", Repeat: true, Steps: []Step{on(700, 450), off(700)}},
	{Name: "waiting-cn", Repeat: true, Steps: []Step{on(400, 450), off(4000)}},
}
