// Package order lists the services: what a phone can be told to do, and which role answers which
// request. It alone knows all of their packages.
package order
