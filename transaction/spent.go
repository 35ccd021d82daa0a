package transaction

import (
	"encoding/binary"
	"net/netip"

	"hookflash/machine"
)

// spentKind says what a spent transaction still does.
type spentKind uint8

const (
	// A retransmitted request is swallowed (RFC 6026 §7.1 Accepted, RFC 3261 Confirmed).
	spentSilent spentKind = iota + 1
	// A retransmission is answered with the payload: the final response of a non-INVITE
	// server (Completed), the ACK of an INVITE client (Completed).
	spentAnswer
	// A retransmitted 2xx is handed on to the caller's flow (RFC 6026 §7.2 Accepted).
	spentForward
)

// spent is what remains of a transaction that only absorbs retransmissions. It holds no
// pointer, so that the collector never looks at it.
type spent struct {
	key        Key
	deadline   int64
	address    [16]byte
	connection uint64
	payload    uint32 // offset in the segment
	length     uint16
	port       uint16
	listener   uint16
	transport  machine.Transport
	kind       spentKind
	v4         bool
}

// Segments keep growth free of copying: a whole segment is freed once all in it are
// forgotten.
const segmentSize = 512

type segment struct {
	entries  [segmentSize]spent
	payloads []byte
}

// spentQueue is a queue of spent transactions that all live equally long, so the oldest
// is always the first to go.
type spentQueue struct {
	index    map[Key]uint64
	segments []*segment
	free     *segment
	most     int    // records; the oldest is forgotten early beyond
	head     uint64 // sequence number of the oldest entry
	tail     uint64 // of the next entry
}

func newSpentQueue(most int) spentQueue { return spentQueue{index: make(map[Key]uint64), most: most} }

func (q *spentQueue) len() int { return int(q.tail - q.head) }

func (q *spentQueue) at(sequence uint64) (*spent, *segment) {
	s := q.segments[sequence/segmentSize-q.head/segmentSize]
	return &s.entries[sequence%segmentSize], s
}

// spentOf is the record of a transaction that has ended; flow is where it answers to.
func spentOf(key Key, kind spentKind, flow machine.Flow) spent {
	return spent{
		key: key, kind: kind, connection: flow.Connection, listener: flow.Listener, transport: flow.Transport,
		address: flow.Remote.Addr().As16(), v4: flow.Remote.Addr().Is4(), port: flow.Remote.Port(),
	}
}

// add remembers a transaction; the payload is copied.
func (q *spentQueue) add(record spent, deadline int64, payload []byte) {
	if q.len() >= q.most {
		q.drop()
	}
	if q.tail%segmentSize == 0 || len(q.segments) == 0 {
		q.grow()
	}
	entry, s := q.at(q.tail)
	record.deadline, record.payload, record.length = deadline, uint32(len(s.payloads)), uint16(len(payload))
	*entry = record
	s.payloads = append(s.payloads, payload...)
	q.index[record.key] = q.tail
	q.tail++
}

func (q *spentQueue) grow() {
	s := q.free
	if q.free = nil; s == nil {
		s = &segment{}
	}
	q.segments = append(q.segments, s)
}

// find gives the record of a key, nil without one, and its payload.
func (q *spentQueue) find(key Key) (*spent, []byte) {
	sequence, ok := q.index[key]
	if !ok {
		return nil, nil
	}
	entry, s := q.at(sequence)
	return entry, s.payloads[entry.payload : int(entry.payload)+int(entry.length)]
}

// forget drops every record whose time is over.
func (q *spentQueue) forget(now int64) {
	for q.head < q.tail {
		if entry, _ := q.at(q.head); entry.deadline > now {
			return
		}
		q.drop()
	}
}

func (q *spentQueue) drop() {
	entry, s := q.at(q.head)
	if q.index[entry.key] == q.head {
		delete(q.index, entry.key)
	}
	q.head++
	if q.head%segmentSize == 0 {
		s.payloads = s.payloads[:0]
		q.free = s
		q.segments[0] = nil
		q.segments = q.segments[1:]
	}
}

func (s *spent) flow() machine.Flow {
	address := netip.AddrFrom16(s.address)
	if s.v4 {
		address = address.Unmap()
	}
	return machine.Flow{Remote: netip.AddrPortFrom(address, s.port), Connection: s.connection, Listener: s.listener, Transport: s.transport}
}

// clientKey is the key of a spent client transaction. Server keys are 128 bits of a
// keyed hash, so the two never meet.
func clientKey(number uint64) Key { return Key{high: number, low: clientMark} }

var clientMark = binary.BigEndian.Uint64([]byte("client.."))
