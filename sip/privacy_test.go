package sip

import "testing"

func TestPrivacy(t *testing.T) {
	checkValues(t, ParsePrivacy, Privacy.Append, []valueRow[Privacy]{
		{"RFC 3325 §9.3", "id", PrivacyID, ""},
		{"RFC 3323 §4.2", "header;session;user;critical", PrivacyHeader | PrivacySession | PrivacyUser | PrivacyCritical, ""},
		{"without case, white space, commas", " ID ; History,user ", PrivacyID | PrivacyHistory | PrivacyUser, "user;id;history"},
		{"none", "none", PrivacyNone, ""},
		{"an extension beside a known one", "id;x", PrivacyID | PrivacyOther, "id"},
	}, map[string]string{"nothing": "", "an empty value": "id;;user", "ends in a semicolon": "id;", "RFC 3323 §4.2: none stands alone": "none;id", "no token": "i@d", "two words": "id user"})
}
