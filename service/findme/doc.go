// Package findme rings several places for one callee, all at once or one after the other: the
// steps of a user (RFC 5359 §2.12), the members of a group.
//
// Limits: directory.MaxSteps steps of directory.MaxTargets targets; directory.MaxMembers members.
// What rings at once is bounded by proxy.MaxBranches. Each target is rung under the permissions
// of who set it.
//
// Among the routing services, both stand behind screening and unconditional forwarding, and
// before forwarding when busy or not answered, which get what nobody here took.
package findme
