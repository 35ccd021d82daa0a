package sip

import "testing"

func TestReasonValue(t *testing.T) {
	checkValues(t, ParseReason, Cause.Append, []valueRow[Cause]{
		{"RFC 3326 §2", `SIP;cause=200;text="Call completed elsewhere"`, Cause{"SIP", 200, "Call completed elsewhere"}, ""},
		{"Q.850", `Q.850 ;cause=16 ;text="Terminated"`, Cause{"Q.850", 16, "Terminated"}, `Q.850;cause=16;text="Terminated"`},
		{"no cause", "preemption", Cause{"preemption", 0, ""}, ""},
		{"a text without quotes", "SIP;cause=600;text=Busy", Cause{"SIP", 600, "Busy"}, `SIP;cause=600;text="Busy"`},
		{"escapes", `SIP;text="a \"b\""`, Cause{"SIP", 0, `a "b"`}, ""},
	}, map[string]string{"nothing": "", "no protocol": ";cause=16", "cause no number": "SIP;cause=x", "cause too great": "SIP;cause=1000", "an open quote": `SIP;text="a`, "two values": "SIP,Q.850"})
}
