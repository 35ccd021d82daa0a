package server

import (
	"cmp"
	"errors"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"hookflash/api"
	"hookflash/config"
	"hookflash/pin"
	"hookflash/service/room"
	"hookflash/sip"
	"hookflash/ua"
)

// roomPatience is how long the agent may take to do something about a room.
const roomPatience = 5 * time.Second

// roomDesk is the rooms as the rest of the process sees them.
type roomDesk struct {
	server  *Server
	service *room.Service // belongs to agent
	agent   *agentShard
	names   sync.Map // of rooms, in lower case, for the proxies' aliases

	mutex    sync.Mutex
	watching map[string]map[chan struct{}]bool // by room
}

// installRooms makes an agent the conference rooms; at a reload it goes by what is new.
func (s *Server) installRooms(a *ua.Agent) error {
	if s.rooms.service != nil {
		s.rooms.service.Configure(s.roomSettings(s.current().config))
		s.rooms.rename()
		return nil
	}
	s.rooms.server, s.rooms.agent = s, s.agents[len(s.agents)-1]
	s.rooms.service = room.Install(a, s.roomSettings(s.current().config))
	s.rooms.rename()
	s.rooms.service.Follow(s.rooms.changed)
	return nil
}

// roomSettings are what a configuration says of rooms.
func (s *Server) roomSettings(c *config.Config) room.Settings {
	settings := room.Settings{
		Domain: c.Domain, Users: s.directory, Number: c.Rooms.Number, AdHoc: c.Rooms.AdHoc, Language: c.Media.Language, Music: s.musicOf(""),
		CheckPIN: pin.Check,
	}
	if c.Recording.Allow != config.RecordNone {
		settings.Sink = s.roomSink
	}
	if c.Rooms.Music != "" {
		settings.Music = c.Rooms.Music
	}
	for i := range c.Rooms.Named {
		r := &c.Rooms.Named[i]
		settings.Rooms = append(settings.Rooms, room.Room{
			Number: r.Number, Name: r.Name, Title: r.Title, PIN: r.PIN, ModeratorPIN: r.ModeratorPIN, Moderators: r.Moderators, Members: r.Members,
			Limit: r.Limit, Language: r.Language, Music: r.Music, Entry: room.Announcing(r.Entry), Exit: room.Announcing(r.Exit), Dial: r.Dial,
			Payer: r.Payer, MembersInvite: r.MembersInvite, Locked: r.Locked, Wait: r.Wait,
		})
	}
	return settings
}

// aliases are the addresses that numbers of parking places and rooms stand for; nil when there are none.
func (s *Server) aliases(c *config.Config) func(uri sip.URI) (text string, ok bool) {
	places := s.parkAlias(c)
	if _, home := s.agentFlows()[room.Name]; c.Rooms.Off || !home {
		return places
	}
	settings := room.Settings{Domain: c.Domain, Users: s.directory, Number: c.Rooms.Number, AdHoc: c.Rooms.AdHoc}
	for i := range c.Rooms.Named {
		r := &c.Rooms.Named[i]
		settings.Rooms = append(settings.Rooms, room.Room{Number: r.Number, Name: r.Name})
	}
	rooms := room.Alias(settings, func(name string) bool {
		_, known := s.rooms.names.Load(name)
		return known
	})
	return func(uri sip.URI) (string, bool) {
		if places != nil {
			if text, ok := places(uri); ok {
				return text, true
			}
		}
		return rooms(uri)
	}
}

// changed is told of rooms within steps of their agent.
func (d *roomDesk) changed(c room.Change) {
	switch c.Kind {
	case "made", "deleted", "changed":
		d.rename()
	case "recording-failed":
		d.server.logger.Warn("a room could not be recorded", "room", c.Room, "file", c.Text)
	}
	if c.Kind == "recorded" {
		d.server.roomRecorded(c.Text)
	}
	if c.Kind == "recording" || c.Kind == "recorded" {
		d.server.logger.Info("a room's recording", "room", c.Room, "what", c.Kind, "file", strings.TrimPrefix(c.Text, "file:"))
	}
	d.mutex.Lock()
	defer d.mutex.Unlock()
	for _, name := range []string{c.Room, ""} {
		for watcher := range d.watching[name] {
			select {
			case watcher <- struct{}{}:
			default: // it is told already
			}
		}
	}
}

// rename notes what the rooms are called that there are.
func (d *roomDesk) rename() {
	there := map[string]bool{}
	for _, standing := range d.service.Rooms() {
		for _, name := range []string{standing.Number, standing.Name} {
			if name != "" {
				there[strings.ToLower(name)] = true
				d.names.Store(strings.ToLower(name), true)
			}
		}
	}
	d.names.Range(func(name, _ any) bool {
		if !there[name.(string)] {
			d.names.Delete(name)
		}
		return true
	})
}

// Watch gives a value after each change of a room ("": of any), several of which may be one, until stop is called.
func (d *roomDesk) Watch(name string) (changed <-chan struct{}, stop func()) {
	watcher := make(chan struct{}, 1)
	d.mutex.Lock()
	defer d.mutex.Unlock()
	if d.watching == nil {
		d.watching = map[string]map[chan struct{}]bool{}
	}
	if d.watching[name] == nil {
		d.watching[name] = map[chan struct{}]bool{}
	}
	d.watching[name][watcher] = true
	return watcher, func() {
		d.mutex.Lock()
		defer d.mutex.Unlock()
		if delete(d.watching[name], watcher); len(d.watching[name]) == 0 {
			delete(d.watching, name)
		}
	}
}

// step does something about the rooms, as a step of their agent, and waits for it.
func (d *roomDesk) step(do func(s *room.Service) error) error {
	done := make(chan error, 1)
	d.server.within(d.agent, func() { done <- do(d.service) })
	timer := time.NewTimer(roomPatience)
	defer timer.Stop()
	select {
	case err := <-done:
		return roomProblem(err)
	case <-timer.C:
		return api.NotNow(http.StatusServiceUnavailable, "the rooms take too long; see whether it was done", time.Second)
	}
}

// roomProblem is what the API answers.
func roomProblem(err error) error {
	var status *sip.StatusError
	if !errors.As(err, &status) {
		return err
	}
	switch status.Code {
	case 404:
		return api.RoomProblem(http.StatusNotFound, "there is no such room or participant")
	case 409:
		return api.RoomProblem(http.StatusConflict, "it can't be done as things stand: the number or name is taken, the file has the room, or nobody is in it")
	case 486:
		return api.RoomProblem(http.StatusConflict, "the room is full, or there are too many")
	case 503:
		return api.RoomProblem(http.StatusServiceUnavailable, "this server can't do it now")
	}
	return api.RoomProblem(http.StatusUnprocessableEntity, "it can't be done: %d %s", status.Code, cmp.Or(status.Reason, sip.Reason(status.Code)))
}

// roomReading is the collector of rooms. It belongs to the registry.
type roomReading struct {
	server                                  *Server
	rooms, participants, watchers, recorded *prometheus.Desc
}

func newRoomReading(s *Server) *roomReading {
	describe := func(name, help string) *prometheus.Desc {
		return prometheus.NewDesc("hookflash_rooms"+name, help, nil, nil)
	}
	return &roomReading{
		server: s, rooms: describe("", "Conference rooms."), participants: describe("_participants", "Participants of rooms, those who are being called included."),
		watchers: describe("_subscriptions", "Subscriptions to rooms."), recorded: describe("_recordings", "Rooms that are recorded."),
	}
}

// Describe implements prometheus.Collector.
func (r *roomReading) Describe(descriptions chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{r.rooms, r.participants, r.watchers, r.recorded} {
		descriptions <- d
	}
}

// Collect implements prometheus.Collector.
func (r *roomReading) Collect(samples chan<- prometheus.Metric) {
	var load room.Load
	if a := r.server.rooms.agent; a != nil {
		a.mutex.Lock()
		load = r.server.rooms.service.Load()
		a.mutex.Unlock()
	}
	for d, value := range map[*prometheus.Desc]int{r.rooms: load.Rooms, r.participants: load.Participants, r.watchers: load.Subscriptions, r.recorded: load.Recordings} {
		samples <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, float64(value))
	}
}
