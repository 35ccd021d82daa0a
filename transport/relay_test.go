package transport

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"os"
	"os/exec"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// relayOptions names the environment variable that makes the test binary a bare relay:
// its value is "coalesce segments".
const relayOptions = "TRANSPORT_RELAY"

func TestMain(m *testing.M) {
	if options := os.Getenv(relayOptions); options != "" {
		relay(options)
		return
	}
	goleak.VerifyTestMain(m)
}

// relay sends each datagram on to the address in its first six bytes, until its
// standard input ends.
func relay(options string) {
	var o UDPOptions
	if _, err := fmt.Sscan(options, (*int64)(&o.Coalesce), &o.NoSegments); err != nil {
		panic(err)
	}
	u, err := ListenUDP(loopbacks[0], o)
	if err != nil {
		panic(err)
	}
	fmt.Println(u.LocalAddr())
	go func() {
		_, _ = bufio.NewReader(os.Stdin).ReadByte()
		_ = u.Close()
	}()
	sends := make([]Datagram, BatchSize)
	_ = u.Receive(NewBatch(), func(b *Batch) {
		for i := range b.Len() {
			data, _ := b.Datagram(i)
			to := netip.AddrPortFrom(netip.AddrFrom4([4]byte(data)), binary.BigEndian.Uint16(data[4:]))
			sends[i] = Datagram{Data: data, To: to}
		}
		u.Send(sends[:b.Len()])
	})
}

// BenchmarkRelay measures CPU per packet, in and out counted, of a relay in a process of
// its own, and the time a packet takes through it, at fixed rates of random arrivals.
func BenchmarkRelay(b *testing.B) {
	for _, variant := range []struct {
		name string
		UDPOptions
	}{
		{"default", UDPOptions{}},
		{"plain", UDPOptions{NoSegments: true}},
		{"rests", UDPOptions{Coalesce: 150 * time.Microsecond}},
	} {
		for _, rate := range []int{6_000, 13_000, 26_000} {
			b.Run(fmt.Sprintf("%s/%d", variant.name, rate), func(b *testing.B) {
				benchmarkRelay(b, variant.UDPOptions, rate/2)
			})
		}
	}
}

func benchmarkRelay(b *testing.B, options UDPOptions, rate int) {
	command := exec.Command(os.Args[0])
	command.Env = append(os.Environ(), fmt.Sprintf("%s=%d %v", relayOptions, options.Coalesce, options.NoSegments))
	input, _ := command.StdinPipe()
	output, _ := command.StdoutPipe()
	if err := command.Start(); err != nil {
		b.Fatal(err)
	}
	line, err := bufio.NewReader(output).ReadString('\n')
	if err != nil {
		b.Fatal(err)
	}
	target := netip.MustParseAddrPort(line[:len(line)-1])
	sink := listenUDP(b, loopbacks[0], UDPOptions{})
	source := listenUDP(b, loopbacks[0], UDPOptions{})
	began := time.Now()
	latencies := make([]time.Duration, 0, b.N)
	var received atomic.Int64
	go func() {
		_ = sink.Receive(NewBatch(), func(batch *Batch) {
			now := time.Since(began)
			for i := range batch.Len() {
				data, _ := batch.Datagram(i)
				latencies = append(latencies, now-time.Duration(binary.BigEndian.Uint64(data[6:])))
			}
			received.Add(int64(batch.Len()))
		})
	}()
	b.ResetTimer()
	offer(source, target, sink.LocalAddr(), began, b.N, rate)
	for wait := 0; received.Load() < int64(b.N) && wait < 100; wait++ {
		time.Sleep(10 * time.Millisecond)
	}
	b.StopTimer()
	_ = input.Close()
	_ = command.Wait()
	state := command.ProcessState
	b.ReportMetric(float64((state.UserTime()+state.SystemTime()).Nanoseconds())/1000/float64(2*b.N), "µs-cpu/packet")
	if n := received.Load(); n > 0 {
		latencies = latencies[:n]
		slices.Sort(latencies)
		b.ReportMetric(float64(latencies[n/2].Microseconds()), "µs-p50")
		b.ReportMetric(float64(latencies[n*99/100].Microseconds()), "µs-p99")
		b.ReportMetric(float64(int64(b.N)-n), "lost")
	}
}

// offer sends datagrams of the sizes SIP messages have, at random moments.
func offer(source *UDP, target, sink netip.AddrPort, began time.Time, count, rate int) {
	random := rand.New(rand.NewPCG(1, 2))
	address := sink.Addr().As4()
	due := time.Since(began)
	sends := make([]Datagram, 1)
	for range count {
		due += time.Duration(random.ExpFloat64() * float64(time.Second) / float64(rate))
		if wait := due - time.Since(began); wait > 0 {
			time.Sleep(wait)
		}
		data := make([]byte, []int{380, 460, 520, 760, 840}[random.IntN(5)]+random.IntN(3))
		copy(data, address[:])
		binary.BigEndian.PutUint16(data[4:], sink.Port())
		binary.BigEndian.PutUint64(data[6:], uint64(time.Since(began)))
		sends[0] = Datagram{Data: data, To: target}
		source.Send(sends)
	}
}
