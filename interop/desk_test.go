//go:build interop

package interop

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"hookflash/machine"
	"hookflash/media"
	detect "hookflash/media/tone"
	ours "hookflash/phone"
	"hookflash/sdp"
	"hookflash/ua"
)

// desk is one of our own phones, in the process of the test. It speaks a tone and tells which tones it hears.
// The test gives it the commands of hookflash phone.
type desk struct {
	user    string
	tone    int // Hz
	phone   *ours.Phone
	session *ours.Session
	sound   *sound

	lock     sync.Mutex
	messages []exchanged // sent and received, in their order
	events   []string
}

// Media ports of desks: above those that freePort hands out, below those that the kernel does.
const firstMediaPort, lastMediaPort = 32_000, 32_766

// desk opens a phone of ours for a user of the domain and waits for its registration.
func (s *server) desk(t testing.TB, user string, frequency int, changes ...func(*ours.Settings)) *desk {
	t.Helper()
	d := &desk{user: user, tone: frequency, sound: newSound(t, frequency)}
	settings := ours.Settings{
		User: user, Domain: domain, Password: password(user), Server: s.address,
		Local:  netip.AddrPortFrom(loopback, 0),
		Codecs: []sdp.Codec{{Name: "PCMU", Payload: 0, Rate: sampleRate, Channels: 1}},
		Media:  ours.Engine(media.Settings{Device: d.sound, First: firstMediaPort, Last: lastMediaPort}),
		Trace:  d.trace,
	}
	for _, change := range changes {
		change(&settings)
	}
	opened, err := ours.Open(settings)
	if err != nil {
		t.Fatalf("opening the phone of %s: %v", user, err)
	}
	d.phone, d.session = opened, ours.NewSession(opened, d)
	t.Cleanup(func() {
		if err := d.phone.Close(); err != nil {
			t.Errorf("closing the phone of %s: %v", user, err)
		}
		d.session.Wait()
		if t.Failed() {
			t.Logf("---- the phone of %s:\n%s\n%s", user, strings.Join(d.events, "\n"), d.transcript())
		}
	})
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := d.phone.Registered(ctx); err != nil {
		t.Fatalf("registering the phone of %s: %v", user, err)
	}
	return d
}

// Report implements phone.Reporter.
func (d *desk) Report(event any) {
	d.lock.Lock()
	defer d.lock.Unlock()
	d.events = append(d.events, fmt.Sprintf("%+v", event))
}

func (d *desk) trace(_ time.Time, sent bool, _ machine.Flow, text string) {
	d.lock.Lock()
	defer d.lock.Unlock()
	d.messages = append(d.messages, exchanged{sent, strings.ReplaceAll(text, "\r\n", "\n")})
}

func (d *desk) transcript() string {
	var text strings.Builder
	for _, m := range d.messages {
		fmt.Fprintf(&text, "-- sent: %v\n%s\n", m.sent, m.text)
	}
	return text.String()
}

// starts gives the phone a command that takes its time; what it returns waits for the end.
func (d *desk) starts(t testing.TB, command string) (ends func()) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), commandLimit)
	result := make(chan error, 1)
	go func() { result <- d.session.Run(ctx, command) }()
	return func() {
		t.Helper()
		defer cancel()
		if err := <-result; err != nil {
			t.Fatalf("%s: %s: %v", d.user, command, err)
		}
	}
}

const commandLimit = 30 * time.Second // for a command that waits for other phones

// do gives the phone a command and waits for its end.
func (d *desk) do(t testing.TB, command string) {
	t.Helper()
	d.starts(t, command)()
}

// expect waits for the next event of a kind and passes over those before it.
func (d *desk) expect(t testing.TB, reason, kind string) {
	t.Helper()
	if err := d.session.Run(t.Context(), fmt.Sprintf("wait %s %d", kind, int(commandLimit.Seconds()))); err != nil {
		t.Fatalf("%s: %s's phone tells %s: %v", reason, d.user, kind, err)
	}
}

// newest is the last message, sent or received, that holds the text; "" without one.
func (d *desk) newest(sent bool, text string) string {
	d.lock.Lock()
	defer d.lock.Unlock()
	for _, m := range slices.Backward(d.messages) {
		if m.sent == sent && strings.Contains(m.text, text) {
			return m.text
		}
	}
	return ""
}

// alone waits until the phone has no call.
func (d *desk) alone(t testing.TB, reason string) {
	t.Helper()
	within(t, commandLimit, reason+": "+d.user+"'s phone has no call", func() (none bool) {
		d.phone.Do(func(a *ua.Agent) { none = len(a.Calls()) == 0 })
		return none
	})
}

// calls waits until the phone has so many calls.
func (d *desk) calls(t testing.TB, reason string, count int) {
	t.Helper()
	within(t, commandLimit, fmt.Sprintf("%s: %s's phone has %d calls", reason, d.user, count), func() (so bool) {
		d.phone.Do(func(a *ua.Agent) { so = len(a.Calls()) == count })
		return so
	})
}

// hears waits until the phone hears these tones and no other; none of them: silence.
func (d *desk) hears(t testing.TB, reason string, frequencies ...int) {
	t.Helper()
	slices.Sort(frequencies)
	_, since := d.sound.hears()
	within(t, toneLimit, fmt.Sprintf("%s: %s hears %d Hz", reason, d.user, frequencies), func() bool {
		attends := false
		d.phone.Do(func(a *ua.Agent) { attends = a.Attended() != nil })
		if !attends {
			return len(frequencies) == 0
		}
		heard, stretch := d.sound.hears()
		return stretch >= since+2 && slices.Equal(heard, frequencies)
	})
}

// sound is microphone and loudspeaker of a desk.
type sound struct {
	tone int // Hz

	lock    sync.Mutex
	spoken  int // samples
	ear     *detect.Detector
	heard   []int // Hz, during the last stretch
	stretch int   // counts them
}

// tones are all that are spoken here, in Hz.
var tones = []int{aliceTone, bobTone, sippTone, carolTone, musicTone}

const (
	stretch = 200 * time.Millisecond // is needed to tell what is heard
	audible = -30                    // dBFS; tones are spoken at -12
)

func newSound(t testing.TB, frequency int) *sound {
	t.Helper()
	var hertz []float64
	for _, frequency := range tones {
		hertz = append(hertz, float64(frequency))
	}
	ear, err := detect.NewDetector(sampleRate, hertz...)
	if err != nil {
		t.Fatal(err)
	}
	return &sound{tone: frequency, ear: ear}
}

// Rate implements media.Device.
func (s *sound) Rate() int { return sampleRate }

// Read implements media.Device.
func (s *sound) Read(frame []int16) bool {
	s.lock.Lock()
	defer s.lock.Unlock()
	copy(frame, tone(s.tone, s.spoken, media.Tick))
	s.spoken += len(frame)
	return true
}

// Write implements media.Device.
func (s *sound) Write(frame []int16) {
	s.lock.Lock()
	defer s.lock.Unlock()
	if frame == nil {
		frame = make([]int16, frameSamples)
	}
	s.ear.Listen(frame)
	if s.ear.Heard() < stretch {
		return
	}
	s.heard = nil
	for i, frequency := range tones {
		if s.ear.Hears(i, audible) {
			s.heard = append(s.heard, frequency)
		}
	}
	s.ear.Reset()
	s.stretch++
}

func (s *sound) hears() ([]int, int) {
	s.lock.Lock()
	defer s.lock.Unlock()
	return s.heard, s.stretch
}

// areTones tells whether the last quarter of a second holds these tones and little else.
func areTones(samples []int16, frequencies ...int) bool {
	if len(samples) < toneWindow {
		return false
	}
	samples = samples[len(samples)-toneWindow:]
	if power(samples) < 100*100 {
		return false
	}
	whole := 0.0
	for _, frequency := range frequencies {
		part := share(samples, frequency)
		if part < 0.2/float64(len(frequencies)) {
			return false
		}
		whole += part
	}
	return whole > 0.85
}

// takes waits until these tones, and no other, go to a port, from now on.
func (w *wire) takes(t testing.TB, reason string, port uint16, frequencies ...int) {
	t.Helper()
	from := len(w.to(port))
	within(t, toneLimit, fmt.Sprintf("%s: %d Hz go to port %d", reason, frequencies, port), func() bool {
		return areTones(w.to(port)[from:], frequencies...)
	})
}

// hearsAll waits until the phone hears these tones and no other, from now on.
func (l *linphone) hearsAll(t testing.TB, reason string, frequencies ...int) {
	t.Helper()
	from := len(readSamples(l.recorded()))
	within(t, toneLimit, fmt.Sprintf("%s: %s hears %d Hz", reason, l.user, frequencies), func() bool {
		samples := readSamples(l.recorded())
		return from <= len(samples) && areTones(samples[from:], frequencies...)
	})
}

// silence waits until nothing that could be heard goes to a port, from now on: no packets, or such as hold silence.
func (w *wire) silence(t testing.TB, reason string, port uint16) {
	t.Helper()
	silence(t, fmt.Sprintf("%s: silence at port %d", reason, port), func() []int16 { return w.to(port) })
}

// silence waits until nothing that could be heard arrives, from now on.
func (e *ear) silence(t testing.TB, reason string) {
	t.Helper()
	silence(t, reason+": silence at SIPp's end", func() []int16 {
		e.lock.Lock()
		defer e.lock.Unlock()
		return e.samples
	})
}

func silence(t testing.TB, reason string, heard func() []int16) {
	t.Helper()
	from, last, quiet := len(heard()), 0, 0
	within(t, toneLimit, reason, func() bool {
		samples := heard()[from:]
		if len(samples) != last {
			last, quiet = len(samples), 0
		}
		quiet++
		return quiet > quietPolls || isSilent(samples)
	})
}
