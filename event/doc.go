// Package event holds subscriptions and publications as values: a notifier's Subscription
// and a watcher's Subscriber (RFC 6665), a compositor's Publications and a publisher's
// Publisher (RFC 3903). Each is stepped: it takes what happened and now, says in Next when it
// wants to be looked at again, and in what it returns what is to be sent. None knows of
// dialogs, transactions or sockets: the owner makes the requests. The documents that
// NOTIFY and PUBLISH carry are in the packages below this one.
//
// Limits: MaxPerWatcher subscriptions of one watcher, MaxPerTarget of one target and
// MaxSubscriptions in all (Caps may say others), refused with 480 and Retry-After; MaxPublications publications of
// one resource, refused with 480; lifetimes of at most MaxLifetime. There is no
// Suppress-If-Match (RFC 5839) and no rate that a subscriber asks for (RFC 6446).
package event
