package server

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"hookflash/guard"
	"hookflash/guard/guess"
	"hookflash/proxy"
	"hookflash/store"
	"hookflash/transport"
	"hookflash/transport/resolve"
)

// metrics is what the server counts about itself. Everything the machines, the store,
// the guard and the sockets count already is read from them when somebody asks.
type metrics struct {
	registry     *prometheus.Registry
	malformed    prometheus.Counter
	unkept       prometheus.Counter
	slowSteps    prometheus.Counter
	jobsRefused  prometheus.Counter
	messagesLeft prometheus.Counter
	lostRecords  prometheus.Counter
}

// newMetrics registers everything on a registry of its own, so that two servers in one
// process do not meet.
func newMetrics(s *Server) *metrics {
	counter := func(name, help string) prometheus.Counter {
		return prometheus.NewCounter(prometheus.CounterOpts{Namespace: "hookflash", Name: name, Help: help})
	}
	m := &metrics{
		registry:     prometheus.NewRegistry(),
		malformed:    counter("messages_malformed_total", "Messages that could not be parsed."),
		unkept:       counter("commits_failed_total", "Receive batches whose registrations could not be kept; the phones were told to try again."),
		slowSteps:    counter("slow_batches_total", "Receive batches that took longer than 20 ms."),
		jobsRefused:  counter("jobs_refused_total", "Jobs (DNS, disk) refused because too many were waiting."),
		lostRecords:  counter("lamp_records_lost_total", "Changes of calls that an agent was not told in time; it asks again."),
		messagesLeft: counter("voicemail_messages_total", "Voice messages that were left and kept."),
	}
	m.registry.MustRegister(
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		m.malformed, m.unkept, m.slowSteps, m.jobsRefused, m.messagesLeft, m.lostRecords, newReading(s), newLampReading(s), newParkReading(s), newRoomReading(s),
	)
	return m
}

// snapshot is one reading of everything that is counted elsewhere.
type snapshot struct {
	proxy                           proxy.Counts
	servers, clients, spent, dialog int
	registered                      int
	guesses                         guess.Counts
	log                             store.LogStatistics
	udp                             transport.UDPCounts // of all sockets
	streams                         transport.StreamCounts
	lookups                         resolve.Counts
	waiting                         int // lookups
	traces                          int
	untraced                        uint64
	ports                           int    // of the agents' media, bound
	streaming                       int    // of these in use
	clicks, clicked                 uint64 // calls by click, and those in which both talked
	clicking                        int    // calls by click that are not over
	ready                           bool
}

// figure is one metric without labels and where it stands in a snapshot.
type figure struct {
	name, help string
	kind       prometheus.ValueType
	read       func(*snapshot) float64
}

const (
	total = prometheus.CounterValue
	level = prometheus.GaugeValue
)

// figures is every metric that is read on demand, but for the guard's.
var figures = []figure{
	{"calls_total", "INVITEs that began a call and were placed.", total, func(s *snapshot) float64 { return float64(s.proxy.Calls) }},
	{"calls_answered_total", "Calls answered by a 2xx.", total, func(s *snapshot) float64 { return float64(s.proxy.Answered) }},
	{"calls_ended_total", "Calls ended by a BYE.", total, func(s *snapshot) float64 { return float64(s.proxy.Ended) }},
	{"calls_up", "Calls in the dialog table.", level, func(s *snapshot) float64 { return float64(s.dialog) }},
	{"requests_forwarded_total", "Requests forwarded, branches counted one by one.", total, func(s *snapshot) float64 { return float64(s.proxy.Forwarded) }},
	{"requests_rejected_total", "Requests rejected by the proxy.", total, func(s *snapshot) float64 { return float64(s.proxy.Rejected) }},
	{"requests_challenged_total", "Requests answered by a demand for credentials.", total, func(s *snapshot) float64 { return float64(s.proxy.Challenged) }},
	{"credentials_accepted_total", "Digest responses that were right.", total, func(s *snapshot) float64 { return float64(s.guesses.Succeeded) }},
	{"credentials_wrong_total", "Digest responses that were evaluated and wrong.", total, func(s *snapshot) float64 { return float64(s.guesses.Failed) }},
	{"credentials_withheld_total", "Digest responses not evaluated, because too many were wrong before.", total, func(s *snapshot) float64 { return float64(s.guesses.Withheld()) }},
	{"responses_stray_total", "Responses that belong to no pending request.", total, func(s *snapshot) float64 { return float64(s.proxy.StrayResponse) }},
	{"messages_total", "MESSAGEs that were let through.", total, func(s *snapshot) float64 { return float64(s.proxy.Messages) }},
	{"messages_refused_total", "MESSAGEs refused for their size, the rate of their sender, or how many wait for their recipient.", total, func(s *snapshot) float64 { return float64(s.proxy.MessagesRefused) }},
	{"subscribes_refused_total", "SUBSCRIBEs refused for the rate of their sender.", total, func(s *snapshot) float64 { return float64(s.proxy.SubscribesRefused) }},
	{"transactions_server", "Server transactions that wait.", level, func(s *snapshot) float64 { return float64(s.servers) }},
	{"transactions_client", "Client transactions that wait.", level, func(s *snapshot) float64 { return float64(s.clients) }},
	{"transactions_spent", "Completed transactions that only absorb retransmissions.", level, func(s *snapshot) float64 { return float64(s.spent) }},
	{"registered", "Addresses of record with at least one registration.", level, func(s *snapshot) float64 { return float64(s.registered) }},
	{"log_writes_total", "Writes to the log of registrations.", total, func(s *snapshot) float64 { return float64(s.log.Writes) }},
	{"log_write_failures_total", "Writes to the log of registrations that failed.", total, func(s *snapshot) float64 { return float64(s.log.Failures) }},
	{"log_rotations_total", "Times the log of registrations was rewritten.", total, func(s *snapshot) float64 { return float64(s.log.Rotations) }},
	{"log_bytes", "Size of the log of registrations on disk.", level, func(s *snapshot) float64 { return float64(s.log.Bytes) }},
	{"udp_received_total", "Datagrams received.", total, func(s *snapshot) float64 { return float64(s.udp.Received) }},
	{"udp_receive_errors_total", "Failures to receive on a UDP socket.", total, func(s *snapshot) float64 { return float64(s.udp.ReceiveErrors) }},
	{"udp_sent_total", "Datagrams that the kernel took.", total, func(s *snapshot) float64 { return float64(s.udp.Sent) }},
	{"udp_send_failures_total", "Datagrams that the kernel did not take.", total, func(s *snapshot) float64 { return float64(s.udp.Failed) }},
	{"streams_open", "Connections that are open.", level, func(s *snapshot) float64 { return float64(s.streams.Open) }},
	{"streams_accepted_total", "Connections accepted.", total, func(s *snapshot) float64 { return float64(s.streams.Accepted) }},
	{"streams_refused_total", "Connections refused because of a limit.", total, func(s *snapshot) float64 { return float64(s.streams.Refused) }},
	{"streams_shed_total", "Connections closed to make room for others.", total, func(s *snapshot) float64 { return float64(s.streams.Shed) }},
	{"streams_handshakes_failed_total", "Connections on which no TLS or WebSocket came about.", total, func(s *snapshot) float64 { return float64(s.streams.Unlayered) }},
	{"streams_dialled_total", "Connections opened to a peer.", total, func(s *snapshot) float64 { return float64(s.streams.Dialled) }},
	{"streams_dial_failures_total", "Connections that could not be opened.", total, func(s *snapshot) float64 { return float64(s.streams.DialFailed) }},
	{"streams_messages_total", "Messages received on connections.", total, func(s *snapshot) float64 { return float64(s.streams.Messages) }},
	{"lookups_total", "Names of next hops looked up.", total, func(s *snapshot) float64 { return float64(s.lookups.Resolutions) }},
	{"lookups_nowhere_total", "Names that lead nowhere.", total, func(s *snapshot) float64 { return float64(s.lookups.Nowhere) }},
	{"lookups_unanswered_total", "Names that no name server told anything about in time.", total, func(s *snapshot) float64 { return float64(s.lookups.Unanswered) }},
	{"lookups_waiting", "Names that requests wait for.", level, func(s *snapshot) float64 { return float64(s.waiting) }},
	{"lookup_questions_total", "DNS answers needed.", total, func(s *snapshot) float64 { return float64(s.lookups.Questions) }},
	{"lookup_cache_hits_total", "DNS answers that were known.", total, func(s *snapshot) float64 { return float64(s.lookups.Hits) }},
	{"lookup_stale_total", "DNS answers that served beyond their time because no name server answered.", total, func(s *snapshot) float64 { return float64(s.lookups.Stale) }},
	{"lookup_queries_total", "Messages sent to name servers.", total, func(s *snapshot) float64 { return float64(s.lookups.Queries) }},
	{"lookup_strays_total", "Datagrams from name servers that answered no question.", total, func(s *snapshot) float64 { return float64(s.lookups.Strays) }},
	{"clicks_total", "Calls that phones were asked for over the API.", total, func(s *snapshot) float64 { return float64(s.clicks) }},
	{"clicks_completed_total", "Of these, those in which both talked.", total, func(s *snapshot) float64 { return float64(s.clicked) }},
	{"clicks_up", "Of these, those that are not over.", level, func(s *snapshot) float64 { return float64(s.clicking) }},
	{"traces", "Clients that watch /trace.", level, func(s *snapshot) float64 { return float64(s.traces) }},
	{"trace_dropped_total", "Messages not shown to a client of /trace that reads too slowly.", total, func(s *snapshot) float64 { return float64(s.untraced) }},
	{"media_ports_bound", "Pairs of RTP and RTCP ports that the server's agents have.", level, func(s *snapshot) float64 { return float64(s.ports) }},
	{"media_ports_used", "Of these, pairs that a call uses.", level, func(s *snapshot) float64 { return float64(s.streaming) }},
	{"ready", "1 while new calls are taken.", level, func(s *snapshot) float64 { return map[bool]float64{true: 1}[s.ready] }},
}

// reading is the collector of figures. It belongs to the registry.
type reading struct {
	server   *Server
	figures  []*prometheus.Desc
	verdicts *prometheus.Desc
	agents   *prometheus.Desc
	trunks   trunkReading
}

func newReading(s *Server) *reading {
	r := &reading{server: s}
	for _, f := range figures {
		r.figures = append(r.figures, prometheus.NewDesc("hookflash_"+f.name, f.help, nil, nil))
	}
	r.verdicts = prometheus.NewDesc("hookflash_datagrams_total", "Datagrams by what the guard decided before anything was parsed.", []string{"verdict"}, nil)
	r.agents = prometheus.NewDesc("hookflash_agent_calls", "Calls of an agent of the server.", []string{"agent"}, nil)
	r.trunks = newTrunkReading()
	return r
}

// Describe names every metric.
func (r *reading) Describe(descriptions chan<- *prometheus.Desc) {
	for _, description := range r.figures {
		descriptions <- description
	}
	descriptions <- r.verdicts
	descriptions <- r.agents
	r.trunks.describe(descriptions)
}

// Collect reads every metric.
func (r *reading) Collect(samples chan<- prometheus.Metric) {
	now := r.server.snapshot()
	for i, description := range r.figures {
		samples <- prometheus.MustNewConstMetric(description, figures[i].kind, figures[i].read(&now))
	}
	for verdict, count := range r.server.guard.Counts() {
		samples <- prometheus.MustNewConstMetric(r.verdicts, total, float64(count), guard.Verdict(verdict).String())
	}
	for _, a := range r.server.agents {
		if a.agent != nil && a.registration == nil {
			calls, _, _ := a.counts()
			samples <- prometheus.MustNewConstMetric(r.agents, level, float64(calls), a.name)
		}
	}
	r.trunks.collect(r.server, samples)
}

// snapshot reads what is counted elsewhere; each shard is locked for a moment.
func (s *Server) snapshot() (now snapshot) {
	for _, shard := range s.calls {
		shard.mutex.Lock()
		counts := shard.machine.Counts()
		servers, clients, spent, dialogs := shard.machine.Pending()
		now.waiting += shard.machine.Lookups()
		shard.mutex.Unlock()
		now.proxy.Calls += counts.Calls
		now.proxy.Answered += counts.Answered
		now.proxy.Ended += counts.Ended
		now.proxy.Rejected += counts.Rejected
		now.proxy.Challenged += counts.Challenged
		now.proxy.Forwarded += counts.Forwarded
		now.proxy.StrayResponse += counts.StrayResponse
		now.proxy.Messages += counts.Messages
		now.proxy.MessagesRefused += counts.MessagesRefused
		now.proxy.SubscribesRefused += counts.SubscribesRefused
		now.servers += servers
		now.clients += clients
		now.spent += spent
		now.dialog += dialogs
	}
	for _, shard := range s.users {
		shard.mutex.Lock()
		now.guesses.Add(shard.identifier.Guesses())
		shard.mutex.Unlock()
	}
	for i := range s.sockets {
		if s.sockets[i].udp == nil {
			continue
		}
		counts := s.sockets[i].udp.Counts()
		now.udp.Received += counts.Received
		now.udp.ReceiveErrors += counts.ReceiveErrors
		now.udp.Sent += counts.Sent
		now.udp.Failed += counts.Failed
	}
	for _, a := range s.agents {
		_, free, used := a.counts()
		now.ports += free + used
		now.streaming += used
	}
	now.clicks, now.clicked, now.clicking = s.clicks.figures()
	now.streams = s.streams.Counts()
	now.lookups = s.resolver.Counts()
	now.registered = s.bindings.Count()
	now.log = s.bindings.LogStatistics()
	now.traces = s.taps.count()
	now.untraced = s.taps.dropped.Load()
	now.ready = s.unready() == ""
	return now
}
