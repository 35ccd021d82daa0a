package store

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"

	"github.com/nats-io/nats.go/jetstream"
)

// maxSecret is how long a secret may be, in bytes.
const maxSecret = 1024

// engineSecrets is the secrets of an engine.
type engineSecrets struct{ *engine }

// Secret implements Secrets.
func (s engineSecrets) Secret(ctx context.Context, name string, size int) ([]byte, error) {
	secret, err := newSecret(name, size)
	if err != nil {
		return nil, err
	}
	err = s.write(ctx, func(ctx context.Context) error {
		kept, err := s.secrets.Get(ctx, keyOf(name))
		if errors.Is(err, jetstream.ErrKeyNotFound) {
			_, err = s.secrets.Create(ctx, keyOf(name), secret)
			if errors.Is(err, jetstream.ErrKeyExists) {
				kept, err = s.secrets.Get(ctx, keyOf(name)) // another was first
			}
		}
		if err == nil && kept != nil {
			secret = kept.Value()
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("secret %s: %w", name, err)
	}
	return secret, checkSecret(name, secret, size)
}

// newSecret makes a secret.
func newSecret(name string, size int) ([]byte, error) {
	if name == "" || size <= 0 || size > maxSecret {
		return nil, fmt.Errorf("secret %q: %d bytes are not 1 to %d", name, size, maxSecret)
	}
	secret := make([]byte, size)
	_, err := rand.Read(secret)
	return secret, err
}

func checkSecret(name string, secret []byte, size int) error {
	if len(secret) != size {
		return fmt.Errorf("secret %s: it has %d bytes, not %d", name, len(secret), size)
	}
	return nil
}
