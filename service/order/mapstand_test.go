package order_test

import (
	"errors"
	"fmt"
	"slices"

	"hookflash/b2bua"
	"hookflash/sip"
	"hookflash/ua"
)

// with are those whom a leg is in a conversation with, also where the exchange has called itself to connect two.
func (o *exchangeOffice) with(leg *b2bua.Leg, seen []*b2bua.Leg) (names []string) {
	if leg == nil || leg.Conversation() == nil || slices.Contains(seen, leg) {
		return nil
	}
	seen = append(seen, leg)
	for _, other := range leg.Conversation().Others(leg) {
		d := other.Call.Dialog()
		if far := o.exchange.Named(mirrored(sip.DialogID{CallID: d.CallID, LocalTag: d.LocalTag, RemoteTag: d.RemoteTag})); far != nil {
			names = append(names, o.with(far, seen)...)
			continue
		}
		names = append(names, o.deskOf(other.Call))
	}
	return names
}

// standsIn tells whether what names a dialog is for the exchange to do: its end is a telephone that can't, and the exchange is
// the other one.
func (o *exchangeOffice) standsIn(m mapTry) bool {
	return m.near.desk != "" && slices.Contains(o.plain, m.near.desk) && m.far.call != nil && m.far.desk == "" && passes(m.target)
}

// mustStandIn: the assistant of everybody reaches the end of a telephone that can't, and nobody is told that it can't.
func (o *exchangeOffice) mustStandIn(m mapTry, code int) error {
	if !o.standsIn(m) {
		return nil
	}
	talks := m.near.call.State == ua.Talking
	switch {
	case code == 420:
		return errors.New("the exchange can")
	case m.who != "zoe", len(m.far.others) == 0, m.far.rings:
		return nil
	case m.id.EarlyOnly && talks && !m.join, !talks && (m.near.call.Incoming || m.join):
		return nil // RFC 3891 §3
	case talks && !m.join && m.far.busy && code == 486:
		return nil // a transfer, say
	}
	return errors.New("the exchange stands in for that telephone")
}

// stoodIn holds what has changed to what the exchange may change on behalf of a telephone: its call goes on, with whoever has
// come; of those whom it talked with, one who is left alone is hung up.
func (m mapTry) stoodIn(end mapLeg, began, ended []*ua.Call) error {
	want, lost := []string{m.near.desk}, 0
	switch {
	case m.join:
		want = append(want, m.far.others...)
	case len(m.far.others) == 1:
		lost = 1
	}
	slices.Sort(want)
	switch {
	case end.desk != "" || !slices.Equal(end.others, want):
		return fmt.Errorf("%s is connected with %q and %v, and not %v", m.who, end.desk, end.others, want)
	case slices.Contains(ended, m.near.call):
		return errors.New("the telephone's call has ended")
	case len(ended) != lost, len(began) > 1:
		return fmt.Errorf("%d calls have begun, %d ended, and not %d", len(began), len(ended), lost)
	}
	return nil
}
