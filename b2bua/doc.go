// Package b2bua connects calls of one user agent with each other: for somebody who called the agent, somebody else is
// called, and both hear each other in one room.
//
// Limitations: each call keeps its own session: holding, early media and transfer are not passed on, and the sound
// goes through the agent. What is asked of the agent in one call by REFER or Replaces is refused.
package b2bua
