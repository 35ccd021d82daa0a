package api

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"
)

// links are signed, so that nobody makes one up. Their key is the process's own.
type links struct{ key [sha256.Size]byte }

func newLinks() (l links) {
	rand.Read(l.key[:]) // never fails
	return l
}

// sign is the signature of a link to a recording that is good until then.
func (l *links) sign(id string, expires time.Time) string {
	mac := hmac.New(sha256.New, l.key[:])
	fmt.Fprintf(mac, "%d %s", expires.Unix(), id)
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// admits tells whether a request comes by a link of ours that is still good.
func (l *links) admits(ctx huma.Context, now time.Time) bool {
	signature, expires := ctx.Query("signature"), ctx.Query("expires")
	seconds, err := strconv.ParseInt(expires, 10, 64)
	if signature == "" || err != nil || !now.Before(time.Unix(seconds, 0)) {
		return false
	}
	return hmac.Equal([]byte(signature), []byte(l.sign(ctx.Param("id"), time.Unix(seconds, 0))))
}
