// Package assist does for telephones without REFER, Replaces and Join what they lack: services that a user has by codes which
// are pressed in a call through a b2bua.Exchange, and by calls to it. Each file is one service.
//
// Limits: those of package b2bua; a number has at most maxNumber digits; who is asked whether somebody may join has joinTime
// to answer, and is left alone for joinPause where nobody is let in; a recording lasts MaxRecording at most; MaxOffers calls
// are offered for taking over at a time, each for OfferLimit.
//
// Limitations: a user is spoken to by one service at a time, and codes that others of the conversation press meanwhile are
// not taken. A conversation of more than two is not parked. Who is called in by a code is shown the user who pressed it, and
// called by that user's permissions.
package assist
