// Package code is the agent that does what dialled codes say: sip:codes@DOMAIN;code=*72;argument=1003. Who
// dials *721003, or *72 and then a number, has set what the API and the configuration would set.
//
// What the server does by itself, such as picking up a call that rings, comes here when it could not be done:
// sip:codes@DOMAIN;code=*8;result=none says why. So do codes that are none, with result=unknown.
//
// Who dials the clock hears the time, who dials the echo hears what they have said: that is recorded and played, a few seconds at a
// time, since nobody hears themselves in a room.
//
// Limitations: a code changes what its caller has set, and nobody else's; the caller is who the domain vouches for. What
// other agents do (voicemail) is not done here.
//
// Limits: Settings.Most calls at a time, more are refused with 486; MaxTries questions for a number of at most MaxDigits
// digits; MaxStay of music, and EchoRounds of MaxEcho. A change that is not kept within ua.MaxJob counts as failed, though it may be kept later.
package code
