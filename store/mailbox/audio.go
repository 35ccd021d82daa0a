package mailbox

import (
	"fmt"
	"hash/crc32"
)

// Source checks the recording of a message, and names it for the media side. The error of one that
// is not as it was kept is ErrDamaged: it is not to be heard.
func (b *Boxes) Source(box, id string) (name string, err error) {
	x, message, err := b.message(box, id)
	if err != nil {
		return "", err
	}
	name = x.path(id, sound)
	if err = b.check(name, message); err == nil {
		return name, nil
	}
	return "", b.gone(box, id, err)
}

// gone tells a message that was deleted meanwhile from one that is damaged.
func (b *Boxes) gone(box, id string, damage error) error {
	if _, _, err := b.message(box, id); err != nil {
		return err
	}
	return damage
}

func (b *Boxes) check(name string, message kept) error {
	octets, sum, err := b.measure(name)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	if octets != message.Octets || sum != message.sum {
		return fmt.Errorf("%w: %s does not fit its checksum", ErrDamaged, name)
	}
	return nil
}

// Audio reads the recording of a message, a WAV file.
func (b *Boxes) Audio(box, id string) ([]byte, error) {
	x, message, err := b.message(box, id)
	if err != nil {
		return nil, err
	}
	name := x.path(id, sound)
	text, err := b.readAll(name, MaxMessage)
	if err != nil {
		return nil, b.gone(box, id, fmt.Errorf("%w: %w", ErrDamaged, err))
	}
	if int64(len(text)) != message.Octets || crc32.Checksum(text, castagnoli) != message.sum {
		return nil, fmt.Errorf("%w: %s does not fit its checksum", ErrDamaged, name)
	}
	return text, nil
}
