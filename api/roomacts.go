package api

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
)

type actingOnRoom struct {
	Named
	Key  string `header:"Idempotency-Key" maxLength:"128" doc:"Any text of your choice: the same dial again under the same key calls nobody a second time within a day. Send one"`
	Body document[RoomAction]
}

func (a *administration) actOnRoom(ctx context.Context, in *actingOnRoom) (*struct{}, error) {
	room, err := a.room(in.Name)
	if err != nil {
		return nil, err
	}
	who, wish := callerOf(ctx), in.Body.Value
	if wish.Does == "dial" && wish.Target == "" {
		return nil, problem(http.StatusUnprocessableEntity, "nobody was called: %s", counted(1)).with([]Fault{{Location: "body.target", Message: "is missing", Remedy: "say who is to be called"}})
	}
	if wish.Payer != "" && a.Store.Users().Find(wish.Payer) == nil {
		return nil, problem(http.StatusUnprocessableEntity, "nobody was called: %s", counted(1)).with([]Fault{{Location: "body.payer", Message: wish.Payer + " is no user", Remedy: "name a user"}})
	}
	act := RoomAct{Room: room.ID, Does: wish.Does, Target: wish.Target, Payer: wish.Payer, Role: wish.Role}
	if wish.Does != "dial" && wish.Does != "dial-list" {
		err = a.Rooms.Do(act)
	} else {
		key, ok := keyOf(in.Key)
		if !ok {
			return nil, unplaced(Fault{Location: "header.Idempotency-Key", Message: "has other characters than letters, digits and marks", Remedy: "send a random one, such as a UUID"})
		}
		same := CallWish{User: room.ID, To: wish.Does + " " + wish.Target, Phone: wish.Role + " " + wish.Payer}
		_, _, err = a.keys.once(keyed{"room " + who.token, key}, same, a.Now(), func() (Call, error) { return Call{}, a.Rooms.Do(act) })
	}
	if err != nil {
		return nil, err
	}
	a.Logger.Info("room", "room", room.ID, "does", wish.Does, "token", who.token)
	return nil, nil
}

type actingOnParticipant struct {
	Named
	Number int `path:"number" minimum:"1" doc:"As the room says"`
	Body   document[ParticipantAction]
}

func (a *administration) actOnParticipant(ctx context.Context, in *actingOnParticipant) (*struct{}, error) {
	room, err := a.room(in.Name)
	if err != nil {
		return nil, err
	}
	if err := a.Rooms.Do(RoomAct{Room: room.ID, Participant: in.Number, Does: in.Body.Value.Does}); err != nil {
		return nil, err
	}
	a.Logger.Info("room", "room", room.ID, "participant", in.Number, "does", in.Body.Value.Does, "token", callerOf(ctx).token)
	return nil, nil
}

// watchRoom streams a room until it is no more (WHATWG HTML, server-sent events).
func (a *administration) watchRoom(ctx context.Context, in *Named) (*huma.StreamResponse, error) {
	room, err := a.room(in.Name)
	if err != nil {
		return nil, err
	}
	who := callerOf(ctx)
	if full := a.streams.open("room " + who.token); full != nil {
		return nil, full
	}
	return &huma.StreamResponse{Body: func(ctx huma.Context) {
		defer a.streams.close("room " + who.token)
		r, w := unwrapped(ctx)
		a.streamRoom(r, w, room.ID)
	}}, nil
}

func (a *administration) streamRoom(r *http.Request, w http.ResponseWriter, id string) {
	changed, stop := a.WatchRoom(id)
	defer stop()
	control := http.NewResponseController(w)
	_ = control.SetReadDeadline(time.Time{}) // a meeting lasts; where it can't be set, the stream ends early
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("X-Accel-Buffering", "no")
	write := func(text string) bool {
		_ = control.SetWriteDeadline(time.Now().Add(streamWrite))
		_, err := w.Write([]byte(text))
		return err == nil && control.Flush() == nil
	}
	alive, limit := time.NewTicker(streamAlive), time.NewTimer(CallStreamLasts)
	defer alive.Stop()
	defer limit.Stop()
	last := ""
	for number := 1; ; {
		room, err := a.room(id)
		who, good := a.caller(r.Header.Get("Authorization")) // a token can be taken back meanwhile
		if !good || who.user != "" {
			return
		}
		if err != nil {
			_ = write("event: deleted\ndata: {}\n\n")
			return
		}
		if text, err := json.Marshal(room); err != nil {
			return
		} else if string(text) != last {
			if last = string(text); !write(fmt.Sprintf("event: room\nid: %d\ndata: %s\n\n", number, text)) {
				return
			}
			number++
		}
		select {
		case <-r.Context().Done():
			return
		case <-limit.C:
			return
		case <-changed:
		case <-alive.C:
			if !write(": still there\n\n") {
				return
			}
		}
	}
}
