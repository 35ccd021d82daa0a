//go:build interop

package interop

import (
	"fmt"
	"io"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// linphone is a running linphonec 5.1: it plays a tone into its calls, also as its music on hold, and
// writes what it hears to a file, one call after another. The test drives it through its standard input.
//
// The commands, with ID as "assigned id" and the command calls show it (one counter for calls of both
// directions; it can be left out while there is one call):
//
//	call sip:USER@DOMAIN --audio-only   refused while another call is neither held nor ended
//	answer [ID], terminate [ID|all], pause, resume [ID]
//	redirect ID|all sip:…               302; a linphonec that called follows it
//	transfer [ID] sip:…                 REFER, no re-INVITE before it
//	transfer ID1 --to-call ID2          REFER in call 1 with Replaces of call 2, which may still ring
//	conference add ID, conference rm ID  mixes; the re-INVITE's Contact has isfocus
//
// As transferor it sends no hold before the REFER, names the other by its address of record and never by its
// GRUU (Refer-To: <sip:carol@DOMAIN?Replaces=…>), adds Referred-By (with the tag of From in a blind transfer), and
// says BYE at the NOTIFY of 200. After one of an error it keeps the call.
//
// As transferee it accepts with 202, holds the transferor (re-INVITE, sendonly; answered inactive when held
// itself), calls the target with Referred-By and Replaces, and sends NOTIFY of 100 and of the final response. Those
// have no Contact and no expires, and the last says "Subscription-State: terminated;reason=reason=noresource". It
// leaves the BYE to the transferor. When the target fails it resumes the first call.
//
// As target it answers an INVITE with Replaces of an established call by itself (180, then 200), from anybody who
// knows the identifiers, and says BYE in the call that is replaced. It ignores early-only, and rings where
// RFC 3891 §3 wants another answer: 481 when no dialog matches, or an early one that it did not start; 400 for two
// Replaces. It knows no Join, and an INVITE that requires one rings, too.
type linphone struct {
	*process
	user    string
	tone    int // Hz
	folder  string
	address netip.AddrPort // where it listens for SIP
	input   io.Writer
}

// linphoneConfig offers G.711 alone: what it records has the rate of the codec; codecs that are missing here
// would be on. It keeps linphonec from dropping its connections where the machine has no network but its own: it doesn't
// watch the network, and registers by command, once it listens.
const linphoneConfig = `[sip]
bind_address=127.0.0.1
sip_port=%[1]d
sip_tcp_port=%[1]d
sip_tls_port=0
use_ipv6=0
guess_hostname=0
contact=sip:%[2]s@127.0.0.1
default_proxy=0
auto_net_state_mon=0
register_only_when_network_is_up=0
[rtp]
audio_rtp_port=%[3]d
[proxy_0]
reg_proxy=<%[4]s>
reg_route=<%[4]s;lr>
reg_identity=sip:%[2]s@%[5]s
reg_expires=600
reg_sendregister=0
[auth_info_0]
username=%[2]s
passwd=%[6]s
realm=%[5]s
domain=%[5]s
[audio_codec_0]
mime=PCMU
rate=8000
enabled=1
[audio_codec_1]
mime=PCMA
rate=8000
enabled=1
[audio_codec_2]
mime=opus
rate=48000
enabled=0
[audio_codec_3]
mime=speex
rate=16000
enabled=0
[audio_codec_4]
mime=speex
rate=8000
enabled=0
[audio_codec_5]
mime=G729
rate=8000
enabled=0
`

// mediaOffset is from the SIP port of a linphonec to its RTP port.
const mediaOffset = 2

// startLinphone starts a linphonec of a user of the domain without waiting for its registration.
func (s *server) startLinphone(t testing.TB, a account) *linphone {
	t.Helper()
	l := &linphone{user: a.user, tone: a.tone, folder: t.TempDir(), address: freePort(t, loopback)}
	if a.transport == "" {
		a.transport = "udp"
	}
	config, tone := filepath.Join(l.folder, "config"), filepath.Join(l.folder, "tone.wav")
	registrar := over(a.transport, s.address)
	text := fmt.Sprintf(linphoneConfig, l.address.Port(), a.user, l.mediaPort(), registrar, domain, password(a.user))
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(l.folder, ".local/share/linphone"), 0o700); err != nil { // for its database
		t.Fatal(err)
	}
	writeTone(t, tone, a.tone)
	command := exec.Command("linphonec", "-c", config, "-d", "6", "-l", l.trace())
	command.Env = append(os.Environ(), "HOME="+l.folder, "XDG_CONFIG_HOME=", "XDG_DATA_HOME=", "LANG=C.UTF-8")
	input, err := command.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	l.input = input
	l.process = start(t, a.user, command)
	l.do(t, "soundcard use files")
	l.do(t, "play "+tone)
	l.do(t, "record "+l.recorded())
	l.do(t, fmt.Sprintf("register sip:%s@%s %s %s", a.user, domain, registrar, password(a.user)))
	return l
}

// registered waits until the server has accepted the phone's registration.
func (l *linphone) registered(t testing.TB) {
	t.Helper()
	within(t, startLimit, l.user+"'s phone registers", func() bool {
		if !l.running() {
			t.Fatalf("%s's phone ended at its start", l.user)
		}
		answer := l.newest(false, " REGISTER\n")
		return answer != nil && strings.HasPrefix(answer.text, "SIP/2.0 200")
	})
}

// do gives the phone a command.
func (l *linphone) do(t testing.TB, command string) {
	t.Helper()
	if _, err := fmt.Fprintln(l.input, command); err != nil {
		t.Fatalf("%s: %s: %v", l.user, command, err)
	}
}

func (l *linphone) trace() string     { return filepath.Join(l.folder, "trace") }
func (l *linphone) recorded() string  { return filepath.Join(l.folder, "heard.wav") }
func (l *linphone) mediaPort() uint16 { return l.address.Port() + mediaOffset }

// hears waits until the phone hears a tone, from now on.
func (l *linphone) hears(t testing.TB, reason string, frequency int) {
	t.Helper()
	from := len(readSamples(l.recorded()))
	within(t, toneLimit, fmt.Sprintf("%s: %s hears %d Hz", reason, l.user, frequency), func() bool {
		samples := readSamples(l.recorded())
		return from <= len(samples) && isTone(samples[from:], frequency)
	})
}

// traceEntry is what an entry of the trace begins with.
var traceEntry = regexp.MustCompile(`(?m)^\d{4}-\d\d-\d\d \d\d:`)

// exchanged is a message of a linphonec's trace.
type exchanged struct {
	sent bool
	text string // lines end with \n
}

// messages is what the phone sent and received so far.
func (l *linphone) messages() []exchanged {
	written, _ := os.ReadFile(l.trace()) // not there yet: nothing
	text := strings.ReplaceAll(strings.ToValidUTF8(string(written), "?"), "\r\n", "\n")
	var messages []exchanged
	for _, entry := range traceEntry.Split(text, -1) {
		head, body, _ := strings.Cut(entry, "\n")
		switch {
		case body == "":
		case strings.Contains(head, "]: message sent to ["):
			messages = append(messages, exchanged{true, body})
		case strings.Contains(head, "]: received [") && strings.Contains(head, " new bytes from ["):
			messages = append(messages, exchanged{false, body})
		}
	}
	return messages
}

// newest is the last message, sent or received, that holds the text; nil without one.
func (l *linphone) newest(sent bool, text string) *exchanged {
	messages := l.messages()
	for i := len(messages) - 1; i >= 0; i-- {
		if messages[i].sent == sent && strings.Contains(messages[i].text, text) {
			return &messages[i]
		}
	}
	return nil
}

// count is how many messages, sent or received, begin like this.
func (l *linphone) count(sent bool, beginning string) (count int) {
	for _, message := range l.messages() {
		if message.sent == sent && strings.HasPrefix(message.text, beginning) {
			count++
		}
	}
	return count
}
