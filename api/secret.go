package api

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"hookflash/store"
)

// secretSize is the bytes of a token's secret, from crypto/rand.
const secretSize = 32

// newToken makes a secret for a token: what is shown once, and what is kept.
func newToken(name string) (token, hash string) {
	var random [secretSize]byte
	rand.Read(random[:]) // never fails
	secret := base64.RawURLEncoding.EncodeToString(random[:])
	return name + "." + secret, hashOf(secret)
}

func hashOf(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

// holds compares a secret with what is kept of one, in a time that tells nothing.
func holds(hash, secret string) bool {
	return subtle.ConstantTimeCompare([]byte(hash), []byte(hashOf(secret))) == 1
}

// cutToken divides a token into its name and its secret. A secret has no full stop, a name may.
func cutToken(token string) (name, secret string, ok bool) {
	at := strings.LastIndexByte(token, '.')
	if at < 0 {
		return "", "", false
	}
	return token[:at], token[at+1:], true
}

// Bootstrap makes a token for an administrator when there is none that holds, and writes it to a
// file for the server's user alone. To get a new one in place of one that was lost, empty the file.
func Bootstrap(ctx context.Context, tokens store.Entries[store.Token], path string) error {
	if !emptied(path) && administered(tokens, time.Now()) {
		return nil
	}
	name, revision := freeName(tokens)
	token, hash := newToken(name)
	// The file first: a token whose secret nobody was told would be no use, and stop a new one.
	if err := writeSecret(path, token+"\n"); err != nil {
		return fmt.Errorf("keeping the administrator's token: %w", err)
	}
	entry := store.Entry[store.Token]{Value: store.Token{Name: name, Hash: hash}, Source: store.FromInterface, Revision: revision}
	if _, err := tokens.Put(ctx, name, entry); err != nil {
		return fmt.Errorf("making the administrator's token: %w", err)
	}
	return nil
}

func administered(tokens store.Entries[store.Token], now time.Time) bool {
	for _, entry := range tokens.All() {
		if entry.Value.User == "" && !expired(entry.Value, now) {
			return true
		}
	}
	return false
}

// freeName is "admin", or what is like it and no user's.
func freeName(tokens store.Entries[store.Token]) (name string, revision uint64) {
	name = "admin"
	for i := 2; ; i++ {
		entry := tokens.Find(name)
		switch {
		case entry == nil:
			return name, 0
		case entry.Value.User == "":
			return name, entry.Revision
		}
		name = "admin-" + strconv.Itoa(i)
	}
}

// emptied tells whether somebody emptied the file.
func emptied(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular() && info.Size() == 0
}

// writeSecret replaces a file whole, readable by nobody else at any time.
func writeSecret(path, text string) error {
	temporary := path + ".new"
	if err := os.Remove(temporary); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	file, err := os.OpenFile(temporary, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, failed := file.WriteString(text)
	if err := errors.Join(failed, file.Sync(), file.Close()); err != nil {
		return err
	}
	if err := os.Rename(temporary, path); err != nil {
		return err
	}
	folder, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}
