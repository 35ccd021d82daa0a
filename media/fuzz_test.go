package media

import (
	"testing"
	"time"

	"hookflash/media/graph"
	"hookflash/media/rtp"
	"hookflash/media/socket"
)

// FuzzDatagram: whatever comes from the far side's own address, in plain or secured, does no harm.
func FuzzDatagram(f *testing.F) {
	packet := make([]byte, 300)
	session := rtp.NewSession("x")
	for _, kind := range []uint8{0, 9, 101, 107} {
		n := session.Write(packet, rtp.Outgoing{Payload: kind, Timestamp: 160}, 160)
		f.Add(append([]byte(nil), packet[:n]...), true)
	}
	report, err := session.Report(rtp.Moment{Clock: 8000}, true)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(report, false)
	e, err := New(Settings{Workers: 1})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { _ = e.Close() })
	remote := netipLoopback(9)
	f.Fuzz(func(t *testing.T, data []byte, secured bool) {
		s, err := socket.Listen(netipLoopback(0))
		if err != nil {
			t.Skip(err)
		}
		defer func() { _ = s.Close() }()
		w := &worker{engine: e, known: map[graph.Node]*node{}, rooms: map[graph.Room]*room{}, batch: socket.NewBatch()}
		w.adopt(newStream(10, &port{rtp: s, control: s}, "x"))
		set := graph.Set{
			Stream: 10, Remote: remote, Control: remote, Mux: true, Codec: pcmu, Accept: []graph.Codec{pcmu, g722, opus},
			Events: 101, Send: true, Receive: true,
		}
		if secured {
			set.Theirs = graph.Keys{Suite: "AES_CM_128_HMAC_SHA1_80", Key: make([]byte, 30)}
		}
		w.obey(command{10, set})
		w.obey(command{10, graph.Join{Room: 1, Node: 10}})
		data = append(make([]byte, 0, socket.MaxDatagram), data[:min(len(data), socket.MaxDatagram)]...)
		for tick := range int64(6) {
			w.known[10].part.(*stream).datagram(w, data, arrival{remote, w.now.since})
			w.look()
			w.now.since += time.Duration(tick) * Tick
			w.beat(tick)
		}
	})
}

// FuzzRelay: whatever one of a relayed pair sends, the other is sent RTP of one source, or nothing.
func FuzzRelay(f *testing.F) {
	packet := make([]byte, 300)
	session := rtp.NewSession("x")
	for _, kind := range []uint8{0, 8, 101} {
		n := session.Write(packet, rtp.Outgoing{Payload: kind, Timestamp: 160}, 160)
		f.Add(append([]byte(nil), packet[:n]...), packet[:100])
	}
	e, err := New(Settings{Workers: 1})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { _ = e.Close() })
	f.Fuzz(func(t *testing.T, first, second []byte) {
		w, err := newWorker(e)
		if err != nil {
			t.Skip(err)
		}
		defer func() { _, _ = w.pacer.close(), w.watch.Close() }()
		far, err := socket.Listen(netipLoopback(0))
		if err != nil {
			t.Skip(err)
		}
		defer func() { _ = far.Close() }()
		w.look()
		for id := graph.Node(10); id < 12; id++ {
			s, err := socket.Listen(netipLoopback(0))
			if err != nil {
				t.Skip(err)
			}
			defer func() { _ = s.Close() }()
			w.adopt(newStream(id, &port{rtp: s, control: s}, "x"))
			w.obey(command{id, graph.Set{
				Stream: id, Remote: far.Local(), Codec: pcmu, Accept: []graph.Codec{pcmu, opus}, Events: 101, Send: true, Receive: true,
			}})
			w.obey(command{id, graph.Join{Room: 1, Node: id}})
		}
		w.settle()
		s := w.known[10].part.(*stream)
		for i, data := range [][]byte{first, second, first, second} {
			data = append(make([]byte, 0, socket.MaxDatagram), data[:min(len(data), socket.MaxDatagram)]...)
			s.datagram(w, data, arrival{far.Local(), w.now.since})
			w.beat(int64(i))
		}
		batch := socket.NewBatch()
		var header rtp.Header
		for i := range far.Receive(batch) {
			data, _, _ := batch.Datagram(i)
			ssrc := header.SSRC
			if _, err := header.Unmarshal(data); err != nil {
				t.Fatalf("% x: %v", data, err)
			}
			if header.SSRC != w.known[10].part.(*stream).session.SSRC && header.SSRC != w.known[11].part.(*stream).session.SSRC {
				t.Fatalf("%x is nobody's source, %x was before", header.SSRC, ssrc)
			}
		}
	})
}
