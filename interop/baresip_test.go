//go:build interop

package interop

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// phone is a running baresip: it plays a tone into its calls and writes what it hears to
// a file. The test drives it through its control port.
type phone struct {
	*process
	user    string
	tone    int // Hz
	folder  string
	address netip.AddrPort // where it listens for SIP
	control net.Conn

	lock   sync.Mutex
	events []event // in order of arrival
	seen   int     // events that the test has waited for
}

// event is one that baresip reports (module ctrl_tcp).
type event struct {
	Type, Param, PeerURI string
}

// account is what a phone needs to know.
type account struct {
	user, password string
	domain         string
	transport      string         // udp or tcp
	outbound       netip.AddrPort // where everything is sent
	tone           int            // Hz, played into calls
	answer         string         // manual, or auto; manual by default
	parameters     string         // more of the account line, as ;name=value
	config         string         // lines of the configuration, before the usual ones, which they override
	home           network        // where it is; with the others by default
	host           netip.Addr     // its address at home
}

const baresipConfig = `poll_method epoll
net_interface %s
sip_listen %s
call_local_timeout 120
call_max_calls 4
audio_path %s
audio_player aubridge,sink
audio_source aufile,%s
audio_alert aubridge,alert
audio_buffer 20-160
rtcp_mux no
jitter_buffer_delay 5-10
module_path /usr/lib/baresip/modules
module g711.so
module sndfile.so
module aufile.so
module aubridge.so
module_tmp account.so
module_app menu.so
module_app ctrl_tcp.so
ctrl_tcp_listen %s
snd_path %s
redial_attempts 0
statmode_default off
`

// startPhone starts a baresip without waiting for its registration.
func startPhone(t testing.TB, a account) *phone {
	t.Helper()
	folder := t.TempDir()
	tone := filepath.Join(folder, "tone.wav")
	writeTone(t, tone, a.tone)
	address, control, command := freePort(t, loopback), freePort(t, loopback), exec.Command
	if a.home.process != nil {
		address, command = netip.AddrPortFrom(a.host, sipPort), a.home.inside
	}
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	p := &phone{user: a.user, tone: a.tone, folder: folder, address: address}
	write("config", a.config+fmt.Sprintf(baresipConfig, address.Addr(), address, folder, tone, control, folder))
	if a.answer == "" {
		a.answer = "manual"
	}
	if a.transport == "" {
		a.transport = "udp"
	}
	write("accounts", fmt.Sprintf("<sip:%s@%s;transport=%s>;auth_pass=%s;outbound=\"%s\";answermode=%s%s\n",
		a.user, a.domain, a.transport, a.password, over(a.transport, a.outbound), a.answer, a.parameters))

	p.process = start(t, a.user, command("baresip", "-4", "-s", "-f", folder))
	eventually(t, a.user+"'s phone opens its control port", func() (open bool) {
		if !p.running() {
			t.Fatalf("%s's phone ended at its start", a.user)
		}
		dial := func() (err error) {
			p.control, err = net.Dial("tcp", control.String())
			return err
		}
		if a.home.process != nil {
			return a.home.opens(dial) == nil
		}
		return dial() == nil
	})
	t.Cleanup(func() { p.control.Close() })
	go p.listen()
	return p
}

// registered waits until the phone has been told that it is.
func (p *phone) registered(t testing.TB, limit time.Duration) {
	t.Helper()
	within(t, limit, p.user+"'s phone registers", func() bool { return strings.Contains(p.text(), isRegistered) })
}

// What baresip writes about its registration.
const (
	isRegistered = " binding]"
	gaveUp       = "Register: Function not implemented" // on a list of algorithms
)

// listen collects what baresip reports: netstrings of JSON.
func (p *phone) listen() {
	reader := bufio.NewReader(p.control)
	for {
		length, err := reader.ReadString(':')
		if err != nil {
			return
		}
		size, err := strconv.Atoi(strings.TrimSuffix(length, ":"))
		if err != nil || size > 1<<20 {
			return
		}
		text := make([]byte, size+1) // and a comma
		if _, err := io.ReadFull(reader, text); err != nil {
			return
		}
		var e event
		if json.Unmarshal(text[:size], &e) == nil && e.Type != "" {
			p.lock.Lock()
			p.events = append(p.events, e)
			p.lock.Unlock()
		}
	}
}

// do gives the phone a command of its menu: dial, accept, hold, resume, hangup and so on.
func (p *phone) do(t testing.TB, command, parameters string) {
	t.Helper()
	text, err := json.Marshal(map[string]string{"command": command, "params": parameters})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := fmt.Fprintf(p.control, "%d:%s,", len(text), text); err != nil {
		t.Fatalf("%s: %s: %v", p.user, command, err)
	}
}

// expect waits for the next event of a type and passes over those before it.
func (p *phone) expect(t testing.TB, reason, kind string) event {
	t.Helper()
	var found event
	eventually(t, fmt.Sprintf("%s: %s's phone reports %s", reason, p.user, kind), func() bool {
		p.lock.Lock()
		defer p.lock.Unlock()
		for i := p.seen; i < len(p.events); i++ {
			if p.events[i].Type == kind {
				found, p.seen = p.events[i], i+1
				return true
			}
		}
		return false
	})
	return found
}

// recording is what the phone hears in its newest call, 16 bit samples.
func (p *phone) recording() []int16 {
	files, _ := filepath.Glob(filepath.Join(p.folder, "dump-*-dec.wav"))
	if len(files) == 0 {
		return nil
	}
	return readSamples(files[len(files)-1])
}

// hears waits until the phone hears a tone.
func (p *phone) hears(t testing.TB, reason string, frequency int) {
	t.Helper()
	from := len(p.recording())
	within(t, toneLimit, fmt.Sprintf("%s: %s hears %d Hz", reason, p.user, frequency), func() bool {
		samples := p.recording()
		return from <= len(samples) && isTone(samples[from:], frequency)
	})
}

// traced is a message of the phone's trace.
type traced struct {
	from, to string // ADDRESS:PORT
	text     string
}

// messages is what the phone sent and received so far.
func (p *phone) messages() []traced {
	var messages []traced
	for _, entry := range strings.Split(p.text(), traceStart)[1:] {
		entry, _, ended := strings.Cut(entry, traceEnd)
		head, text, found := strings.Cut(entry, "\n")
		if way := strings.Fields(head); ended && found && len(way) == 4 {
			messages = append(messages, traced{from: way[1], to: way[3], text: text})
		}
	}
	return messages
}

// How baresip frames a message in its trace.
const (
	traceStart = "\x1b[36;1m#\n"
	traceEnd   = "\x1b[;m"
)

// sent tells which way a message went. Servers listen elsewhere than phones, but a
// connection that one opens may come from anywhere.
func (p *phone) sent(m traced) bool {
	return m.from == p.address.String() || !strings.HasPrefix(m.to, p.address.Addr().String()+":")
}

// newest is the last message, sent or received, that holds the text; nil without one.
func (p *phone) newest(sent bool, text string) *traced {
	messages := p.messages()
	for i := len(messages) - 1; i >= 0; i-- {
		if p.sent(messages[i]) == sent && strings.Contains(messages[i].text, text) {
			return &messages[i]
		}
	}
	return nil
}

// count is how many messages, sent or received, begin like this.
func (p *phone) count(sent bool, beginning string) (count int) {
	for _, message := range p.messages() {
		if p.sent(message) == sent && strings.HasPrefix(message.text, beginning) {
			count++
		}
	}
	return count
}

// mediaPort is where the phone wants its RTP, by its newest session description.
func (p *phone) mediaPort(t testing.TB) uint16 {
	t.Helper()
	const media = "m=audio "
	if described := p.newest(true, media); described != nil {
		_, line, _ := strings.Cut(described.text, media)
		port, _, _ := strings.Cut(line, " ")
		if number, err := strconv.ParseUint(port, 10, 16); err == nil {
			return uint16(number)
		}
	}
	t.Fatalf("%s's phone described no session", p.user)
	return 0
}

const toneLimit = 8 * time.Second // for a tone to arrive
