// Package room is the server's conference rooms: the agent at sip:conference@DOMAIN (RFC 4579), which mixes for all who are
// in a room.
//
// Limits: MaxRooms rooms, MaxOwned of which one user makes by calls at a time; a room has DefaultLimit participants where nothing else is said, and MaxParticipants at most, those
// included who are being called; further ones get 486. MaxAsking callers are asked for a PIN at a time. Three tries of a PIN
// in a call, and TriesPerHour in an hour at one room from one user, and from all whom nobody vouches for together. A room that
// was made by a call ends with its last participant; after a restart it waits EmptyLimit for somebody to come back. Only
// audio is mixed. A document of a roster tells of MaxTold users, and the next one of more. Comings and goings are not announced to more than AnnounceLimit participants.
//
//	sip:conference@DOMAIN               the factory: an INVITE makes a room (RFC 4579 §5.4)
//	sip:conference@DOMAIN;room=3001     a room, by its number or name
//	sip:conference@DOMAIN;ask           asks for the number of a room
//
// Who is in a room is a participant; each has a task, which admits them, listens to their keys, and ends with their call.
package room
