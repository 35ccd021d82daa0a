// Package config reads the server's one YAML file into one struct, or says everything
// that is wrong with it at once: where, what, why, and what to write instead.
//
// Limits: a file of 16 MiB (maxFileSize), 100,000 users (maxUsers), 64 listeners
// (maxListeners), 10,000 groups (maxGroups), 1,000 calendars (maxCalendars), 1,000 menus (maxMenus) of 100 choices
// (maxChoices), 100 trunks (maxTrunks) of 8 hops (maxHops), 200 codes (maxCodes), 1,000 PINs in plain digits (maxPINs), 256 trusted prefixes (maxTrusted), 64 origins (maxOrigins), 1 MiB for
// each file of certificates (maxPEM), flow collections 64 deep (maxDepth).
// No anchors, aliases, tags or second documents. Addresses are IP addresses, not names.
//
// Users' passwords become digest secrets (HA1) while the file is read, and their PINs become hashes; nothing keeps
// them, and no message shows them. The passwords of trunks are kept as they are: the provider asks for them.
package config
