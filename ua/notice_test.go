package ua_test

import (
	"errors"
	"testing"
	"time"

	"hookflash/media/graph"
	"hookflash/sip"
	"hookflash/task"
	"hookflash/ua"
)

// TestNotice: a NOTIFY that nobody subscribed to, and whatever is answered.
func TestNotice(t *testing.T) {
	b := newBench(t).handle(ua.Handlers{})
	for _, status := range []string{"200 OK", "481 Subscription does not exist"} {
		code := 0
		b.do(func(a *ua.Agent) {
			n := ua.Notice{To: "sip:alice@example.test", Package: "message-summary", Type: "application/simple-message-summary", Body: "Messages-Waiting: no\r\n"}
			if err := a.Notify(n, func(r ua.Response) { code = r.Code }); err != nil {
				t.Fatal(err)
			}
		})
		m := b.next("it leaves at once", "NOTIFY")
		b.want("to whom", m.RequestURI(), "sip:alice@example.test")
		b.want("nothing follows it", m.Header(sip.HeaderSubscriptionState), "terminated;reason=noresource")
		b.want("the package", m.Header(sip.HeaderEvent), "message-summary")
		b.want("outside of dialogs", m.ToTag(), "")
		b.receive(b.far().response(m, status))
		b.want("what became of it", code, map[string]int{"200 OK": 200}[status]+map[string]int{"481 Subscription does not exist": 481}[status])
	}
	b.do(func(a *ua.Agent) {
		for _, n := range []ua.Notice{{To: "tel:+1", Package: "x"}, {To: "sip:a@b", Package: "x\r\nEvil: y"}} {
			if err := a.Notify(n, nil); !errors.Is(err, ua.ErrTarget) {
				t.Errorf("%+v: %v", n, err)
			}
		}
	})
	b.run(time.Minute)
	b.gone("nothing is left")
}

// TestRecordSilence: a far side that sends nothing any more ends the recording.
func TestRecordSilence(t *testing.T) {
	b := newBench(t).handle(ua.Handlers{})
	_, call := b.incoming()
	var done ua.Recorded
	result := b.task(func(t *task.Task) (err error) {
		done, err = call.Record(t, ua.Recording{Sink: "file:x"})
		return err
	})
	b.run(25 * time.Second)
	b.do(func(a *ua.Agent) { a.Heard(graph.Silent{Stream: call.Stream(), For: 20 * time.Second}) })
	b.do(func(a *ua.Agent) {
		for node := call.Stream(); node < call.Stream()+5; node++ {
			a.Heard(graph.Ended{Node: node})
		}
	})
	if *result != nil || done.Silent != 20*time.Second || done.Lasted != 25*time.Second {
		t.Errorf("ended by silence: %+v, %v", done, *result)
	}
}
