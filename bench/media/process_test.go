package media

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net/netip"
	"os"
	"os/exec"
	"runtime/pprof"
	"strconv"
	"strings"
	"testing"
	"time"

	"hookflash/media"
	"hookflash/media/graph"
	"hookflash/media/rtp"
	"hookflash/media/socket"
	"hookflash/prompts"
)

// roleVariable says what the test binary is to be when it starts itself.
const roleVariable = "HOOKFLASH_BENCH_MEDIA"

func TestMain(m *testing.M) {
	switch os.Getenv(roleVariable) {
	case "engine":
		exit(runEngine(os.Stdin, os.Stdout))
	case "sender":
		exit(runSender(os.Stdin, os.Stdout))
	}
	os.Exit(m.Run())
}

func exit(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// order is what a process is told in its first line.
type order struct {
	Room   int // members of a room
	Codec  string
	Peers  []netip.AddrPort // where to send
	Play   string           // source that each room hears, again and again; "": none
	Record string           // folder that what each room hears is recorded in; "": none is
}

// run starts the test binary in a role. ports is what it answers.
func run(b *testing.B, role string, what order) (process *os.Process, ports []uint16) {
	b.Helper()
	command := exec.Command(os.Args[0], "-test.run=^$")
	command.Env = append(os.Environ(), roleVariable+"="+role)
	command.Stderr = os.Stderr
	input, err := command.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	output, err := command.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := command.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		input.Close() // it ends
		_ = command.Wait()
	})
	if err := json.NewEncoder(input).Encode(what); err != nil {
		b.Fatal(err)
	}
	line, err := bufio.NewReader(output).ReadBytes('\n')
	if err != nil {
		b.Fatalf("the %s ended: %v", role, err)
	}
	if err := json.Unmarshal(line, &ports); err != nil {
		b.Fatal(err)
	}
	return command.Process, ports
}

var formats = map[string]graph.Codec{
	"PCMU": {Name: "PCMU", Payload: 0, Rate: 8000, Channels: 1},
	"PCMA": {Name: "PCMA", Payload: 8, Rate: 8000, Channels: 1},
	"G722": {Name: "G722", Payload: 9, Rate: 8000, Channels: 1},
}

// runEngine is the process under test: rooms of streams to the peers, until its input ends.
func runEngine(input io.Reader, output io.Writer) error {
	reader := bufio.NewReader(input)
	var what order
	if line, err := reader.ReadBytes('\n'); err != nil {
		return err
	} else if err := json.Unmarshal(line, &what); err != nil {
		return err
	}
	if name := os.Getenv("PROFILE"); name != "" {
		profile, err := os.Create(name)
		if err != nil {
			return err
		}
		defer profile.Close()
		if err := pprof.StartCPUProfile(profile); err != nil {
			return err
		}
		defer pprof.StopCPUProfile()
	}
	e, err := media.New(media.Settings{First: 30000, Last: 32999, Files: what.Record, Builtin: prompts.Files()})
	if err != nil {
		return err
	}
	defer func() { _ = e.Close() }()
	ports, err := e.Ports(len(what.Peers))
	if err != nil {
		return err
	}
	agreed := formats[what.Codec]
	for i, peer := range what.Peers {
		node := graph.Node(10 + i)
		if err := e.Apply([]any{
			graph.Open{Stream: node, Port: ports[i]},
			graph.Set{Stream: node, Remote: peer, Codec: agreed, Accept: []graph.Codec{agreed}, Events: 101, Send: true, Receive: true},
			graph.Join{Room: graph.Room(1 + i/what.Room), Node: node},
		}); err != nil {
			return err
		}
	}
	if err := e.Apply(what.sounds()); err != nil {
		return err
	}
	if err := json.NewEncoder(output).Encode(ports); err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, reader)
	if os.Getenv("VERBOSE") != "" {
		counters, _ := e.Counters()
		statistics, _ := e.Statistics(10)
		fmt.Fprintf(os.Stderr, "%+v\n%+v\n", counters, statistics)
	}
	return err
}

// sounds are the players and recorders of the rooms.
func (o *order) sounds() (changes []any) {
	const players, recorders = 100_000, 200_000
	for i := range (len(o.Peers) + o.Room - 1) / o.Room {
		room := graph.Room(1 + i)
		if o.Play != "" {
			player := graph.Node(players + i)
			changes = append(changes, graph.Play{Player: player, Source: o.Play, Repeat: true}, graph.Join{Room: room, Node: player})
		}
		if o.Record != "" {
			recorder := graph.Node(recorders + i)
			changes = append(changes, graph.Record{Recorder: recorder, Sink: fmt.Sprintf("file:%d.wav", i)}, graph.Join{Room: room, Node: recorder})
		}
	}
	return changes
}

// runSender is the bare sender: a packet to every peer every 20 ms, from one loop.
func runSender(input io.Reader, output io.Writer) error {
	reader := bufio.NewReader(input)
	var what order
	if line, err := reader.ReadBytes('\n'); err != nil {
		return err
	} else if err := json.Unmarshal(line, &what); err != nil {
		return err
	}
	s, err := socket.Listen(netip.MustParseAddrPort("127.0.0.1:0"))
	if err != nil {
		return err
	}
	defer func() { _ = s.Close() }()
	if err := json.NewEncoder(output).Encode([]uint16{}); err != nil {
		return err
	}
	ended := make(chan error, 1)
	go func() {
		_, err := io.Copy(io.Discard, reader)
		ended <- err
	}()
	session := rtp.NewSession("sender")
	packet := make([]byte, 172)
	began := time.Now()
	for tick := int64(0); ; tick++ {
		if wait := time.Until(began.Add(time.Duration(tick) * media.Tick)); wait > 0 {
			time.Sleep(wait)
		}
		select {
		case err := <-ended:
			return err
		default:
		}
		for _, peer := range what.Peers {
			session.Write(packet, rtp.Outgoing{Timestamp: uint32(tick) * 160}, 160)
			_ = s.Send(packet, peer)
		}
	}
}

// busy is the CPU time a process has used.
func busy(b *testing.B, process *os.Process) time.Duration {
	b.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", process.Pid))
	if err != nil {
		b.Fatal(err)
	}
	fields := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))
	var ticks int64
	for _, field := range fields[11:13] { // utime and stime, proc(5)
		n, err := strconv.ParseInt(field, 10, 64)
		if err != nil {
			b.Fatal(err)
		}
		ticks += n
	}
	return time.Duration(ticks) * time.Second / 100
}
