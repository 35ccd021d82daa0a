// Package transfer hands calls over: RFC 5359 §2.4, §2.5 and §2.6, by the rules of RFC 5589.
//
// Every role stands for one column of the ladders: Transferor, Transferee, Target. A transfer that is
// refused or fails leaves the first call as it was.
package transfer
