package sip

// Header names a header field whose name is known here; UnknownHeader is any other, kept byte
// for byte under the name it came with.
type Header uint8

// The header fields of RFC 3261 §20 and of the extensions that hookflash reads.
const (
	UnknownHeader Header = iota
	HeaderAccept
	HeaderAcceptContact
	HeaderAcceptEncoding
	HeaderAcceptLanguage
	HeaderAlertInfo
	HeaderAllow
	HeaderAllowEvents
	HeaderAuthenticationInfo
	HeaderAuthorization
	HeaderCallID
	HeaderCallInfo
	HeaderContact
	HeaderContentDisposition
	HeaderContentEncoding
	HeaderContentLanguage
	HeaderContentLength
	HeaderContentType
	HeaderCSeq
	HeaderDate
	HeaderDiversion
	HeaderErrorInfo
	HeaderEvent
	HeaderExpires
	HeaderFlowTimer
	HeaderFrom
	HeaderHistoryInfo
	HeaderIdentity
	HeaderInReplyTo
	HeaderJoin
	HeaderMaxBreadth
	HeaderMaxForwards
	HeaderMinExpires
	HeaderMinSE
	HeaderMIMEVersion
	HeaderOrganization
	HeaderPAssertedIdentity
	HeaderPPreferredIdentity
	HeaderPath
	HeaderPriority
	HeaderPrivacy
	HeaderProxyAuthenticate
	HeaderProxyAuthorization
	HeaderProxyRequire
	HeaderRAck
	HeaderReason
	HeaderRecordRoute
	HeaderReferSub
	HeaderReferTo
	HeaderReferredBy
	HeaderRejectContact
	HeaderRemotePartyID
	HeaderReplaces
	HeaderReplyTo
	HeaderRequestDisposition
	HeaderRequire
	HeaderRetryAfter
	HeaderRoute
	HeaderRSeq
	HeaderServer
	HeaderServiceRoute
	HeaderSessionExpires
	HeaderSIPETag
	HeaderSIPIfMatch
	HeaderSubject
	HeaderSubscriptionState
	HeaderSupported
	HeaderTargetDialog
	HeaderTimestamp
	HeaderTo
	HeaderUnsupported
	HeaderUserAgent
	HeaderUserToUser
	HeaderVia
	HeaderWarning
	HeaderWWWAuthenticate
	headerCount
)

type headerTraits struct {
	name    string // as printed
	compact byte   // compact form, 0 without one
	single  bool   // may stand once only in a message (RFC 3261 §7.3.1)
}

var headers = [headerCount]headerTraits{
	HeaderAccept: {name: "Accept"}, HeaderAcceptContact: {name: "Accept-Contact", compact: 'a'}, HeaderAcceptEncoding: {name: "Accept-Encoding"},
	HeaderAcceptLanguage: {name: "Accept-Language"}, HeaderAlertInfo: {name: "Alert-Info"}, HeaderAllow: {name: "Allow"},
	HeaderAllowEvents: {name: "Allow-Events", compact: 'u'}, HeaderAuthenticationInfo: {name: "Authentication-Info", single: true},
	HeaderAuthorization: {name: "Authorization"}, HeaderCallID: {name: "Call-ID", compact: 'i', single: true}, HeaderCallInfo: {name: "Call-Info"},
	HeaderContact: {name: "Contact", compact: 'm'}, HeaderContentDisposition: {name: "Content-Disposition", single: true},
	HeaderContentEncoding: {name: "Content-Encoding", compact: 'e'}, HeaderContentLanguage: {name: "Content-Language"},
	HeaderContentLength: {name: "Content-Length", compact: 'l', single: true}, HeaderContentType: {name: "Content-Type", compact: 'c', single: true},
	HeaderCSeq: {name: "CSeq", single: true}, HeaderDate: {name: "Date", single: true}, HeaderDiversion: {name: "Diversion"}, HeaderErrorInfo: {name: "Error-Info"},
	HeaderEvent: {name: "Event", compact: 'o', single: true}, HeaderExpires: {name: "Expires", single: true}, HeaderFlowTimer: {name: "Flow-Timer", single: true},
	HeaderFrom: {name: "From", compact: 'f', single: true}, HeaderHistoryInfo: {name: "History-Info"}, HeaderIdentity: {name: "Identity", compact: 'y'},
	HeaderInReplyTo: {name: "In-Reply-To"}, HeaderJoin: {name: "Join", single: true}, HeaderMaxBreadth: {name: "Max-Breadth", single: true},
	HeaderMaxForwards: {name: "Max-Forwards", single: true}, HeaderMinExpires: {name: "Min-Expires", single: true}, HeaderMinSE: {name: "Min-SE", single: true},
	HeaderMIMEVersion: {name: "MIME-Version", single: true}, HeaderOrganization: {name: "Organization", single: true},
	HeaderPAssertedIdentity: {name: "P-Asserted-Identity"}, HeaderPPreferredIdentity: {name: "P-Preferred-Identity"}, HeaderPath: {name: "Path"},
	HeaderPriority: {name: "Priority", single: true}, HeaderPrivacy: {name: "Privacy"}, HeaderProxyAuthenticate: {name: "Proxy-Authenticate"},
	HeaderProxyAuthorization: {name: "Proxy-Authorization"}, HeaderProxyRequire: {name: "Proxy-Require"}, HeaderRAck: {name: "RAck", single: true},
	HeaderReason: {name: "Reason"}, HeaderRecordRoute: {name: "Record-Route"}, HeaderReferSub: {name: "Refer-Sub", single: true},
	HeaderReferTo: {name: "Refer-To", compact: 'r', single: true}, HeaderReferredBy: {name: "Referred-By", compact: 'b', single: true},
	HeaderRejectContact: {name: "Reject-Contact", compact: 'j'}, HeaderRemotePartyID: {name: "Remote-Party-ID"}, HeaderReplaces: {name: "Replaces", single: true},
	HeaderReplyTo: {name: "Reply-To", single: true}, HeaderRequestDisposition: {name: "Request-Disposition", compact: 'd'}, HeaderRequire: {name: "Require"},
	HeaderRetryAfter: {name: "Retry-After", single: true}, HeaderRoute: {name: "Route"}, HeaderRSeq: {name: "RSeq", single: true}, HeaderServer: {name: "Server", single: true},
	HeaderServiceRoute: {name: "Service-Route"}, HeaderSessionExpires: {name: "Session-Expires", compact: 'x', single: true},
	HeaderSIPETag: {name: "SIP-ETag", single: true}, HeaderSIPIfMatch: {name: "SIP-If-Match", single: true}, HeaderSubject: {name: "Subject", compact: 's', single: true},
	HeaderSubscriptionState: {name: "Subscription-State", single: true}, HeaderSupported: {name: "Supported", compact: 'k'},
	HeaderTargetDialog: {name: "Target-Dialog", single: true}, HeaderTimestamp: {name: "Timestamp", single: true}, HeaderTo: {name: "To", compact: 't', single: true},
	HeaderUnsupported: {name: "Unsupported"}, HeaderUserAgent: {name: "User-Agent", single: true}, HeaderUserToUser: {name: "User-to-User"},
	HeaderVia: {name: "Via", compact: 'v'}, HeaderWarning: {name: "Warning"}, HeaderWWWAuthenticate: {name: "WWW-Authenticate"},
}

// String is the name as it is printed, "" for UnknownHeader.
func (h Header) String() string {
	if h < headerCount {
		return headers[h].name
	}
	return ""
}
