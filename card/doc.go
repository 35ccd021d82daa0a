// Package card is what users are handed about their telephones: the codes that they dial and press, as this domain has
// them, on one page.
//
// Limitations: it tells what the configuration says, and of one user whether there is a mailbox and whether the server
// stands in the calls; not what that user has set. It is in English and Chinese.
//
// The sentences are in en.txt and zh.txt, by what a code does. Which codes there are is said nowhere here: it is
// read from the configuration.
package card
