package server

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path"
	"strings"
	"time"

	"hookflash/config"
	"hookflash/service/assist"
	"hookflash/store/mailbox"
	"hookflash/store/recording"
)

// recordingFolder is where recordings of calls are, in the data folder; takenFolder is where the media side writes them, below
// its own folder there.
const (
	recordingFolder = "recordings"
	takenFolder     = "recording"
)

// openRecordings opens what was recorded of calls and rooms.
func (s *Server) openRecordings(c *config.Config) (err error) {
	if s.dataFolder, err = os.OpenRoot(c.Data); err != nil {
		return fmt.Errorf("opening the folder of recordings: %w", err)
	}
	s.taken, err = recording.Open(recording.Settings{
		Root: s.dataFolder, Incoming: voicemailFolder + "/" + takenFolder, Kept: recordingFolder,
		Most: c.Recording.Most, Octets: int64(c.Recording.Size) << 20, Free: mailbox.In(s.dataFolder).Free,
	})
	return err
}

// recorder records calls for their users.
func (s *Server) recorder() *assist.Recorder {
	return &assist.Recorder{
		Recordings: tapes{s}, Allowed: func(string) bool { return s.current().config.Recording.Allow == config.RecordUsers },
		Trouble: func(owner string, err error) {
			if s.mayWarn(time.Now()) {
				s.logger.Warn("a call could not be recorded", "owner", owner, "error", err)
			}
		},
	}
}

// tapes keeps what is recorded of calls.
type tapes struct{ server *Server }

func (c tapes) Begin(r assist.Taking) (id, sink string, err error) {
	id, name, err := c.server.taken.Begin(recording.Recording{Owner: r.Owner, With: r.With, Began: r.At})
	if err != nil {
		return "", "", err
	}
	return id, "file:" + strings.TrimPrefix(name, voicemailFolder+"/"), nil
}

func (c tapes) Keep(id string, _ time.Duration) error { return c.server.taken.Keep(id) }
func (c tapes) Drop(id string) error                  { return c.server.taken.Drop(id) }

// roomSink is where the recording of a room goes, "" for nowhere. It belongs to administrators.
func (s *Server) roomSink(room string, at time.Time) string {
	_, name, err := s.taken.Begin(recording.Recording{Room: room, Began: at})
	if err != nil {
		s.logger.Warn("a room could not be recorded", "room", room, "error", err)
		return ""
	}
	return "file:" + strings.TrimPrefix(name, voicemailFolder+"/")
}

// roomRecorded keeps the recording of a room that is over, as far as it came.
func (s *Server) roomRecorded(sink string) {
	id := strings.TrimSuffix(path.Base(sink), ".wav")
	s.running.Go(func() {
		if err := s.taken.Keep(id); err != nil {
			s.logger.Warn("the recording of a room is lost", "error", errors.Join(err, s.taken.Drop(id)))
		}
	})
}

// expireRecordings removes recordings that are older than they are kept.
func (s *Server) expireRecordings(ctx context.Context) {
	each := time.NewTicker(expireEvery)
	defer each.Stop()
	for {
		gone, err := s.taken.Expire(time.Now(), s.current().config.Recording.Keep)
		if err != nil {
			s.logger.Warn("removing old recordings failed", "error", err)
		}
		if gone > 0 {
			s.logger.Info("old recordings removed", "count", gone)
		}
		select {
		case <-ctx.Done():
			return
		case <-each.C:
		}
	}
}
