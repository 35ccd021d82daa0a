// Package ladder holds the one ladder format: a picture of which message went from
// whom to whom, in the manner of RFC 5359. It serves as documentation of a service, as
// golden test, as live trace of a call and as bug report.
//
// Limits: MaxParticipants columns with names of MaxName bytes, MaxArrows arrows, MaxLabel
// bytes of label, MaxMessage bytes of a message, MaxDrawing bytes of text given to Parse. A Recorder
// that reaches a limit counts what it leaves out (Ladder.Omitted).
//
// Limitations: an arrow has one time, that of sending, so crossing messages show by
// their order only. Messages are kept as they went over the wire, secrets included:
// call Normalize or Redact before showing them to strangers.
//
// The text form is ASCII. Everything that could break it (control characters, bytes
// above 126, backslash, and the bar within a label) is written \xHH, so a label from
// the network can't forge a line. Draw and Parse are inverse:
//
//	# A call
//
//	Alice                                Bob
//	  |                                   |
//	  |   INVITE sip:bob@example.test F1  |  +0.000  1 INVITE  call-1
//	  |---------------------------------->|
//	  |           180 Ringing F2          |  +0.020  1 INVITE  call-1
//	  |<----------------------------------|
//	  |           180 Ringing F3          |  +0.520  1 INVITE  call-1
//	  |<- - - - - - - - -x                |
//	  |                                   |  ; a note
//	  |                                   |
//
// A full line is a message, "- -" a retransmission, ". ." a copy made by the network,
// "=" media in both directions; an x in place of the head means that it got lost. An
// agent that sends to itself is drawn "<---+". At the right stand the time since the
// beginning in seconds, CSeq and Call-ID. Whole messages may follow, each below a line
// with its F-number, every line of it behind a bar.
package ladder
