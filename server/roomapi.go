package server

import (
	"net/http"
	"time"

	"hookflash/api"
	"hookflash/pin"
	"hookflash/service/room"
)

// All implements api.Rooms.
func (d *roomDesk) All() []api.Room {
	d.agent.mutex.Lock()
	defer d.agent.mutex.Unlock()
	all := d.service.Rooms()
	shown := make([]api.Room, len(all))
	for i := range all {
		shown[i] = showRoom(&all[i])
	}
	return shown
}

func showRoom(st *room.Standing) api.Room {
	shown := api.Room{
		ID: st.ID, Number: st.Number, Name: st.Name, Title: st.Title, HasPIN: st.PIN != "", HasModeratorPIN: st.ModeratorPIN != "",
		Moderators: st.Moderators, Members: st.Members, Limit: st.Limit, Language: st.Language, Music: st.Music, Entry: string(st.Entry), Exit: string(st.Exit),
		Dial: st.Dial, Payer: st.Payer, MembersInvite: st.MembersInvite, Wait: st.Wait, Locked: st.Locked, URI: st.URI, Source: st.Origin, Owner: st.Owner,
		Recording: st.Recording, Paused: st.Paused, Revision: st.Revision, Participants: []api.RoomParticipant{},
	}
	for _, p := range st.Participants {
		shown.Participants = append(shown.Participants, api.RoomParticipant{
			Number: p.Number, URI: p.URI, Name: p.Name, Role: string(p.Role), Status: p.Status, Muted: p.Muted || p.Stopped, Since: p.Since, By: p.By,
			Dialled: p.Dialled,
		})
	}
	return shown
}

// Keep implements api.Rooms.
func (d *roomDesk) Keep(wanted api.Room, change api.RoomChange) error {
	r := room.Room{
		Number: wanted.Number, Name: wanted.Name, Title: wanted.Title, Moderators: wanted.Moderators, Members: wanted.Members, Limit: wanted.Limit,
		Language: wanted.Language, Music: wanted.Music, Entry: room.Announcing(wanted.Entry), Exit: room.Announcing(wanted.Exit), Dial: wanted.Dial,
		Payer: wanted.Payer, MembersInvite: wanted.MembersInvite, Wait: wanted.Wait, Locked: wanted.Locked,
	}
	hashes := [2]*string{}
	for i, digits := range []*string{wanted.PIN, wanted.ModeratorPIN} {
		if digits == nil {
			continue
		}
		hash := ""
		if *digits != "" {
			hash = pin.Hash(*digits)
		}
		hashes[i] = &hash
	}
	return d.kept(func(s *room.Service) error {
		before, there := s.Find(change.Name)
		if there && !change.New {
			r.PIN, r.ModeratorPIN = before.PIN, before.ModeratorPIN
		}
		if hashes[0] != nil {
			r.PIN = *hashes[0]
		}
		if hashes[1] != nil {
			r.ModeratorPIN = *hashes[1]
		}
		if change.New {
			return s.Make(r)
		}
		if there && before.Revision != change.Revision {
			return api.RoomProblem(412, "it was changed meanwhile; get it again, and repeat the change with its new ETag")
		}
		return s.Change(change.Name, r)
	})
}

// kept is step, and tells when what was done is not kept: the next process would not know of it.
func (d *roomDesk) kept(do func(s *room.Service) error) error {
	if err := d.step(do); err != nil {
		return err
	}
	if !d.server.kept(d.agent) {
		return api.NotNow(http.StatusServiceUnavailable, "it is so now, but the disk takes nothing: that is tried again, and lost at a restart before", time.Second)
	}
	return nil
}

// Delete implements api.Rooms.
func (d *roomDesk) Delete(name string) error {
	return d.kept(func(s *room.Service) error { return s.Delete(name) })
}

// Do implements api.Rooms.
func (d *roomDesk) Do(act api.RoomAct) error {
	return d.step(func(s *room.Service) error {
		return s.Do(room.Act{Room: act.Room, Participant: act.Participant, Does: act.Does, Target: act.Target, Payer: act.Payer, Role: room.Role(act.Role)})
	})
}
