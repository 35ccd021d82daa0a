//go:build interop

package attacks

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"hookflash/internal/spoken"
)

const (
	messageTick    = 20 * time.Millisecond
	setupPatience  = 3 * time.Second  // of an INVITE
	savedPatience  = 15 * time.Second // of a whole call, beside its message
	messageLeast   = 55               // frames: more than the briefest message that is kept
	messageMore    = 60               // frames, at most
	hangingUp      = 6                // one in so many callers hangs up where others press the key
	soundsLeftOver = 40 * time.Millisecond
)

// messageCaller leaves messages in a mailbox, one after the other. Its ledger is read when it does not work.
type messageCaller struct {
	*phone
	box   string
	heard *messageLedger
	calls int // that were answered
}

// messageLedger is what callers heard of their messages. Any goroutine may use it.
type messageLedger struct {
	speakers atomic.Uint32
	saved    chan struct{} // one value a message whose caller heard that it is saved, as far as there is room

	mutex    sync.Mutex
	entries  []savedMessage // confirmed since it was read last
	problems []string
}

// savedMessage is a message whose caller heard that it is saved.
type savedMessage struct {
	box    string
	caller *spoken.Caller
}

func newMessageCaller(t testing.TB, s *server, box string, heard *messageLedger) *messageCaller {
	t.Helper()
	return &messageCaller{phone: newPhoneAt(t, s, "alice", trustedAddress(t)), box: box, heard: heard}
}

// work leaves messages until it is told to stop.
func (m *messageCaller) work(stop chan struct{}) {
	for {
		select {
		case <-stop:
			return
		default:
		}
		if err := m.leave(stop); err != nil {
			select {
			case <-stop:
				return // killed
			default:
				m.heard.problem(err)
			}
		}
	}
}

// leave is one call.
func (m *messageCaller) leave(stop chan struct{}) error {
	packets, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(m.local.Addr(), 0)))
	if err != nil {
		return err
	}
	defer packets.Close()
	invite := m.request("INVITE", fmt.Sprintf("sip:voicemail@%s;target=sip:%s%%40%s;cause=408", domain, m.box, domain))
	invite.body = strings.Replace(offer(m.local.Addr()), "audio 40000 RTP/AVP 0\r\n",
		fmt.Sprintf("audio %d RTP/AVP 0 101\r\na=rtpmap:101 telephone-event/8000\r\n", packets.LocalAddr().(*net.UDPAddr).Port), 1)
	ok, err := m.once(invite, setupPatience)
	if err != nil {
		return err
	}
	if ok.StatusCode() != 200 {
		return fmt.Errorf("a caller of voicemail is answered %d %s", ok.StatusCode(), ok.Reason())
	}
	c := &call{phone: m.phone, invite: invite, ok: ok}
	c.acknowledge()
	m.calls++
	to, err := audioOf(ok.Body())
	if err != nil {
		return err
	}
	message := spoken.NewCaller(m.heard.speakers.Add(1), messageLeast+rand.IntN(messageMore))
	hangsUp := rand.IntN(hangingUp) == 0
	stage, said := m.speak(&audio{packets: packets, to: to, caller: message}, hangsUp, stop)
	switch {
	case stage == spoken.Confirmed:
		m.heard.confirm(savedMessage{m.box, message})
		m.awaitBye(c, stop)
		return nil
	case stage == spoken.Refused:
		return fmt.Errorf("a caller who said %d frames hears %v", message.Frames, said)
	case hangsUp && stage == spoken.Pausing:
		return c.hangUp()
	}
	return fmt.Errorf("a caller who said %d frames hears nothing more at stage %d", message.Frames, stage)
}

// awaitBye waits until the voicemail has hung up.
func (m *messageCaller) awaitBye(c *call, stop chan struct{}) {
	for deadline := time.Now().Add(savedPatience); time.Now().Before(deadline); time.Sleep(messageTick) {
		for _, bye := range m.received("BYE") {
			if bye.CallID() == c.invite.callID {
				m.forget()
				return
			}
		}
		select {
		case <-stop:
			return
		default:
		}
	}
	m.heard.problem(errors.New("the voicemail does not hang up"))
}

// audio is the sound of one call.
type audio struct {
	packets *net.UDPConn
	to      netip.AddrPort

	mutex  sync.Mutex
	caller *spoken.Caller // guarded by mutex while listen runs
}

// speak plays the caller until he has heard what became of his message, or hangs up, or the server is
// dead and everything that it sent is heard.
func (m *messageCaller) speak(a *audio, hangsUp bool, stop chan struct{}) (stage spoken.Stage, said spoken.Prompt) {
	var listening sync.WaitGroup
	listening.Go(a.listen)
	defer func() {
		a.packets.Close()
		listening.Wait()
		stage, said = a.caller.Stage, a.caller.Said
	}()
	buffer := make([]byte, 256)
	for began, tick := time.Now(), 0; time.Since(began) < savedPatience; tick++ {
		if wait := time.Until(began.Add(time.Duration(tick) * messageTick)); wait > 0 {
			time.Sleep(wait)
		}
		select {
		case <-stop:
			time.Sleep(soundsLeftOver)
			return stage, said
		default:
		}
		a.mutex.Lock()
		n := a.caller.Next(buffer)
		stage = a.caller.Stage
		a.mutex.Unlock()
		_, _ = a.packets.WriteToUDPAddrPort(buffer[:n], a.to) // what can't be sent is lost, as on a wire
		if stage >= spoken.Confirmed || hangsUp && stage == spoken.Pausing {
			return stage, said
		}
	}
	return stage, said
}

func (a *audio) listen() {
	buffer := make([]byte, 2048)
	for {
		n, err := a.packets.Read(buffer)
		if isClosed(err) {
			return
		}
		if err == nil {
			a.mutex.Lock()
			a.caller.Hear(buffer[:n])
			a.mutex.Unlock()
		}
	}
}

// audioOf is where a session description wants sound.
func audioOf(body string) (netip.AddrPort, error) {
	var host netip.Addr
	port := uint64(0)
	for line := range strings.Lines(body) {
		fields := strings.Fields(line)
		switch {
		case strings.HasPrefix(line, "c=IN IP4 "):
			host, _ = netip.ParseAddr(fields[2])
		case strings.HasPrefix(line, "m=audio ") && len(fields) > 2:
			port, _ = strconv.ParseUint(fields[1], 10, 16)
		}
	}
	if !host.IsValid() || port == 0 {
		return netip.AddrPort{}, fmt.Errorf("a session description without audio: %s", body)
	}
	return netip.AddrPortFrom(host, uint16(port)), nil
}

func (l *messageLedger) confirm(message savedMessage) {
	l.mutex.Lock()
	l.entries = append(l.entries, message)
	l.mutex.Unlock()
	select {
	case l.saved <- struct{}{}:
	default:
	}
}

func (l *messageLedger) problem(err error) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	l.problems = append(l.problems, err.Error())
}

// take empties the ledger.
func (l *messageLedger) take() (entries []savedMessage, problems []string) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	entries, problems = l.entries, l.problems
	l.entries, l.problems = nil, nil
	return entries, problems
}
