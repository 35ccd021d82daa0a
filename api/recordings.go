package api

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"hookflash/store/recording"
)

// LinkLasts is how long a link to a recording is good; MaxLinkLasts is the longest that somebody may ask for.
const (
	LinkLasts    = 5 * time.Minute
	MaxLinkLasts = time.Hour
	soundLasts   = 10 * time.Minute // of sending a recording
)

// Recording is a recording of a call or a room.
type Recording struct {
	ID      string    `json:"id"`
	Owner   string    `json:"owner,omitempty" doc:"User who began it; absent: it is of a room, and administrators' alone"`
	Room    string    `json:"room,omitempty" doc:"Absent: it is of a call"`
	With    []string  `json:"with,omitempty" doc:"URIs of the others who were there when it began"`
	Began   time.Time `json:"began"`
	Seconds float64   `json:"seconds" doc:"How long it is, without pauses"`
	Octets  int64     `json:"octets" doc:"How large its file is"`
}

// RecordingLink is a URL by which a recording is heard without a token.
type RecordingLink struct {
	Path    string    `json:"path" doc:"With its query, from the root of this server"`
	Expires time.Time `json:"expires" doc:"It is no good from then on, nor when the server was restarted"`
}

func showRecording(r recording.Recording) Recording {
	return Recording{ID: r.ID, Owner: r.Owner, Room: r.Room, With: r.With, Began: r.Began, Seconds: r.Lasted.Seconds(), Octets: r.Octets}
}

func (a *administration) recordingOperations(described huma.API) {
	register(described, operation{"list-recordings", http.MethodGet, "/recordings", "List recordings, the latest first: a user's own, or for administrators all", callers, []int{422}}, a.listRecordings)
	register(described, operation{"get-recording", http.MethodGet, "/recordings/{id}", "Get what is known of a recording", callers, nil}, a.getRecording)
	register(described, operation{"hear-recording", http.MethodGet, "/recordings/{id}/audio", "Hear a recording, as WAV: with a token, or by a link", linked, nil}, a.hearRecording)
	register(described, operation{"link-recording", http.MethodPost, "/recordings/{id}/links", "Make a link by which whoever has it hears a recording for a while", callers, []int{422}}, a.linkRecording)
	register(described, operation{"delete-recording", http.MethodDelete, "/recordings/{id}", "Delete a recording", callers, nil}, a.deleteRecording)
}

type listRecordings struct {
	Limit  int    `query:"limit" minimum:"1" maximum:"1000" default:"100" doc:"How many at most"`
	Cursor string `query:"cursor" maxLength:"512" doc:"The next of the page before"`
	Owner  string `query:"owner" maxLength:"128" doc:"Only those of a user, for administrators"`
}

func (a *administration) listRecordings(ctx context.Context, in *listRecordings) (*paged[Recording], error) {
	who := callerOf(ctx)
	owner := cmp.Or(who.user, in.Owner)
	var list []recording.Recording
	if a.Recordings != nil {
		list = a.Recordings.List(owner, owner == "")
	}
	latest := func(r recording.Recording) string {
		return fmt.Sprintf("%020d %s", math.MaxInt64-r.Began.UnixNano(), r.ID)
	}
	return page(list, paging{Limit: in.Limit, Cursor: in.Cursor}, latest, showRecording)
}

// RecordingNamed is the path of a recording.
type RecordingNamed struct {
	ID string `path:"id" maxLength:"64" doc:"As the list says"`
}

// recording is one of whoever asks; those of others are not there for them.
func (a *administration) recording(ctx context.Context, id string) (r recording.Recording, err error) {
	who := callerOf(ctx)
	if a.Recordings != nil {
		if r, ok := a.Recordings.Find(id); ok && r.Whole && (who.user == "" || who.user == r.Owner) {
			return r, nil
		}
	}
	return r, problem(http.StatusNotFound, "you have no recording of that name")
}

type recordingAnswered struct{ Body Recording }

func (a *administration) getRecording(ctx context.Context, in *RecordingNamed) (*recordingAnswered, error) {
	r, err := a.recording(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return &recordingAnswered{showRecording(r)}, nil
}

type hearRecording struct {
	RecordingNamed
	Expires   int64  `query:"expires" doc:"Of a link"`
	Signature string `query:"signature" maxLength:"64" doc:"Of a link"`
}

func (a *administration) hearRecording(ctx context.Context, in *hearRecording) (*huma.StreamResponse, error) {
	r, err := a.recording(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	sound, err := a.Recordings.Open(r.ID)
	if err != nil {
		return nil, problem(http.StatusNotFound, "you have no recording of that name")
	}
	a.Logger.Info("recording heard", "id", r.ID, "owner", r.Owner, "token", callerOf(ctx).token)
	return &huma.StreamResponse{Body: func(ctx huma.Context) {
		defer sound.Close()
		request, w := unwrapped(ctx)
		_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(soundLasts)) // where it can't be set, the server's holds
		w.Header().Set("Content-Type", "audio/wav")
		w.Header().Set("Content-Disposition", `attachment; filename="`+r.ID+`.wav"`)
		request.Header.Del("If-None-Match") // nobody is to have a copy to compare with
		http.ServeContent(w, request, "", r.Began, sound)
	}}, nil
}

type linkRecording struct {
	RecordingNamed
	Body document[RecordingLinkWish]
}

// RecordingLinkWish is a link that is asked for.
type RecordingLinkWish struct {
	Seconds int `json:"seconds,omitempty" minimum:"1" maximum:"3600" doc:"How long it is good; 300 where nothing is said"`
}

type recordingLinked struct{ Body RecordingLink }

func (a *administration) linkRecording(ctx context.Context, in *linkRecording) (*recordingLinked, error) {
	r, err := a.recording(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	lasts := cmp.Or(time.Duration(in.Body.Value.Seconds)*time.Second, LinkLasts)
	if lasts < 0 || lasts > MaxLinkLasts {
		return nil, refused([]Fault{{Location: "body.seconds", Message: "is not between 1 and 3600", Remedy: "ask for a shorter time"}})
	}
	expires := a.Now().Add(lasts).Truncate(time.Second)
	path := fmt.Sprintf("%s/recordings/%s/audio?expires=%d&signature=%s", Prefix, r.ID, expires.Unix(), a.links.sign(r.ID, expires))
	a.Logger.Info("recording linked", "id", r.ID, "owner", r.Owner, "token", callerOf(ctx).token)
	return &recordingLinked{RecordingLink{Path: path, Expires: expires}}, nil
}

func (a *administration) deleteRecording(ctx context.Context, in *RecordingNamed) (*struct{}, error) {
	r, err := a.recording(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	if err := a.Recordings.Delete(r.ID); err != nil && !errors.Is(err, recording.ErrNone) {
		return nil, fmt.Errorf("deleting a recording: %w", err)
	}
	a.Logger.Info("recording deleted", "id", r.ID, "owner", r.Owner, "token", callerOf(ctx).token)
	return nil, nil
}
