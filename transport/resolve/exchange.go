package resolve

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"net/netip"
	"strings"
	"time"

	"github.com/miekg/dns"
)

const (
	minAttempts  = 4    // to ask, over all servers
	datagramSize = 1232 // octets that an answer over UDP may have: such a datagram is not fragmented anywhere
)

var (
	errStrays = errors.New("too many datagrams that are no answer")
	errServer = errors.New("the name server can't say")
	errLong   = errors.New("an answer longer than MaxAnswer")
)

// reply is what came of one attempt.
type reply struct {
	message *dns.Msg
	err     error
}

// exchange asks the servers in turn until one answers: the next one at once when one
// fails, and beside the one that was asked when it is slow. nil: none did, and full tells
// whether they had the time they should have.
func (r *Resolver) exchange(ctx context.Context, q question) (m *dns.Msg, full bool) {
	a := r.asking.Load()
	attempts := max(minAttempts, 2*len(a.servers))
	patience := a.timeout / time.Duration(attempts+1)
	began := time.Now()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	replies := make(chan reply, attempts)
	next := time.NewTimer(0)
	defer next.Stop()
	for begun, ended := 0, 0; ended < attempts; {
		select {
		case <-ctx.Done():
			return nil, time.Since(began) >= a.timeout/2
		case <-next.C:
			if begun == attempts {
				continue
			}
			server := a.servers[begun%len(a.servers)]
			r.group.Go(func() {
				m, err := r.attempt(ctx, server, q)
				replies <- reply{m, err}
			})
			begun++
			next.Reset(patience)
		case got := <-replies:
			if got.err == nil {
				return got.message, true
			}
			ended++
			next.Reset(0)
		}
	}
	return nil, true
}

// attempt asks one server: over UDP, and over TCP when the answer does not fit; without
// EDNS when the server doesn't understand it (RFC 6891 §7).
func (r *Resolver) attempt(ctx context.Context, server netip.AddrPort, q question) (*dns.Msg, error) {
	query := new(dns.Msg).SetQuestion(q.name, q.kind)
	query.Id = uint16(rand.Uint32())
	query.SetEdns0(datagramSize, false)
	m, err := r.datagram(ctx, server, query)
	if err == nil && m.Rcode == dns.RcodeFormatError {
		query.Extra = nil
		m, err = r.datagram(ctx, server, query)
	}
	if err == nil && m.Truncated {
		m, err = r.stream(ctx, server, query)
	}
	switch {
	case err != nil:
		return nil, err
	case m.Rcode != dns.RcodeSuccess && m.Rcode != dns.RcodeNameError:
		return nil, errServer
	}
	return m, nil
}

// open connects to a server; the connection ends with the context. A datagram socket is
// connected too: the kernel gives it a random port and takes nothing from anybody else.
func (r *Resolver) open(ctx context.Context, network string, server netip.AddrPort) (net.Conn, func() bool, error) {
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, network, server.String())
	if err != nil {
		return nil, nil, err
	}
	r.counts.queries.Add(1)
	return conn, context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) }), nil
}

func (r *Resolver) datagram(ctx context.Context, server netip.AddrPort, query *dns.Msg) (*dns.Msg, error) {
	conn, stop, err := r.open(ctx, "udp", server)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	defer stop()
	octets, err := query.Pack()
	if err != nil {
		return nil, err
	}
	if _, err := conn.Write(octets); err != nil {
		return nil, err
	}
	buffer := make([]byte, datagramSize)
	for range maxStrays {
		n, err := conn.Read(buffer)
		if err != nil {
			return nil, err
		}
		if m := new(dns.Msg); m.Unpack(buffer[:n]) == nil && answers(m, query) {
			return m, nil
		}
		r.counts.strays.Add(1)
	}
	return nil, errStrays
}

func (r *Resolver) stream(ctx context.Context, server netip.AddrPort, query *dns.Msg) (*dns.Msg, error) {
	conn, stop, err := r.open(ctx, "tcp", server)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	defer stop()
	octets, err := query.Pack()
	if err != nil {
		return nil, err
	}
	octets = append(binary.BigEndian.AppendUint16(nil, uint16(len(octets))), octets...)
	if _, err := conn.Write(octets); err != nil {
		return nil, err
	}
	var length [2]byte
	if _, err := io.ReadFull(conn, length[:]); err != nil {
		return nil, err
	}
	announced := int64(binary.BigEndian.Uint16(length[:]))
	if announced > MaxAnswer {
		return nil, errLong
	}
	octets, err = io.ReadAll(io.LimitReader(conn, announced))
	if err != nil {
		return nil, err
	}
	m := new(dns.Msg)
	if err := m.Unpack(octets); err != nil {
		return nil, err
	}
	if !answers(m, query) || m.Truncated {
		return nil, errServer
	}
	return m, nil
}

// answers tells whether a message is the answer to a query: it repeats its number and its
// question. A server that understands nothing of the query may leave the question out.
func answers(m, query *dns.Msg) bool {
	if !m.Response || m.Id != query.Id || m.Opcode != dns.OpcodeQuery {
		return false
	}
	if len(m.Question) == 0 {
		return m.Rcode == dns.RcodeFormatError || m.Rcode == dns.RcodeNotImplemented
	}
	asked, got := query.Question[0], m.Question[0]
	return len(m.Question) == 1 && got.Qtype == asked.Qtype && got.Qclass == asked.Qclass && strings.EqualFold(got.Name, asked.Name)
}
