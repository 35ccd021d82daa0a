// Package mix makes what each member of a room hears: all the others, never itself.
//
// Limits: frames of 20 ms at 8 or 16 kHz; what is too loud is clipped.
//
// The work is per speaker, not per member: who says nothing costs nothing, members who say nothing
// share one frame, and a lone speaker's frame is passed on as it is. Members of different rates meet
// by converting the sum of each rate once.
package mix
