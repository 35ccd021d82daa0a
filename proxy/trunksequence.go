package proxy

import (
	"strconv"
	"strings"

	"hookflash/sip"
	"hookflash/transaction"
)

const (
	// raised stands in the branch of a request before what was added to its CSeq, so that any
	// response brings it back.
	raised      = "+"
	maxSequence = 1<<31 - 1 // RFC 3261 §8.1.1.5
)

// raiseSequence counts the CSeq of a request on. A request that is sent again with credentials needs a
// new one (RFC 3261 §22.2), and its sender knows nothing of it: so everything that follows in the call
// is counted on the same way, and what a trunk says of it is counted back.
func (m *Machine) raiseSequence(e *sip.Edit, message *sip.Message, by uint8) {
	v := strconv.AppendUint(m.value[:0], uint64(message.CSeq())+uint64(by), 10)
	m.value = append(append(v, ' '), message.Method()...)
	e.Set(sip.HeaderCSeq, m.value)
	if message.Method() != sip.PRACK {
		return
	}
	// RFC 3262 §7.2: "response-num CSeq-num Method" of the response that is acknowledged.
	fields := strings.Fields(message.Header(sip.HeaderRAck))
	if len(fields) != 3 {
		return
	}
	sequence, err := strconv.ParseUint(fields[1], 10, 32)
	if err != nil {
		return
	}
	v = append(append(m.value[:0], fields[0]...), ' ')
	v = append(strconv.AppendUint(v, sequence+uint64(by), 10), ' ')
	m.value = append(v, fields[2]...)
	e.Set(sip.HeaderRAck, m.value)
}

// lowerSequence counts the CSeq of a response back.
func (m *Machine) lowerSequence(e *sip.Edit, response *sip.Message) {
	_, by, found := strings.Cut(response.Branch(), raised)
	if !found {
		return
	}
	count, err := strconv.ParseUint(by, 10, 8)
	if err != nil || uint64(response.CSeq()) < count {
		return
	}
	v := strconv.AppendUint(m.value[:0], uint64(response.CSeq())-count, 10)
	m.value = append(append(v, ' '), response.Method()...)
	e.Set(sip.HeaderCSeq, m.value)
}

// branchSuffix is what our branch carries beside its number and the addition to the CSeq.
func branchSuffix(response *sip.Message) (suffix string, ok bool) {
	_, suffix, ok = transaction.BranchNumber(response.Branch())
	suffix, _, _ = strings.Cut(suffix, raised)
	return suffix, ok
}
