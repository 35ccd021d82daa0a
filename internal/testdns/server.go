package testdns

import (
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/miekg/dns"
)

// Behaviour is what the server does with questions about a name instead of answering them
// in good order.
type Behaviour struct {
	Silent   bool          // no answer at all
	Delay    time.Duration // before the answer
	Truncate bool          // over UDP: no records, and the bit that says so
	Rcode    int           // this code and no records; 0: as the zone says
	// Lie changes the answer before it leaves; it may be called for several at once.
	Lie func(m *dns.Msg)
	// Octets leave instead of the answer, over UDP.
	Octets []byte
}

// Server is a name server. Its methods may be called at any time.
type Server struct {
	address netip.AddrPort
	stop    chan struct{}

	mutex      sync.Mutex
	came       *sync.Cond // another question
	zone       *zone
	behaviours map[string]Behaviour // by lower-case name; "" is every other name
	asked      []string
}

// Start makes a server that answers from the text of a zone and is closed with the test.
func Start(t testing.TB, text string) *Server {
	t.Helper()
	s := &Server{stop: make(chan struct{}), behaviours: map[string]Behaviour{}}
	s.came = sync.NewCond(&s.mutex)
	s.SetZone(t, text)
	listener, packets := s.bind(t)
	servers := []*dns.Server{{Listener: listener, Handler: s, IdleTimeout: brief}, {PacketConn: packets, Handler: s}}
	var running sync.WaitGroup
	for _, server := range servers {
		started := make(chan struct{})
		server.NotifyStartedFunc = func() { close(started) }
		running.Go(func() { _ = server.ActivateAndServe() })
		<-started
	}
	t.Cleanup(func() {
		close(s.stop)
		for _, server := range servers {
			_ = server.Shutdown()
		}
		running.Wait()
	})
	return s
}

// brief is how long a connection may idle.
func brief() time.Duration { return 200 * time.Millisecond }

// bind finds a port that is free over TCP and UDP.
func (s *Server) bind(t testing.TB) (net.Listener, net.PacketConn) {
	t.Helper()
	for range 20 {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatalf("testdns: %v", err)
		}
		s.address = listener.Addr().(*net.TCPAddr).AddrPort()
		packets, err := net.ListenPacket("udp", s.address.String())
		if err == nil {
			return listener, packets
		}
		_ = listener.Close()
	}
	t.Fatal("testdns: no port is free over both TCP and UDP")
	return nil, nil
}

// Address is where the server listens.
func (s *Server) Address() netip.AddrPort { return s.address }

// SetZone replaces what the server knows.
func (s *Server) SetZone(t testing.TB, text string) {
	t.Helper()
	z, err := parse(text)
	if err != nil {
		t.Fatalf("testdns: reading the zone: %v", err)
	}
	s.mutex.Lock()
	s.zone = z
	s.mutex.Unlock()
}

// Set makes the server behave as told to questions about a name, "" for every name that
// is not named otherwise.
func (s *Server) Set(name string, behaviour Behaviour) {
	s.mutex.Lock()
	s.behaviours[strings.ToLower(name)] = behaviour
	s.mutex.Unlock()
}

// Asked are the questions that came, in order, such as "SRV _sip._udp.example.test.".
func (s *Server) Asked() []string {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return slices.Clone(s.asked)
}

// longest is how long Await waits before the test fails.
const longest = 20 * time.Second

// Await waits until so many questions came.
func (s *Server) Await(t testing.TB, count int) {
	t.Helper()
	late := false
	alarm := time.AfterFunc(longest, func() {
		s.mutex.Lock()
		late = true
		s.mutex.Unlock()
		s.came.Broadcast()
	})
	defer alarm.Stop()
	s.mutex.Lock()
	defer s.mutex.Unlock()
	for len(s.asked) < count && !late {
		s.came.Wait()
	}
	if late {
		t.Errorf("testdns: %d questions came, not %d", len(s.asked), count)
	}
}

// ServeDNS implements dns.Handler.
func (s *Server) ServeDNS(w dns.ResponseWriter, request *dns.Msg) {
	if len(request.Question) != 1 {
		return
	}
	question := request.Question[0]
	m := new(dns.Msg).SetReply(request)
	m.RecursionAvailable = true
	s.mutex.Lock()
	name := strings.ToLower(question.Name)
	s.asked = append(s.asked, dns.TypeToString[question.Qtype]+" "+name)
	s.came.Broadcast()
	behaviour, special := s.behaviours[name]
	if !special {
		behaviour = s.behaviours[""]
	}
	s.zone.answer(m, question)
	s.mutex.Unlock()
	if behaviour.Delay > 0 {
		wait := time.NewTimer(behaviour.Delay)
		defer wait.Stop()
		select {
		case <-wait.C:
		case <-s.stop:
			return
		}
	}
	if behaviour.Silent {
		return
	}
	behaviour.reply(w, request, m)
}

func (behaviour Behaviour) reply(w dns.ResponseWriter, request, m *dns.Msg) {
	_, datagram := w.RemoteAddr().(*net.UDPAddr)
	if datagram && behaviour.Octets != nil {
		_, _ = w.Write(behaviour.Octets)
		return
	}
	if behaviour.Rcode != 0 {
		m.Rcode, m.Answer, m.Ns = behaviour.Rcode, nil, nil
	}
	if behaviour.Lie != nil {
		behaviour.Lie(m)
	}
	if datagram {
		size := dns.MinMsgSize
		if options := request.IsEdns0(); options != nil {
			size = int(options.UDPSize())
		}
		m.Truncate(size)
		if behaviour.Truncate {
			m.Truncated, m.Answer, m.Ns = true, nil, nil
		}
	}
	_ = w.WriteMsg(m)
}
