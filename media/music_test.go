package media

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"hookflash/media/graph"
	"hookflash/media/mix"
	"hookflash/media/music"
	"hookflash/media/wav"
)

// noise puts something that is never the same into a WAV file at 16 kHz.
func noise(t testing.TB, name string, seed uint64, lasts time.Duration) {
	t.Helper()
	samples := make([]int16, samplesIn(lasts))
	random := rand.New(rand.NewPCG(seed, 0))
	for i := range samples {
		samples[i] = int16(random.IntN(6000) - 3000)
	}
	var b bytes.Buffer
	w, err := wav.NewWriter(&b, wideRate, wav.PCM16)
	if err == nil {
		err = w.Write(samples)
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
}

func samplesIn(d time.Duration) int { return int(d * wideRate / time.Second) }

func openMusic(t testing.TB, settings music.Settings) *music.Library {
	t.Helper()
	l, problems := music.Open(settings)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	return l
}

// ready waits until a station plays so many pieces.
func ready(t *testing.T, e *Engine, name string, pieces int) *programme {
	t.Helper()
	s := e.music.find(name)
	e.music.ask(s)
	done := func() bool { p := s.playing.Load(); return p != nil && len(p.pieces) == pieces }
	for range 1000 { // our own pieces take a while where races are looked for
		if done() {
			break
		}
		time.Sleep(20 * time.Millisecond)
	}
	eventually(t, "music is decoded", done)
	return s.playing.Load()
}

// TestOneStreamForAll: who joins later hears what the others hear, at the same time, bit by bit.
func TestOneStreamForAll(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	noise(t, filepath.Join(folder, "long.wav"), 1, 20*time.Second)
	e, _ := start(t, Settings{Music: openMusic(t, music.Settings{Folder: folder}), Workers: 2})
	ready(t, e, "long", 1)
	var all []*peer
	listen := func(node graph.Node, agreed graph.Codec) *peer {
		p := join(t, e, node, agreed)
		p.mute = len(all)%2 == 1
		apply(t, e, graph.Play{Player: node + 100, Source: "music:LONG"},
			graph.Join{Room: graph.Room(node), Node: node}, graph.Join{Room: graph.Room(node), Node: node + 100})
		all = append(all, p)
		return p
	}
	first, wide := listen(10, pcmu), listen(11, g722)
	talk(20, all...)
	late, law, better := listen(12, pcmu), listen(13, pcma), listen(14, opus)
	talk(25, all...)
	within := func(reason string, part, whole *peer) {
		t.Helper()
		same := 0 // of the last 15 frames; a tick that was left out is in one of the two alone
		for at := max(0, len(part.heard)-15*mix.Narrow); at+mix.Narrow <= len(part.heard); at += mix.Narrow {
			for i := 0; i+mix.Narrow <= len(whole.heard); i += mix.Narrow {
				if slices.Equal(whole.heard[i:i+mix.Narrow], part.heard[at:at+mix.Narrow]) {
					same++
					break
				}
			}
		}
		if same < 8 {
			t.Errorf("%s: %d of 15 frames", reason, same)
		}
	}
	within("who joins late hears the same", late, first)
	for reason, p := range map[string]*peer{"G.722": wide, "A-law": law, "Opus": better} {
		if p.packets < 20 || energy(p.heard[len(p.heard)/2:]) < 300 {
			t.Errorf("%s: %d packets, level %.0f", reason, p.packets, energy(p.heard[len(p.heard)/2:]))
		}
	}
}

func energy(samples []int16) float64 {
	sum := 0.0
	for _, s := range samples {
		sum += float64(s) * float64(s)
	}
	return sum / float64(len(samples)) / 1000
}

// TestPlaylist: its pieces in their order, again and again; what a programme gets behind it does not move it.
func TestPlaylist(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	noise(t, filepath.Join(folder, "a.wav"), 1, 1010*time.Millisecond) // 50 frames and a half
	noise(t, filepath.Join(folder, "b.wav"), 2, 400*time.Millisecond)
	noise(t, filepath.Join(folder, "evening/2.wav"), 3, 200*time.Millisecond)
	noise(t, filepath.Join(folder, "evening/1.wav"), 4, 200*time.Millisecond)
	e, _ := start(t, Settings{Music: openMusic(t, music.Settings{Folder: folder, Playlists: map[string][]string{"both": {"b.wav", "a.wav", "b.wav"}}})})
	a, b := ready(t, e, "a", 1), ready(t, e, "b", 1)
	both := ready(t, e, "both", 3)
	if both.ends[2] != 20+51+20 {
		t.Fatalf("frames %v", both.ends)
	}
	for tick := range int64(200) {
		want, at := b, tick%91
		switch {
		case at >= 71:
			at -= 71
		case at >= 20:
			want, at = a, at-20
		}
		if !slices.Equal(both.at(both.origin+tick), want.at(want.origin+at)) {
			t.Fatalf("frame %d is another", tick)
		}
		if !slices.Equal(both.at(both.origin+tick-91*5), both.at(both.origin+tick)) {
			t.Fatalf("frame %d is another in the round before", tick)
		}
	}
	if ready(t, e, "evening", 2).pieces[0][0] == ready(t, e, "evening", 2).pieces[1][0] {
		t.Error("a folder is a playlist")
	}
	grown := b.with(a.pieces[0], b.origin+27)
	if !slices.Equal(grown.at(b.origin+27), b.at(b.origin+27)) {
		t.Error("the programme goes on where it was")
	}
}

// TestReload: what is changed is heard by those who listen, what is gone is heard on, and nothing is decoded twice.
func TestReload(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	name := func(file string) string { return filepath.Join(folder, file) }
	noise(t, name("a.wav"), 1, time.Second)
	noise(t, name("b.wav"), 2, time.Second)
	noise(t, name("gone.wav"), 3, time.Second)
	warned := make(chan error, 10)
	e, told := start(t, Settings{Music: openMusic(t, music.Settings{Folder: folder}), Warn: func(err error) { warned <- err }})
	a, b := ready(t, e, "a", 1), ready(t, e, "b", 1)
	ready(t, e, "gone", 1)
	old := e.music.find("gone")
	noise(t, name("a.wav"), 4, 2*time.Second)
	noise(t, name("new.wav"), 5, time.Second)
	if err := os.Remove(name("gone.wav")); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name("broken.mp3"), []byte("nothing"), 0o600); err != nil {
		t.Fatal(err)
	}
	station := e.music.find("a")
	e.SetMusic(openMusic(t, music.Settings{Folder: folder}))
	eventually(t, "the changed file is read", func() bool { return station.playing.Load() != a })
	ready(t, e, "new", 1)
	if e.music.find("a") != station {
		t.Error("who listens hears what the name is now")
	}
	if e.music.find("b").playing.Load() != b {
		t.Error("what stays goes on")
	}
	if old.playing.Load() == nil || e.HasMusic("gone") {
		t.Error("who listens to what is gone hears it to the end, and nobody else")
	}
	if err := <-warned; err == nil {
		t.Error("a file that can't be read is told")
	}
	standIn := ready(t, e, "broken", 1)
	if !slices.Equal(standIn.at(standIn.origin+100), ready(t, e, DefaultMusic, 1).at(ready(t, e, DefaultMusic, 1).origin+100)) {
		t.Error("in its place the default is played")
	}
	e.music.mutex.Lock()
	kept := len(e.music.kept)
	e.music.mutex.Unlock()
	if kept != 4 { // a, b, new, default
		t.Errorf("%d pieces are kept", kept)
	}
	for i, source := range []string{"music:gone", "music:", "music:../a", "music:http://example.com/a.mp3", "music:a.wav"} {
		node := graph.Node(50 + i)
		if e.Apply([]any{graph.Play{Player: node, Source: source}}) == nil {
			t.Errorf("%s is played", source)
		}
		eventually(t, "whoever waits is told", func() bool { ended, ok := told.ended(node); return ok && ended.Err != nil })
	}
}

// TestEncodedOnce: a tick of a thousand who listen encodes once for each codec, and allocates nothing.
func TestEncodedOnce(t *testing.T) {
	if raceDetector {
		t.Skip("a tick of a thousand takes too long")
	}
	const listeners = 1000
	e, w := still(t)
	ready(t, e, DefaultMusic, 1)
	codecs := []graph.Codec{pcmu, g722, pcma, opus}
	w.look()
	ports, err := e.Ports(8)
	if err != nil {
		t.Fatal(err)
	}
	for i := range listeners {
		agreed := codecs[i%len(codecs)]
		s := newStream(graph.Node(10+i), e.ports[ports[i%len(ports)]], "x")
		p, err := e.newPlayer(graph.Play{Player: graph.Node(5000 + i), Source: "music:default"}, "music", "default")
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range []*node{s, p} {
			w.adopt(n)
			w.obey(command{n.id, graph.Join{Room: graph.Room(1 + i), Node: n.id}})
		}
		w.obey(command{s.id, graph.Set{Stream: s.id, Remote: netipLoopback(9), Codec: agreed, Accept: []graph.Codec{agreed}, Send: true}})
	}
	tick := int64(1000)
	w.beat(tick)
	if n := testing.AllocsPerRun(20, func() {
		tick++
		w.beat(tick)
	}); n > 0 {
		t.Errorf("%v allocations in a tick of %d", n, listeners)
	}
	if len(w.tuners) != 1 {
		t.Fatalf("%d tuners", len(w.tuners))
	}
	for _, tuner := range w.tuners {
		if len(tuner.shared) != len(codecs) {
			t.Errorf("%d encoders", len(tuner.shared))
		}
		for i := range tuner.shared {
			if tuner.shared[i].tick != tick || tuner.shared[i].size == 0 {
				t.Errorf("%s was not asked", tuner.shared[i].agreed.Name)
			}
		}
	}
	for _, n := range w.nodes {
		if s, ok := n.part.(*stream); ok && !n.room.air.plays(n.hears()) {
			t.Fatalf("%d hears something of its own: %s", n.id, fmt.Sprint(s.out.agreed.Name))
		}
	}
}

// TestTunersAgree: two workers make the same of a station, whenever they begin.
func TestTunersAgree(t *testing.T) {
	e, w := still(t)
	ready(t, e, DefaultMusic, 1)
	s := e.music.find(DefaultMusic)
	first := w.tune(s)
	for tick := int64(0); tick < 50; tick++ {
		first.frame(tick, false)
	}
	other, err := newWorker(e)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = other.pacer.close() }()
	for tick := int64(50); tick < 60; tick++ {
		if !slices.Equal(first.frame(tick, false), other.tune(s).frame(tick, false)) {
			t.Errorf("tick %d is not the same", tick)
		}
	}
}
