package mailbox

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
)

const (
	incoming = "incoming"
	boxes    = "boxes"
	greeting = "greeting"
	sound    = ".wav"
	sidecar  = ".json"
	unnamed  = ".new" // a JSON file that is being written

	idOctets   = 16
	plainLimit = 100 // octets of a name that stands in its directory's
)

// Directory is the directory of a box below boxes/: of the letters a to z and digits alone,
// and another one for each name.
func Directory(box string) (string, error) {
	if box == "" || len(box) > MaxName {
		return "", fmt.Errorf("%w: of %d octets", ErrBox, len(box))
	}
	if len(box) <= plainLimit {
		return "n" + hex.EncodeToString([]byte(box)), nil
	}
	sum := sha256.Sum256([]byte(box))
	return "h" + hex.EncodeToString(sum[:]), nil
}

// newID makes a name that nobody guesses.
func newID(random io.Reader) (string, error) {
	var octets [idOctets]byte
	if _, err := io.ReadFull(random, octets[:]); err != nil {
		return "", fmt.Errorf("mailbox: name a recording: %w", err)
	}
	return hex.EncodeToString(octets[:]), nil
}

// isID tells a name that newID made.
func isID(id string) bool {
	if len(id) != 2*idOctets {
		return false
	}
	for i := range len(id) {
		if (id[i] < '0' || id[i] > '9') && (id[i] < 'a' || id[i] > 'f') {
			return false
		}
	}
	return true
}

// Incoming is where a recording of that ID is made: a name for the media side.
func Incoming(id string) string { return incoming + "/" + id + sound }

// path names a file of the box.
func (x *box) path(name, ending string) string { return x.place() + "/" + name + ending }

func (x *box) place() string { return boxes + "/" + x.directory }
