package sip

import "testing"

func TestDialogID(t *testing.T) {
	bad := map[string]string{
		"nothing": "", "no tags": "a@b", "one tag": "a@b;to-tag=1", "the other tag": "a@b;from-tag=1", "a tag twice": "a@b;to-tag=1;to-tag=2;from-tag=3", "an empty tag": "a@b;to-tag=;from-tag=1",
		"a tag without a value": "a@b;to-tag;from-tag=1", "a quoted tag": `a@b;to-tag="1 2";from-tag=1`, "no Call-ID": ";to-tag=1;from-tag=2", "two @": "a@b@c;to-tag=1;from-tag=2", "text behind it": "a@b;to-tag=1;from-tag=2 x", "two values": "a@b;to-tag=1;from-tag=2,c",
	}
	checkValues(t, ParseReplaces, DialogID.AppendReplaces, []valueRow[DialogID]{
		{"RFC 3891 §6.1", "98732@sip.example.com;from-tag=r33th4x0r;to-tag=ff87ff", DialogID{"98732@sip.example.com", "ff87ff", "r33th4x0r", false}, "98732@sip.example.com;to-tag=ff87ff;from-tag=r33th4x0r"},
		{"RFC 3891 §6.1: early-only", "12adf2f34456gs5;to-tag=12345;from-tag=54321;early-only", DialogID{"12adf2f34456gs5", "12345", "54321", true}, ""},
		{"RFC 3891 §6.1: a tag of zero is the missing one of RFC 2543", "87134@171.161.34.23;to-tag=24796;from-tag=0", DialogID{"87134@171.161.34.23", "24796", "0", false}, ""},
		{"white space", "a@b ; to-tag = 1 ; from-tag = 2", DialogID{"a@b", "1", "2", false}, "a@b;to-tag=1;from-tag=2"},
	}, bad)
	checkValues(t, ParseJoin, DialogID.AppendReplaces, []valueRow[DialogID]{
		{"RFC 3911 §7.1", "12345600@atlanta.example.com;from-tag=1234567;to-tag=23431", DialogID{"12345600@atlanta.example.com", "23431", "1234567", false}, "12345600@atlanta.example.com;to-tag=23431;from-tag=1234567"},
	}, bad)
	checkValues(t, ParseTargetDialog, DialogID.AppendTargetDialog, []valueRow[DialogID]{
		{"RFC 4538 §7", "fa77as7dad8-sd98ajzz@host.example.com;local-tag=kkaz-;remote-tag=6544", DialogID{"fa77as7dad8-sd98ajzz@host.example.com", "kkaz-", "6544", false}, ""},
	}, map[string]string{"the tags of Replaces": "a@b;to-tag=1;from-tag=2", "no tags": "a@b"})
}
