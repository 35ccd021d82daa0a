// Package office is a domain with its server and phones of our own on a virtual network, for the
// ladders of the services: who calls whom, what is sent, and who hears whom in the end.
//
// Limitations: no packet of media is sent. Who hears whom is worked out from what the phones asked
// of their media side, as package media would do it.
package office
