// Package identity says who sends a request: one function for the registrar and the
// proxy, so that who is shown is who was authenticated.
//
// Limits and limitations:
//   - ACK and CANCEL can't be challenged (RFC 3261 §22.1): they follow their INVITE and
//     are not to be asked about here.
//   - At most MaxCredentials header field values are read in search of credentials for
//     our realm.
//   - An Identifier remembers at most MaxAccepted REGISTER requests for Retransmissions,
//     and MaxDevices devices that were offered a list of algorithms. Under a flood the
//     oldest are forgotten: a retransmission, or a phone that knows MD5 only, is then
//     challenged once more.
//   - Nonce windows are kept for users that exist, for a day after their last nonce.
//   - A user with a list of algorithms of their own is offered it before authentication,
//     which tells such a user from an unknown one. Without such lists all look the same.
//   - A source address on UDP can be forged. Digest doesn't mind, since a nonce is good
//     for the address it was sent to only; Settings.Trusted does.
//
// A request that comes from a trusted source is believed: P-Asserted-Identity counts (RFC
// 3325), else From; of an agent of this process P-Asserted-Identity alone. Any other needs credentials
// for our realm, unless it comes from another domain and guests are let in.
//
// Settings never change and may be shared. An Identifier belongs to one machine's step;
// users are spread over Identifiers by Settings.Shard, and each user has exactly one.
package identity
