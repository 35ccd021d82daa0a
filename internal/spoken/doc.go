// Package spoken is what the load of tests says and hears: frames that are told apart after they went through
// a recorder, prompts that are told apart by each packet, and callers who leave messages with them.
//
// Limits: G.711 µ-law at 8 kHz in frames of 20 ms; MaxSpeaker speakers, MaxFrame frames of each.
package spoken
