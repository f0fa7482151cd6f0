package wire

import "strconv"

// What every login is answered with is written here member by member, since
// reflection takes several times as long. Everything else is left to
// encoding/json, which also is the judge: a test holds the two to each other.

// appender is a document that writes itself.
type appender interface{ appendTo(o *object) }

// object writes the members of one JSON object.
type object struct {
	buf   []byte
	empty bool
}

// name writes the name of a member, which must need no escape.
func (o *object) name(name string) {
	if !o.empty {
		o.buf = append(o.buf, ',')
	}
	o.empty = false
	o.buf = append(append(append(o.buf, '"'), name...), '"', ':')
}

func (o *object) text(name, v string) {
	o.name(name)
	o.buf = appendText(o.buf, v)
}

// textIf leaves an empty text out.
func (o *object) textIf(name, v string) {
	if v != "" {
		o.text(name, v)
	}
}

func (o *object) number(name string, v int64) {
	o.name(name)
	o.buf = strconv.AppendInt(o.buf, v, 10)
}

func (o *object) flag(name string, v bool) {
	o.name(name)
	o.buf = strconv.AppendBool(o.buf, v)
}

func (o *object) object(name string, v appender) {
	o.name(name)
	o.element(v)
}

// element writes a whole object where a value stands.
func (o *object) element(v appender) {
	o.buf, o.empty = append(o.buf, '{'), true
	v.appendTo(o)
	o.buf, o.empty = append(o.buf, '}'), false
}

// array writes n elements.
func (o *object) array(name string, n int, element func(i int)) {
	o.name(name)
	o.buf = append(o.buf, '[')
	for i := range n {
		if i > 0 {
			o.buf = append(o.buf, ',')
		}
		element(i)
	}
	o.buf = append(o.buf, ']')
}

// appendText appends v as a JSON text. All but the plainest texts are left to
// encoding/json.
func appendText(b []byte, v string) []byte {
	for i := range len(v) {
		if c := v[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			odd, _ := encode(v) // a string always has a form
			return append(b, odd...)
		}
	}
	return append(append(append(b, '"'), v...), '"')
}

func (t *TokenError) appendTo(o *object) {
	o.text("error", t.Error)
	o.text("error_description", t.ErrorDescription)
	o.text("VGAuthenticationStatus", t.VGAuthenticationStatus)
	o.text("AuthenticationMethod", t.AuthenticationMethod)
	if t.VGResponse != nil {
		o.object("VGResponse", t.VGResponse)
	}
}

func (t *TokenSuccess) appendTo(o *object) {
	o.text("access_token", t.AccessToken)
	o.number("expires_in", int64(t.ExpiresIn))
	o.text("token_type", t.TokenType)
	o.textIf("refresh_token", t.RefreshToken)
	o.text("scope", t.Scope)
	if t.VGResponse != nil {
		o.object("VGResponse", t.VGResponse)
	}
}

func (t *RefreshSuccess) appendTo(o *object) {
	o.text("access_token", t.AccessToken)
	o.number("expires_in", int64(t.ExpiresIn))
	o.text("token_type", t.TokenType)
	o.textIf("refresh_token", t.RefreshToken)
	o.text("scope", t.Scope)
}

func (r *Response) appendTo(o *object) {
	o.text("RequestId", r.RequestID)
	o.object("AuthenticationState", &r.AuthenticationState)
	o.object("AuthorizationState", &r.AuthorizationState)
	o.object("AuthenticationResponse", &r.AuthenticationResponse)
	o.object("Error", &r.Error)
	o.text("AuthorizationStatus", r.AuthorizationStatus)
	o.text("AuthenticationStatus", r.AuthenticationStatus)
	o.text("VGToken", r.VGToken)
}

func (a *AuthenticationResponse) appendTo(o *object) {
	o.text("RequestId", a.RequestID)
	if a.Identity != nil {
		o.object("Identity", a.Identity)
	}
	if a.AuthenticationEnrollmentRequest != nil {
		o.object("AuthenticationEnrollmentRequest", a.AuthenticationEnrollmentRequest)
	}
	o.array("MFAAvailables", len(a.MFAAvailables), func(i int) { o.element(&a.MFAAvailables[i]) })
	a.State.appendTo(o)
}

func (i *Identity) appendTo(o *object) {
	o.text("Name", i.Name)
	o.text("AuthenticationType", i.AuthenticationType)
	o.flag("IsAuthenticated", i.IsAuthenticated)
}

func (e *Enrollment) appendTo(o *object) {
	o.text("Id", e.ID)
	o.text("EnrollmentUrl", e.EnrollmentURL)
	o.array("TransportModes", len(e.TransportModes), func(i int) {
		o.buf = strconv.AppendInt(o.buf, int64(e.TransportModes[i]), 10)
	})
	o.array("DisplayTransportModes", len(e.DisplayTransportModes), func(i int) {
		o.buf = appendText(o.buf, e.DisplayTransportModes[i])
	})
}

func (p *Option) appendTo(o *object) {
	o.text("RequestId", p.RequestID)
	o.number("TransportMode", int64(p.TransportMode))
	o.number("AuthenticationMode", int64(p.AuthenticationMode))
	o.text("DestinationDisplay", p.DestinationDisplay)
	if p.ExpirationTime != 0 {
		o.number("ExpirationTime", int64(p.ExpirationTime))
	}
	o.text("AuthenticationModeDisplay", p.AuthenticationModeDisplay)
	o.text("TransportModeDisplay", p.TransportModeDisplay)
	o.text("Id", p.ID)
	o.textIf("MatchNumber", p.MatchNumber)
}

func (e *Error) appendTo(o *object) {
	o.text("Message", e.Message)
	o.text("StackTrace", e.StackTrace)
}

func (s *State) appendTo(o *object) {
	o.number("Status", s.Status)
	o.flag("IsFailed", s.IsFailed)
	o.flag("IsNotApproved", s.IsNotApproved)
	o.flag("IsCanceled", s.IsCanceled)
	o.flag("IsCredentialInvalid", s.IsCredentialInvalid)
	o.flag("IsUserNotAuthorized", s.IsUserNotAuthorized)
	o.flag("IsUserAccountExpired", s.IsUserAccountExpired)
	o.flag("IsUserAccountNotYetAvailable", s.IsUserAccountNotYetAvailable)
	o.flag("IsUserAccountDisabled", s.IsUserAccountDisabled)
	o.flag("IsUserAccountLocked", s.IsUserAccountLocked)
	o.flag("IsLastBadLogin", s.IsLastBadLogin)
	o.flag("IsLastGraceLogon", s.IsLastGraceLogon)
	o.flag("IsPasswordExpired", s.IsPasswordExpired)
	o.flag("IsPasswordSecure", s.IsPasswordSecure)
	o.flag("IsUserAccountLockedOut", s.IsUserAccountLockedOut)
	o.flag("IsUserAccountWillBeLockedOut", s.IsUserAccountWillBeLockedOut)
	o.flag("MustChangePasswordAtNextLogon", s.MustChangePasswordAtNextLogon)
	o.flag("IsMFAWaitingUserAction", s.IsMFAWaitingUserAction)
	o.flag("IsMFAAuthenticationRequired", s.IsMFAAuthenticationRequired)
	o.flag("IsMFATimeOut", s.IsMFATimeOut)
	o.flag("HasUserAccountMissingEmail", s.HasUserAccountMissingEmail)
	o.flag("HasUserAccountMissingMobilePhone", s.HasUserAccountMissingMobilePhone)
	o.flag("IsMFAEnrollmentRequired", s.IsMFAEnrollmentRequired)
}

func (a *Authorization) appendTo(o *object) {
	o.number("Status", a.Status)
	o.flag("IsFailed", a.IsFailed)
	o.flag("IsCanceled", a.IsCanceled)
	o.flag("IsUserNotFound", a.IsUserNotFound)
	o.flag("IsUserNotAuthorized", a.IsUserNotAuthorized)
	o.flag("IsVersionNotCompatible", a.IsVersionNotCompatible)
}
