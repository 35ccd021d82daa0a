// Package registrar is the registrar of RFC 3261 §10.3, with Path (RFC 3327),
// Service-Route (RFC 3608), outbound (RFC 5626 §6) and GRUU (RFC 5627 §5).
//
// Limits and limitations:
//   - An address of record has at most Settings.MaxBindings bindings; a request with more
//     Contact values than that, or that would lead to more, is answered 403.
//   - Contact, its parameters, Path and instance have the lengths below; more is 400.
//   - A contact must be a SIP or SIPS URI (403): a proxy sends nothing to any other.
//   - A public GRUU is a sip URI, also for a sips contact.
//   - A temporary GRUU stays good until its instance has no binding left in the record,
//     which may be up to a sweep of the store after the last one expired.
//   - MaxRemoved removals are remembered for half a minute, against requests that were
//     overtaken by them; in a flood of removals the oldest are forgotten.
//
// A REGISTER is idempotent, so no transaction is kept for it: a retransmission (same
// Call-ID and CSeq, asking for what is there already) is answered again from the record.
// One that could change something is out of order and fails with 500.
//
// A Registrar belongs to one machine, and only that machine's step touches it. Requests
// for one address of record always go to the same Registrar. A request becomes one change
// of one record, all or nothing, and its 200 leaves when that change is durable.
package registrar
