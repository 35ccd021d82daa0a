// Package config reads the server's one YAML file into one struct, or says everything
// that is wrong with it at once: where, what, why, and what to write instead.
//
// Limits: a file of 16 MiB (maxFileSize), 100,000 users (maxUsers), 64 listeners
// (maxListeners), 256 trusted prefixes (maxTrusted), 64 origins (maxOrigins), 1 MiB for
// each file of certificates (maxPEM), flow collections 64 deep (maxDepth).
// No anchors, aliases, tags or second documents. Addresses are IP addresses, not names.
//
// Passwords become digest secrets (HA1) while the file is read; nothing keeps them, and
// no message shows them.
package config
