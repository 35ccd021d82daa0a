// Package voicemail is the agent at voicemail@DOMAIN: it takes messages for users who don't answer,
// lets them listen, and tells their phones what waits.
//
// Limits: a message of Settings.Briefest to Settings.Longest; TriesPerCall PINs a call, and
// TriesPerHour a mailbox and hour from others' phones, and as many from the owner's own, which
// nobody else uses up; both are counted by this process, and begin anew with it. PINs for
// mailboxes that nobody has are counted by call alone. MaxMailTries attempts at a mail, which
// are not taken up again by the next process: the message stays. MaxDue phones wait to be told
// after they registered. MaxKeys keys of a listener; then the call ends.
//
// What is said is in package prompts: when a message was left is not said.
//
//	voicemail;target=sip:bob%40DOMAIN;cause=486   leaves a message for bob (RFC 4458)
//	voicemail                                     listens: the own box of a user, else asks which
//	voicemail;any                                 asks which
//
// bob himself, at the first of these, listens.
package voicemail
